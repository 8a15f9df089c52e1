-- expect: not_reversed
-- expect: ~ column public.jobs.state: default `'new'::text` → none
-- migrate:up
ALTER TABLE jobs ALTER COLUMN state DROP DEFAULT;

-- migrate:down
UPDATE jobs SET state = 'new' WHERE state IS NULL;
