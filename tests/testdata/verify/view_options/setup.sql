-- migrate:up
CREATE TABLE files (name text, owner name);
CREATE VIEW own_files AS SELECT name, owner FROM files WHERE owner = CURRENT_USER;

-- migrate:down
DROP VIEW own_files;
DROP TABLE files;
