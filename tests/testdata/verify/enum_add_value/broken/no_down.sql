-- expect: irreversible
-- migrate:up
ALTER TYPE urgency ADD VALUE 'critical' BEFORE 'high';
