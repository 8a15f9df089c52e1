-- expect: not_reversed
-- expect: ~ aggregate public.product(numeric): parallel `safe` → none
-- migrate:up
DROP AGGREGATE product(numeric);

-- migrate:down
CREATE AGGREGATE product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1');
