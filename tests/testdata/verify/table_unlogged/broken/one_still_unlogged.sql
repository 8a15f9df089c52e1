-- expect: not_reversed
-- expect: ~ table public.cache_keys: persistence none → `unlogged`
-- migrate:up
ALTER TABLE cache_entries SET UNLOGGED;
ALTER TABLE cache_keys SET UNLOGGED;

-- migrate:down
ALTER TABLE cache_entries SET LOGGED;
