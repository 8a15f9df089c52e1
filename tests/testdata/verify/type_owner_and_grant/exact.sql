-- migrate:up
ALTER TYPE ticket_state OWNER TO pg_monitor;
REVOKE USAGE ON TYPE ticket_state FROM PUBLIC;

-- migrate:down
GRANT USAGE ON TYPE ticket_state TO PUBLIC;
ALTER TYPE ticket_state OWNER TO CURRENT_USER;
