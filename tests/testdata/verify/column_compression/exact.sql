-- migrate:up
ALTER TABLE attachments ALTER COLUMN content SET COMPRESSION pglz;

-- migrate:down
ALTER TABLE attachments ALTER COLUMN content SET COMPRESSION DEFAULT;
