-- expect: down_fails
-- expect: column "due" of relation "tasks" does not exist
-- migrate:up
ALTER TABLE tasks ADD COLUMN due date, ADD COLUMN done boolean NOT NULL DEFAULT false;
CREATE INDEX tasks_due_idx ON tasks (due);

-- migrate:down
ALTER TABLE tasks DROP COLUMN due;
ALTER TABLE tasks DROP COLUMN done, DROP COLUMN due;
