-- migrate:up
CREATE TABLE authors (name text, born date);

-- migrate:down
DROP TABLE authors;
