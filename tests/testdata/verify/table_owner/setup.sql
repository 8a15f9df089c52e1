-- migrate:up
CREATE TABLE salaries (id serial, amount numeric);
GRANT SELECT ON salaries TO pg_read_all_data;

-- migrate:down
DROP TABLE salaries;
