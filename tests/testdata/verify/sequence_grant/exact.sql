-- migrate:up
GRANT USAGE ON SEQUENCE lot_numbers TO pg_monitor;

-- migrate:down
REVOKE USAGE ON SEQUENCE lot_numbers FROM pg_monitor;
