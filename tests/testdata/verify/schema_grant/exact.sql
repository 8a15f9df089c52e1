-- migrate:up
GRANT USAGE, CREATE ON SCHEMA reporting TO pg_monitor;

-- migrate:down
REVOKE USAGE, CREATE ON SCHEMA reporting FROM pg_monitor;
