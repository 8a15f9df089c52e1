-- expect: not_reversed
-- expect: ~ enum public.urgency: labels + `critical`
-- migrate:up
ALTER TYPE urgency ADD VALUE 'critical' BEFORE 'high';

-- migrate:down
UPDATE alarms SET level = 'high' WHERE level = 'critical';
