-- expect: not_reversed
-- expect: + default privileges of
-- migrate:up
ALTER DEFAULT PRIVILEGES IN SCHEMA exports GRANT SELECT ON TABLES TO pg_monitor;
ALTER DEFAULT PRIVILEGES IN SCHEMA exports GRANT USAGE ON SEQUENCES TO pg_monitor;

-- migrate:down
ALTER DEFAULT PRIVILEGES IN SCHEMA exports REVOKE SELECT ON TABLES FROM pg_monitor;
