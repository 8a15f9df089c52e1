-- expect: not_reversed
-- expect: ~ server stocks: privileges + `pg_monitor: USAGE with grant option`
-- migrate:up
GRANT USAGE ON FOREIGN SERVER stocks TO pg_monitor;

-- migrate:down
GRANT USAGE ON FOREIGN SERVER stocks TO pg_monitor WITH GRANT OPTION;
