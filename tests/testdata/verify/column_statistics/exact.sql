-- migrate:up
ALTER TABLE clicks ALTER COLUMN url SET STATISTICS 1000, ALTER COLUMN url SET (n_distinct = -0.5);

-- migrate:down
ALTER TABLE clicks ALTER COLUMN url SET STATISTICS -1, ALTER COLUMN url RESET (n_distinct);
