-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY sales_day_idx ON daily_sales (day);
CREATE INDEX CONCURRENTLY sales_shop_idx ON daily_sales (shop);

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY sales_shop_idx;
DROP INDEX CONCURRENTLY sales_day_idx;
