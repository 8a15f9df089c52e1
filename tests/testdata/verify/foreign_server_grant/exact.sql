-- migrate:up
GRANT USAGE ON FOREIGN SERVER stocks TO pg_monitor;

-- migrate:down
REVOKE USAGE ON FOREIGN SERVER stocks FROM pg_monitor;
