-- expect: not_reversed
-- expect: ~ table public.logins_eu: partition bound `FOR VALUES IN ('de', 'fr')` → `FOR VALUES IN ('de')`
-- migrate:up
ALTER TABLE logins DETACH PARTITION logins_eu;

-- migrate:down
DROP TABLE logins_eu;
CREATE TABLE logins_eu PARTITION OF logins FOR VALUES IN ('de');
