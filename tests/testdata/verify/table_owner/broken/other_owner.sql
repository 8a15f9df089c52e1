-- expect: not_reversed
-- expect: ~ table public.salaries: owner
-- migrate:up
ALTER TABLE salaries OWNER TO pg_monitor;

-- migrate:down
ALTER TABLE salaries OWNER TO pg_read_all_data;
