-- expect: not_reversed
-- expect: ~ column public.rectangles.area: generated `(a * b) STORED` → `(a + b) STORED`
-- migrate:up
ALTER TABLE rectangles ALTER COLUMN area DROP EXPRESSION;

-- migrate:down
ALTER TABLE rectangles DROP COLUMN area;
ALTER TABLE rectangles ADD COLUMN area int GENERATED ALWAYS AS (a + b) STORED;
