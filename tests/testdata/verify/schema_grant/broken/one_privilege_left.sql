-- expect: not_reversed
-- expect: ~ schema reporting: privileges + `pg_monitor: USAGE`
-- migrate:up
GRANT USAGE, CREATE ON SCHEMA reporting TO pg_monitor;

-- migrate:down
REVOKE CREATE ON SCHEMA reporting FROM pg_monitor;
