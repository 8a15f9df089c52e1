-- migrate:up
CREATE TYPE address AS (street text, city text, zip varchar(10));
COMMENT ON COLUMN address.zip IS 'As the post writes it';

-- migrate:down
DROP TYPE address;
