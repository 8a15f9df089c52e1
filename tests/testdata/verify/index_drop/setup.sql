-- migrate:up
CREATE TABLE films (title text, year int, rating int);
CREATE INDEX films_title_idx ON films (title text_pattern_ops, year DESC) INCLUDE (rating) WITH (fillfactor = 80) WHERE rating > 3;

-- migrate:down
DROP TABLE films;
