-- requires: extension pg_trgm
-- migrate:up
ALTER EXTENSION pg_trgm SET SCHEMA trigrams;

-- migrate:down
ALTER EXTENSION pg_trgm SET SCHEMA public;
