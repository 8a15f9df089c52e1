-- The members of a project see it, and nobody else does. The application says for each transaction who the user is: SET
-- LOCAL app.user_id. The owner of a table is not bound by its policies.

-- migrate:up

CREATE FUNCTION is_member(project uuid) RETURNS boolean
LANGUAGE sql STABLE
-- It runs as its owner: a policy of project_members that reads project_members would go round in circles.
SECURITY DEFINER
-- Its caller must not be able to put other tables in their place.
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM public.project_members m
        WHERE m.project_id = project
        -- Not set, or set back to nothing: nobody.
        AND m.user_id = NULLIF(current_setting('app.user_id', true), '')::uuid
    );
END;

ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE project_members ENABLE ROW LEVEL SECURITY;

-- Without WITH CHECK, the condition also holds for what is written.
CREATE POLICY members ON projects USING (is_member(id));
CREATE POLICY members ON tasks USING (is_member(project_id));
CREATE POLICY members ON project_members USING (is_member(project_id));

-- migrate:down

DROP POLICY members ON project_members;
DROP POLICY members ON tasks;
DROP POLICY members ON projects;

ALTER TABLE project_members DISABLE ROW LEVEL SECURITY;
ALTER TABLE tasks DISABLE ROW LEVEL SECURITY;
ALTER TABLE projects DISABLE ROW LEVEL SECURITY;

DROP FUNCTION is_member(uuid);
