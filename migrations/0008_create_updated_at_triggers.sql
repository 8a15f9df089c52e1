-- Keeps updated_at right by itself, whoever changes a row: an application, a script, a person in psql.

-- migrate:up

-- NEW is the row about to be stored. now() is the time at which the transaction began, so all rows that
-- change together carry the same time.
CREATE FUNCTION set_updated_at() RETURNS TRIGGER AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;

-- BEFORE, since only a trigger that runs before the row is stored can still change it.
CREATE TRIGGER trg_users_updated
    BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER trg_user_profiles_updated
    BEFORE UPDATE ON user_profiles
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER trg_projects_updated
    BEFORE UPDATE ON projects
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER trg_tasks_updated
    BEFORE UPDATE ON tasks
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER trg_project_members_updated
    BEFORE UPDATE ON project_members
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- migrate:down
DROP TRIGGER trg_project_members_updated ON project_members;
DROP TRIGGER trg_tasks_updated ON tasks;
DROP TRIGGER trg_projects_updated ON projects;
DROP TRIGGER trg_user_profiles_updated ON user_profiles;
DROP TRIGGER trg_users_updated ON users;
DROP FUNCTION set_updated_at();
