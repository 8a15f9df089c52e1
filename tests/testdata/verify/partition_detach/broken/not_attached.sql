-- expect: not_reversed
-- expect: ~ table public.logins_eu: inherits - `public.logins`
-- expect: ~ table public.logins_eu: partition bound
-- migrate:up
ALTER TABLE logins DETACH PARTITION logins_eu;

-- migrate:down
DELETE FROM logins_eu;
