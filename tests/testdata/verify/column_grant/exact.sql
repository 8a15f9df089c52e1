-- migrate:up
GRANT SELECT (name), UPDATE (name) ON employees TO pg_monitor;

-- migrate:down
REVOKE SELECT (name), UPDATE (name) ON employees FROM pg_monitor;
