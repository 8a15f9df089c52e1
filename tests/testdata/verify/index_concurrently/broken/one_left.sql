-- expect: not_reversed
-- expect: + index sales_shop_idx on public.daily_sales
-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY sales_day_idx ON daily_sales (day);
CREATE INDEX CONCURRENTLY sales_shop_idx ON daily_sales (shop);

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY sales_day_idx;
