-- Many-to-many: a user works in many projects, a project has many users. Each row links one of each.

-- migrate:up
CREATE TABLE project_members (
    project_id UUID NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    role member_role NOT NULL DEFAULT 'member',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- Like its sister tables: the trigger of 0008 writes this column on every UPDATE,
    -- and without it every change of a role would fail.
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- Both columns together are the key: the same user cannot join the same project twice.
    PRIMARY KEY (project_id, user_id)
);

-- migrate:down
DROP TABLE project_members;
