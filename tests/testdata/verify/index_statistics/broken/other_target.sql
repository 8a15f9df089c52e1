-- expect: not_reversed
-- expect: ~ index words_length_idx on public.words: statistics + `1: 50`
-- migrate:up
ALTER INDEX words_length_idx ALTER COLUMN 1 SET STATISTICS 500;

-- migrate:down
ALTER INDEX words_length_idx ALTER COLUMN 1 SET STATISTICS 50;
