-- migrate:up
CREATE AGGREGATE product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1', PARALLEL = SAFE);

-- migrate:down
DROP AGGREGATE product(numeric);
