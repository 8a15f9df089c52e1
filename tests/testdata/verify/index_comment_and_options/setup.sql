-- migrate:up
CREATE TABLE cities (name text);
CREATE INDEX cities_name_idx ON cities (name);

-- migrate:down
DROP TABLE cities;
