-- migrate:up
GRANT SELECT, INSERT ON orders_feed TO pg_monitor;
GRANT SELECT ON orders_feed TO PUBLIC;

-- migrate:down
REVOKE SELECT ON orders_feed FROM PUBLIC;
REVOKE SELECT, INSERT ON orders_feed FROM pg_monitor;
