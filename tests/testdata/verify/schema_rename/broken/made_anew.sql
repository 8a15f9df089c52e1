-- expect: not_reversed
-- expect: - table sales.orders
-- migrate:up
ALTER SCHEMA sales RENAME TO sales_archive;

-- migrate:down
DROP SCHEMA sales_archive CASCADE;
CREATE SCHEMA sales;
