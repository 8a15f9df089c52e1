-- expect: not_reversed
-- expect: ~ function public.secret_number(): privileges + `PUBLIC: nothing`, + `pg_monitor: EXECUTE`
-- migrate:up
REVOKE EXECUTE ON FUNCTION secret_number() FROM PUBLIC;

-- migrate:down
GRANT EXECUTE ON FUNCTION secret_number() TO pg_monitor;
