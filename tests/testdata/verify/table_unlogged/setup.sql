-- migrate:up
CREATE TABLE cache_entries (key text, value bytea);
CREATE TABLE cache_keys (key text);

-- migrate:down
DROP TABLE cache_keys;
DROP TABLE cache_entries;
