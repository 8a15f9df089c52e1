-- expect: not_reversed
-- expect: - constraint postcode_digits on public.postcode
-- expect: + constraint postcode_check on public.postcode
-- migrate:up
ALTER DOMAIN postcode DROP CONSTRAINT postcode_digits;

-- migrate:down
ALTER DOMAIN postcode ADD CHECK (VALUE ~ '^[0-9]{5}$');
