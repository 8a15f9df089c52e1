-- migrate:up
ALTER SCHEMA sales RENAME TO sales_archive;

-- migrate:down
ALTER SCHEMA sales_archive RENAME TO sales;
