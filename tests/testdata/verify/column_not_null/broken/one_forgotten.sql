-- expect: not_reversed
-- expect: ~ column public.authors.born: not null none → `true`
-- migrate:up
ALTER TABLE authors ALTER COLUMN name SET NOT NULL, ALTER COLUMN born SET NOT NULL;

-- migrate:down
ALTER TABLE authors ALTER COLUMN name DROP NOT NULL;
