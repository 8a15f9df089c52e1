-- migrate:up
CREATE TABLE hats (size int);
CREATE INDEX hats_size_idx ON hats (size);

-- migrate:down
DROP TABLE hats;
