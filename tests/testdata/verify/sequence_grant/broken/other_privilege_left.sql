-- expect: not_reversed
-- expect: ~ sequence public.lot_numbers: privileges + `pg_monitor: SELECT, USAGE`
-- migrate:up
GRANT USAGE ON SEQUENCE lot_numbers TO pg_monitor;

-- migrate:down
GRANT SELECT ON SEQUENCE lot_numbers TO pg_monitor;
