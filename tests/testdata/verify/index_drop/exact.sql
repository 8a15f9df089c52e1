-- migrate:up
DROP INDEX films_title_idx;

-- migrate:down
CREATE INDEX films_title_idx ON films (title text_pattern_ops, year DESC) INCLUDE (rating) WITH (fillfactor = 80) WHERE rating > 3;
