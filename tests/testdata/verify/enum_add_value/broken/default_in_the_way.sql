-- expect: down_fails
-- expect: default for column "level" cannot be cast automatically to type urgency
-- migrate:up
ALTER TYPE urgency ADD VALUE 'critical' BEFORE 'high';

-- migrate:down
ALTER TYPE urgency RENAME TO urgency_with_critical;
CREATE TYPE urgency AS ENUM ('low', 'high');
ALTER TABLE alarms ALTER COLUMN level TYPE urgency USING level::text::urgency;
DROP TYPE urgency_with_critical;
