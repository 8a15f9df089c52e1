-- expect: not_reversed
-- expect: ~ column public.rectangles.area: generated `(a * b) STORED` → none
-- migrate:up
ALTER TABLE rectangles ALTER COLUMN area DROP EXPRESSION;

-- migrate:down
UPDATE rectangles SET area = a * b;
