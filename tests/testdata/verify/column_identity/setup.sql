-- migrate:up
CREATE TABLE tickets (id bigint NOT NULL);

-- migrate:down
DROP TABLE tickets;
