-- migrate:up
DROP INDEX pages_words_idx;

-- migrate:down
CREATE INDEX pages_words_idx ON pages USING gin (words) WITH (fastupdate = off);
