-- expect: up_again_fails
-- expect: duplicate key value violates unique constraint "currencies_pkey"
-- witness: blind, because rows are no part of a schema
-- migrate:up
INSERT INTO currencies VALUES ('EUR'), ('CHF');

-- migrate:down
DELETE FROM currencies WHERE code = 'EUR';
