-- expect: not_reversed
-- expect: + enum public.urgency_with_critical
-- migrate:up
ALTER TYPE urgency ADD VALUE 'critical' BEFORE 'high';

-- migrate:down
ALTER TYPE urgency RENAME TO urgency_with_critical;
CREATE TYPE urgency AS ENUM ('low', 'high');
ALTER TABLE alarms
    ALTER COLUMN level DROP DEFAULT,
    ALTER COLUMN level TYPE urgency USING level::text::urgency,
    ALTER COLUMN level SET DEFAULT 'low';
