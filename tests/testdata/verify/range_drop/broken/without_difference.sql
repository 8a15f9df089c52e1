-- expect: not_reversed
-- expect: ~ range public.float_range: subtype difference `float8mi(double precision,double precision)` → none
-- migrate:up
DROP TYPE float_range;

-- migrate:down
CREATE TYPE float_range AS RANGE (subtype = float8);
