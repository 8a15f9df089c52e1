-- expect: not_reversed
-- expect: ~ domain public.nickname: not null none → `true`
-- migrate:up
ALTER DOMAIN nickname DROP DEFAULT;
ALTER DOMAIN nickname SET NOT NULL;

-- migrate:down
ALTER DOMAIN nickname SET DEFAULT 'nobody';
