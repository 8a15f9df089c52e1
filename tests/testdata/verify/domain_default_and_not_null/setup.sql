-- migrate:up
CREATE DOMAIN nickname AS text DEFAULT 'nobody';

-- migrate:down
DROP DOMAIN nickname;
