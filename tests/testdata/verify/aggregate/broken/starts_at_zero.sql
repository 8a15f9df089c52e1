-- expect: not_reversed
-- expect: ~ aggregate public.product(numeric): first state `1` → `0`
-- migrate:up
DROP AGGREGATE product(numeric);

-- migrate:down
CREATE AGGREGATE product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '0', PARALLEL = SAFE);
