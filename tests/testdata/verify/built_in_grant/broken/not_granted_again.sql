-- expect: not_reversed
-- expect: ~ built-in function pg_catalog.pg_sleep(double precision): privileges + `PUBLIC: nothing`
-- migrate:up
REVOKE EXECUTE ON FUNCTION pg_sleep(double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_sleep(double precision) TO pg_monitor;

-- migrate:down
REVOKE EXECUTE ON FUNCTION pg_sleep(double precision) FROM pg_monitor;
