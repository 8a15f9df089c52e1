-- migrate:up
CREATE TABLE streets (name text);

-- migrate:down
DROP TABLE streets;
