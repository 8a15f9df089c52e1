-- expect: not_reversed
-- expect: ~ table public.orders_feed: privileges + `PUBLIC: SELECT`
-- migrate:up
GRANT SELECT, INSERT ON orders_feed TO pg_monitor;
GRANT SELECT ON orders_feed TO PUBLIC;

-- migrate:down
REVOKE SELECT, INSERT ON orders_feed FROM pg_monitor;
