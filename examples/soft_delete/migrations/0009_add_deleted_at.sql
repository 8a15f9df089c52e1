-- A user who is deleted stays in the table, with the time of the deletion. NULL: alive.
-- The view is what queries should read, so that none forgets the condition.

-- migrate:up
ALTER TABLE users ADD COLUMN deleted_at TIMESTAMPTZ;

CREATE VIEW live_users AS
    SELECT id, email, full_name, created_at, updated_at
    FROM users
    WHERE deleted_at IS NULL;

-- migrate:down
DROP VIEW live_users;
-- Deleted users are alive again from here on.
ALTER TABLE users DROP COLUMN deleted_at;
