-- One-to-many: many tasks carry the id of the same project.

-- migrate:up
CREATE TABLE tasks (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    -- A deleted project takes its tasks along.
    project_id UUID NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    description TEXT,
    -- BETWEEN includes both ends: 1 and 5 are allowed, 0 and 6 are not.
    priority INTEGER NOT NULL DEFAULT 1 CHECK (priority BETWEEN 1 AND 5),
    status task_status NOT NULL DEFAULT 'pending',
    due_date DATE,
    -- The work stays when the person leaves: SET NULL makes it a task that nobody has taken yet.
    -- It needs a column that allows NULL.
    assigned_to UUID REFERENCES users(id) ON DELETE SET NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- migrate:down
DROP TABLE tasks;
