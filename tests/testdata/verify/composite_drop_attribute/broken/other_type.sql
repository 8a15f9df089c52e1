-- expect: not_reversed
-- expect: ~ composite type public.full_name: column order
-- expect: ~ column public.full_name.title: type `text` → `character varying(5)`
-- migrate:up
ALTER TYPE full_name DROP ATTRIBUTE title;

-- migrate:down
ALTER TYPE full_name ADD ATTRIBUTE title varchar(5);
