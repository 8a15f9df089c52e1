-- expect: not_reversed
-- expect: ~ constraint postcode_digits on public.postcode: definition
-- migrate:up
ALTER DOMAIN postcode DROP CONSTRAINT postcode_digits;

-- migrate:down
ALTER DOMAIN postcode ADD CONSTRAINT postcode_digits CHECK (VALUE ~ '^[0-9]{4,5}$');
