-- expect: not_reversed
-- expect: + default privileges of
-- expect: ~ function public.opening_hours(): privileges + `pg_monitor: EXECUTE`
-- migrate:up
ALTER DEFAULT PRIVILEGES FOR ROLE pg_monitor REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- migrate:down
GRANT EXECUTE ON FUNCTION opening_hours() TO pg_monitor;
