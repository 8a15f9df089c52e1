-- migrate:up
CREATE TABLE words (word text);
CREATE INDEX words_length_idx ON words (length(word));

-- migrate:down
DROP TABLE words;
