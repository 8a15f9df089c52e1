-- expect: column_order_differs
-- expect: ~ table public.passengers: column order
-- expect: ~ view public.all_passengers: column order
-- migrate:up
DROP VIEW all_passengers;
ALTER TABLE passengers DROP COLUMN seat;

-- migrate:down
ALTER TABLE passengers ADD COLUMN seat text;
CREATE VIEW all_passengers AS SELECT * FROM passengers;
