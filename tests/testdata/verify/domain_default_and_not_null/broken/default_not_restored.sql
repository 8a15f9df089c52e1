-- expect: not_reversed
-- expect: ~ domain public.nickname: default `'nobody'::text` → none
-- migrate:up
ALTER DOMAIN nickname DROP DEFAULT;
ALTER DOMAIN nickname SET NOT NULL;

-- migrate:down
ALTER DOMAIN nickname DROP NOT NULL;
