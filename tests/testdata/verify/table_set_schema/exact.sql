-- migrate:up
CREATE SCHEMA attic;
ALTER TABLE letters SET SCHEMA attic;

-- migrate:down
ALTER TABLE attic.letters SET SCHEMA public;
DROP SCHEMA attic;
