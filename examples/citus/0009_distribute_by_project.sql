-- Spreads the schema over the workers of Citus: a project lies on one of them with all that belongs to it, so that what is
-- asked about one project is asked of one worker. Users are wanted everywhere, hence everywhere.

-- migrate:up

-- Triggers run on each worker by itself. That is all that set_updated_at needs, and Citus wants to hear it said.
SET LOCAL citus.enable_unsafe_triggers = on;

-- A key of a distributed table holds its distribution column: no worker knows the rows of another one.
ALTER TABLE tasks DROP CONSTRAINT tasks_pkey;
ALTER TABLE tasks ADD CONSTRAINT tasks_pkey PRIMARY KEY (project_id, id);

-- A table can be distributed only while none that is not refers to it.
ALTER TABLE tasks DROP CONSTRAINT tasks_project_id_fkey;
ALTER TABLE project_members DROP CONSTRAINT project_members_project_id_fkey;

SELECT create_reference_table('users');
SELECT create_reference_table('user_profiles');
SELECT create_distributed_table('projects', 'id');
SELECT create_distributed_table('tasks', 'project_id', colocate_with => 'projects');
SELECT create_distributed_table('project_members', 'project_id', colocate_with => 'projects');

-- Within a project a foreign key works as ever.
ALTER TABLE tasks ADD CONSTRAINT tasks_project_id_fkey
    FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE;
ALTER TABLE project_members ADD CONSTRAINT project_members_project_id_fkey
    FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE;

-- migrate:down
SET LOCAL citus.enable_unsafe_triggers = on;

-- All tables that foreign keys hold together come back, with their rows.
SELECT undistribute_table('projects', cascade_via_foreign_keys => true);

ALTER TABLE tasks DROP CONSTRAINT tasks_pkey;
ALTER TABLE tasks ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);
