-- expect: not_reversed
-- expect: ~ index films_title_idx on public.films: definition
-- migrate:up
DROP INDEX films_title_idx;

-- migrate:down
CREATE INDEX films_title_idx ON films (title text_pattern_ops, year DESC) WITH (fillfactor = 80) WHERE rating > 3;
