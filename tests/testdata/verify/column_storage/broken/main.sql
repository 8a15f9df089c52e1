-- expect: not_reversed
-- expect: ~ column public.documents.body: storage none → `main`
-- migrate:up
ALTER TABLE documents ALTER COLUMN body SET STORAGE EXTERNAL;

-- migrate:down
ALTER TABLE documents ALTER COLUMN body SET STORAGE MAIN;
