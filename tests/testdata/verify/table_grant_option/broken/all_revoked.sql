-- expect: not_reversed
-- expect: ~ table public.ledgers: privileges - `pg_monitor: SELECT`
-- migrate:up
GRANT SELECT ON ledgers TO pg_monitor WITH GRANT OPTION;

-- migrate:down
REVOKE SELECT ON ledgers FROM pg_monitor CASCADE;
