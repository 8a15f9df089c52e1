-- migrate:up
ALTER DOMAIN nickname DROP DEFAULT;
ALTER DOMAIN nickname SET NOT NULL;

-- migrate:down
ALTER DOMAIN nickname DROP NOT NULL;
ALTER DOMAIN nickname SET DEFAULT 'nobody';
