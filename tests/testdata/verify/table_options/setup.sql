-- migrate:up
CREATE TABLE queue (payload jsonb);

-- migrate:down
DROP TABLE queue;
