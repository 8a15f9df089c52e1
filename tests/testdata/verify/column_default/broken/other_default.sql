-- expect: not_reversed
-- expect: ~ column public.jobs.state: default `'new'::text` → `'none'::text`
-- migrate:up
ALTER TABLE jobs ALTER COLUMN state DROP DEFAULT;

-- migrate:down
ALTER TABLE jobs ALTER COLUMN state SET DEFAULT 'none';
