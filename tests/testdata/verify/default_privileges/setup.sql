-- migrate:up
CREATE SCHEMA exports;

-- migrate:down
DROP SCHEMA exports;
