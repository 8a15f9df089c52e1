-- requires: 15
-- migrate:up
ALTER PUBLICATION branch_feed SET TABLE branches, TABLES IN SCHEMA branch_data;

-- migrate:down
ALTER PUBLICATION branch_feed SET TABLE branches (id, city) WHERE (id > 0);
