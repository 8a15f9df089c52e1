-- expect: not_reversed
-- expect: ~ column public.attachments.content: compression none → `pglz`
-- migrate:up
ALTER TABLE attachments ALTER COLUMN content SET COMPRESSION pglz;

-- migrate:down
UPDATE attachments SET content = content;
