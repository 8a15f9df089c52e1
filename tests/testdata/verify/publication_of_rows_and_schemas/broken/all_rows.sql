-- expect: not_reversed
-- expect: ~ publication branch_feed of table public.branches: where `(id > 0)` → none
-- migrate:up
ALTER PUBLICATION branch_feed SET TABLE branches, TABLES IN SCHEMA branch_data;

-- migrate:down
ALTER PUBLICATION branch_feed SET TABLE branches (id, city);
