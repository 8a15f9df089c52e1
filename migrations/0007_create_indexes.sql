-- An index makes reading faster and writing a little slower, so each one here serves a query that runs all
-- the time. Primary keys and UNIQUE columns bring their own index; foreign keys do not.
-- On tables that are already large and in use, prefer CREATE INDEX CONCURRENTLY (in a file of its own,
-- marked transaction:false): a plain CREATE INDEX makes every write to the table wait.

-- migrate:up

-- Find a user by e-mail address. Redundant, strictly speaking: UNIQUE on the column has an index already,
-- which serves the same lookups. It stands here to name every column that is searched in one place;
-- a project that counts each write would leave it out.
CREATE INDEX idx_users_email ON users (email);

-- List users, newest first: the index has the order of the ORDER BY.
CREATE INDEX idx_users_created_at ON users (created_at DESC);

-- All tasks of a project.
CREATE INDEX idx_tasks_project_id ON tasks (project_id);

-- All tasks of a user.
CREATE INDEX idx_tasks_assigned_to ON tasks (assigned_to);

-- All tasks that are, say, still pending.
CREATE INDEX idx_tasks_status ON tasks (status);

-- List tasks, newest first.
CREATE INDEX idx_tasks_created_at ON tasks (created_at DESC);

-- migrate:down
DROP INDEX idx_tasks_created_at;
DROP INDEX idx_tasks_status;
DROP INDEX idx_tasks_assigned_to;
DROP INDEX idx_tasks_project_id;
DROP INDEX idx_users_created_at;
DROP INDEX idx_users_email;
