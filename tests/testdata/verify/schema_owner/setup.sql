-- migrate:up
CREATE SCHEMA audit;
CREATE TABLE audit.entries (at timestamptz);

-- migrate:down
DROP TABLE audit.entries;
DROP SCHEMA audit;
