-- expect: not_reversed
-- expect: ~ column public.streets.name: collation none → `"POSIX"`
-- migrate:up
ALTER TABLE streets ALTER COLUMN name TYPE text COLLATE "C";

-- migrate:down
ALTER TABLE streets ALTER COLUMN name TYPE text COLLATE "POSIX";
