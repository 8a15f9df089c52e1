-- expect: not_reversed
-- expect: ~ table public.orders_feed: privileges - `pg_read_all_data: UPDATE`
-- migrate:up
GRANT SELECT, INSERT ON orders_feed TO pg_monitor;
GRANT SELECT ON orders_feed TO PUBLIC;

-- migrate:down
REVOKE ALL ON orders_feed FROM PUBLIC, pg_monitor, pg_read_all_data;
