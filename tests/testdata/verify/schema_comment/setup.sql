-- migrate:up
CREATE SCHEMA metrics;

-- migrate:down
DROP SCHEMA metrics;
