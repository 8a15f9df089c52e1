-- migrate:up
CREATE SCHEMA reporting;

-- migrate:down
DROP SCHEMA reporting;
