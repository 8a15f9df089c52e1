-- migrate:up
CREATE TYPE price_range AS RANGE (subtype = numeric);

-- migrate:down
DROP TYPE price_range;
