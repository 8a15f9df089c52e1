-- migrate:up
ALTER TABLE salaries OWNER TO pg_monitor;

-- migrate:down
ALTER TABLE salaries OWNER TO CURRENT_USER;
