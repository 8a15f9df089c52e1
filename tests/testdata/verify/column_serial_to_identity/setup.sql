-- migrate:up
CREATE TABLE votes (id serial);

-- migrate:down
DROP TABLE votes;
