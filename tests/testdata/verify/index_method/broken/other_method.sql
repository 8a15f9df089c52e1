-- expect: not_reversed
-- expect: ~ index pages_words_idx on public.pages: definition
-- migrate:up
DROP INDEX pages_words_idx;

-- migrate:down
CREATE INDEX pages_words_idx ON pages USING gist (words);
