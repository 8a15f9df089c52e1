-- expect: column_order
-- expect: ~ table public.guests: column order
-- migrate:up
ALTER TABLE guests DROP COLUMN phone;

-- migrate:down
ALTER TABLE guests ADD COLUMN phone text;
