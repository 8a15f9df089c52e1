-- migrate:up
ALTER TABLE cache_entries SET UNLOGGED;
ALTER TABLE cache_keys SET UNLOGGED;

-- migrate:down
ALTER TABLE cache_entries SET LOGGED;
ALTER TABLE cache_keys SET LOGGED;
