-- expect: column_order_differs
-- expect: ~ table public.guests: column order
-- migrate:up
ALTER TABLE guests DROP COLUMN phone;

-- migrate:down
ALTER TABLE guests ADD COLUMN phone text;
