-- migrate:up
CREATE TABLE ledgers (id int);
GRANT SELECT ON ledgers TO pg_monitor;

-- migrate:down
DROP TABLE ledgers;
