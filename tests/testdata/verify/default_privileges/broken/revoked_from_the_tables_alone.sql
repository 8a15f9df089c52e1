-- expect: not_reversed
-- expect: + default privileges of
-- expect: + default privileges of
-- migrate:up
ALTER DEFAULT PRIVILEGES IN SCHEMA exports GRANT SELECT ON TABLES TO pg_monitor;
ALTER DEFAULT PRIVILEGES IN SCHEMA exports GRANT USAGE ON SEQUENCES TO pg_monitor;

-- migrate:down
REVOKE ALL ON ALL TABLES IN SCHEMA exports FROM pg_monitor;
