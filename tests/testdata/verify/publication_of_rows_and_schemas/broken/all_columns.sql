-- expect: not_reversed
-- expect: ~ publication branch_feed of table public.branches: columns - `city`, - `id`
-- migrate:up
ALTER PUBLICATION branch_feed SET TABLE branches, TABLES IN SCHEMA branch_data;

-- migrate:down
ALTER PUBLICATION branch_feed SET TABLE branches WHERE (id > 0);
