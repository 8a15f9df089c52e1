-- migrate:up
DROP TYPE float_range;

-- migrate:down
CREATE TYPE float_range AS RANGE (subtype = float8, subtype_diff = float8mi);
