-- expect: not_reversed
-- expect: + composite type public.address
-- migrate:up
CREATE TYPE address AS (street text, city text, zip varchar(10));
COMMENT ON COLUMN address.zip IS 'As the post writes it';

-- migrate:down
COMMENT ON COLUMN address.zip IS NULL;
