-- expect: not_reversed
-- expect: ~ column public.employees.name: privileges + `pg_monitor: UPDATE`
-- migrate:up
GRANT SELECT (name), UPDATE (name) ON employees TO pg_monitor;

-- migrate:down
REVOKE SELECT (name) ON employees FROM pg_monitor;
