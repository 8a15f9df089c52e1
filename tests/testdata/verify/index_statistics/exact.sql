-- migrate:up
ALTER INDEX words_length_idx ALTER COLUMN 1 SET STATISTICS 500;

-- migrate:down
ALTER INDEX words_length_idx ALTER COLUMN 1 SET STATISTICS -1;
