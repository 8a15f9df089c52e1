-- migrate:up
CREATE TYPE urgency AS ENUM ('low', 'high');
CREATE TABLE alarms (id bigint, level urgency NOT NULL DEFAULT 'low');

-- migrate:down
DROP TABLE alarms;
DROP TYPE urgency;
