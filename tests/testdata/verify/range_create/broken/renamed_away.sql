-- expect: not_reversed
-- expect: + range public.old_price_range
-- migrate:up
CREATE TYPE price_range AS RANGE (subtype = numeric);

-- migrate:down
ALTER TYPE price_range RENAME TO old_price_range;
