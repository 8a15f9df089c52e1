-- expect: not_reversed
-- expect: + column public.dimensions.deep
-- migrate:up
ALTER TYPE dimensions ADD ATTRIBUTE depth int;

-- migrate:down
ALTER TYPE dimensions RENAME ATTRIBUTE depth TO deep;
