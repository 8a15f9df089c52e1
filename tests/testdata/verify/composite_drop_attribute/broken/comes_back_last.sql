-- expect: column_order_differs
-- expect: ~ composite type public.full_name: column order
-- migrate:up
ALTER TYPE full_name DROP ATTRIBUTE title;

-- migrate:down
ALTER TYPE full_name ADD ATTRIBUTE title text;
