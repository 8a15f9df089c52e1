-- requires: extension citext
-- migrate:up
CREATE SCHEMA extensions;
CREATE EXTENSION citext WITH SCHEMA extensions;
CREATE TABLE subscribers (email extensions.citext NOT NULL);

-- migrate:down
DROP TABLE subscribers;
DROP EXTENSION citext;
DROP SCHEMA extensions;
