-- migrate:up
CREATE TABLE people (id serial PRIMARY KEY);

-- migrate:down
DROP TABLE people;
