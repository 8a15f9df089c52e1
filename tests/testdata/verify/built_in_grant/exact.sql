-- migrate:up
REVOKE EXECUTE ON FUNCTION pg_sleep(double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_sleep(double precision) TO pg_monitor;

-- migrate:down
GRANT EXECUTE ON FUNCTION pg_sleep(double precision) TO PUBLIC;
REVOKE EXECUTE ON FUNCTION pg_sleep(double precision) FROM pg_monitor;
