-- expect: not_reversed
-- expect: ~ schema audit: owner
-- migrate:up
ALTER SCHEMA audit OWNER TO pg_monitor;
ALTER TABLE audit.entries OWNER TO pg_monitor;

-- migrate:down
ALTER TABLE audit.entries OWNER TO CURRENT_USER;
