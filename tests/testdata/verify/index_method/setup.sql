-- migrate:up
CREATE TABLE pages (words tsvector);
CREATE INDEX pages_words_idx ON pages USING gin (words) WITH (fastupdate = off);

-- migrate:down
DROP TABLE pages;
