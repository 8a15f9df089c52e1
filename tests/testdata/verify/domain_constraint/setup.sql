-- migrate:up
CREATE DOMAIN postcode AS text CONSTRAINT postcode_digits CHECK (VALUE ~ '^[0-9]{5}$');

-- migrate:down
DROP DOMAIN postcode;
