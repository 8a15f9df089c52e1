-- expect: not_reversed
-- expect: ~ publication branch_feed of table public.branches: columns
-- expect: ~ publication branch_feed of table public.branches: where
-- expect: + publication branch_feed of schema branch_data
-- migrate:up
ALTER PUBLICATION branch_feed SET TABLE branches, TABLES IN SCHEMA branch_data;

-- migrate:down
DELETE FROM branches;
