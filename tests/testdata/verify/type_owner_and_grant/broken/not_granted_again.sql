-- expect: not_reversed
-- expect: ~ enum public.ticket_state: privileges + `PUBLIC: nothing`
-- migrate:up
ALTER TYPE ticket_state OWNER TO pg_monitor;
REVOKE USAGE ON TYPE ticket_state FROM PUBLIC;

-- migrate:down
ALTER TYPE ticket_state OWNER TO CURRENT_USER;
