-- migrate:up
CREATE SCHEMA trigrams;
CREATE EXTENSION pg_trgm WITH SCHEMA public;

-- migrate:down
DROP EXTENSION pg_trgm;
DROP SCHEMA trigrams;
