-- expect: not_reversed
-- expect: ~ extension pg_trgm: schema `public` → `trigrams`
-- migrate:up
ALTER EXTENSION pg_trgm SET SCHEMA trigrams;

-- migrate:down
DROP EXTENSION pg_trgm;
CREATE EXTENSION pg_trgm WITH SCHEMA trigrams;
