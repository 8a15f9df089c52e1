-- expect: not_reversed
-- expect: ~ enum public.urgency: labels `["low", "high"]` → `["high", "low"]`
-- migrate:up
ALTER TYPE urgency ADD VALUE 'critical' BEFORE 'high';

-- migrate:down
ALTER TYPE urgency RENAME TO urgency_with_critical;
CREATE TYPE urgency AS ENUM ('high', 'low');
ALTER TABLE alarms
    ALTER COLUMN level DROP DEFAULT,
    ALTER COLUMN level TYPE urgency USING level::text::urgency,
    ALTER COLUMN level SET DEFAULT 'low';
DROP TYPE urgency_with_critical;
