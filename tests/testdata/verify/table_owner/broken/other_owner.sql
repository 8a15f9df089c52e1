-- expect: not_reversed
-- expect: ~ table public.salaries: owner
-- expect: ~ sequence public.salaries_id_seq: owner
-- migrate:up
ALTER TABLE salaries OWNER TO pg_monitor;

-- migrate:down
ALTER TABLE salaries OWNER TO pg_signal_backend;
