//! After `up --bundled` the catalog holds exactly the objects listed here: what is missing shows, and so does
//! what is there too much.

use super::{migrated, pmdb, rows};

#[test]
fn the_tables_are_the_five_and_the_history() {
    let db = migrated();
    let found = rows(
        &db,
        "SELECT relname FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('i', 'I', 't')
         ORDER BY relname",
    );
    assert_eq!(found, "project_members\nprojects\nschema_migrations\ntasks\nuser_profiles\nusers");
}

#[test]
fn every_column_has_its_type_nullability_and_default() {
    let db = migrated();
    let found = rows(
        &db,
        "SELECT concat_ws(' ', relname || '.' || attname, format_type(atttypid, atttypmod),
                          CASE WHEN attnotnull THEN 'not null' END, 'default ' || pg_get_expr(adbin, adrelid))
         FROM pg_attribute
         JOIN pg_class ON pg_class.oid = attrelid
         LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'schema_migrations'
           AND attnum > 0
         ORDER BY relname, attnum",
    );
    let expected = "\
project_members.project_id uuid not null
project_members.user_id uuid not null
project_members.role member_role not null default 'member'::member_role
project_members.created_at timestamp with time zone not null default now()
project_members.updated_at timestamp with time zone not null default now()
projects.id uuid not null default gen_random_uuid()
projects.name text not null
projects.description text
projects.status project_status not null default 'active'::project_status
projects.owner_id uuid not null
projects.created_at timestamp with time zone not null default now()
projects.updated_at timestamp with time zone not null default now()
tasks.id uuid not null default gen_random_uuid()
tasks.project_id uuid not null
tasks.title text not null
tasks.description text
tasks.priority integer not null default 1
tasks.status task_status not null default 'pending'::task_status
tasks.due_date date
tasks.assigned_to uuid
tasks.created_at timestamp with time zone not null default now()
tasks.updated_at timestamp with time zone not null default now()
user_profiles.user_id uuid not null
user_profiles.avatar_url text
user_profiles.bio text
user_profiles.phone text
user_profiles.created_at timestamp with time zone not null default now()
user_profiles.updated_at timestamp with time zone not null default now()
users.id uuid not null default gen_random_uuid()
users.email text not null
users.full_name text not null
users.password_hash text not null
users.created_at timestamp with time zone not null default now()
users.updated_at timestamp with time zone not null default now()";
    assert_eq!(found, expected);
}

#[test]
fn the_enums_have_their_labels_in_order() {
    let db = migrated();
    let found = rows(
        &db,
        "SELECT typname || ':', string_agg(enumlabel, ', ' ORDER BY enumsortorder)
         FROM pg_type JOIN pg_enum ON enumtypid = pg_type.oid
         GROUP BY typname ORDER BY typname",
    );
    let expected = "\
member_role: owner, admin, member
project_status: active, completed, archived
task_status: pending, in_progress, completed, cancelled";
    assert_eq!(found, expected);
}

#[test]
fn the_keys_the_check_and_every_on_delete_are_as_designed() {
    let db = migrated();
    // PostgreSQL 18 lists NOT NULL as constraints ('n') too; the columns' test looks at those.
    let found = rows(
        &db,
        "SELECT relname || '.' || conname, pg_get_constraintdef(pg_constraint.oid)
         FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
         WHERE connamespace = 'public'::regnamespace AND contype <> 'n' AND relname <> 'schema_migrations'
         ORDER BY relname, conname",
    );
    let expected = "\
project_members.project_members_pkey PRIMARY KEY (project_id, user_id)
project_members.project_members_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE
project_members.project_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
projects.projects_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id) ON DELETE RESTRICT
projects.projects_pkey PRIMARY KEY (id)
tasks.tasks_assigned_to_fkey FOREIGN KEY (assigned_to) REFERENCES users(id) ON DELETE SET NULL
tasks.tasks_pkey PRIMARY KEY (id)
tasks.tasks_priority_check CHECK (((priority >= 1) AND (priority <= 5)))
tasks.tasks_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE
user_profiles.user_profiles_pkey PRIMARY KEY (user_id)
user_profiles.user_profiles_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
users.users_email_key UNIQUE (email)
users.users_pkey PRIMARY KEY (id)";
    assert_eq!(found, expected);
}

#[test]
fn the_six_indexes_have_their_column_and_direction() {
    let db = migrated();
    // The indexes of primary keys and UNIQUE belong to those constraints, which have a test of their own.
    let found = rows(
        &db,
        "SELECT pg_get_indexdef(indexrelid)
         FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
         WHERE relnamespace = 'public'::regnamespace
           AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
         ORDER BY relname",
    );
    let expected = "\
CREATE INDEX idx_tasks_assigned_to ON public.tasks USING btree (assigned_to)
CREATE INDEX idx_tasks_created_at ON public.tasks USING btree (created_at DESC)
CREATE INDEX idx_tasks_project_id ON public.tasks USING btree (project_id)
CREATE INDEX idx_tasks_status ON public.tasks USING btree (status)
CREATE INDEX idx_users_created_at ON public.users USING btree (created_at DESC)
CREATE INDEX idx_users_email ON public.users USING btree (email)";
    assert_eq!(found, expected);
}

#[test]
fn one_function_serves_the_five_triggers() {
    let db = migrated();
    let functions = rows(
        &db,
        "SELECT pg_proc.oid::regprocedure, 'returns', prorettype::regtype, 'in', lanname
         FROM pg_proc JOIN pg_language ON pg_language.oid = prolang
         WHERE pronamespace = 'public'::regnamespace",
    );
    assert_eq!(functions, "set_updated_at() returns trigger in plpgsql");

    let triggers = rows(
        &db,
        "SELECT pg_get_triggerdef(pg_trigger.oid)
         FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
         WHERE NOT tgisinternal
         ORDER BY relname",
    );
    let expected = "\
CREATE TRIGGER trg_project_members_updated BEFORE UPDATE ON public.project_members FOR EACH ROW EXECUTE FUNCTION set_updated_at()
CREATE TRIGGER trg_projects_updated BEFORE UPDATE ON public.projects FOR EACH ROW EXECUTE FUNCTION set_updated_at()
CREATE TRIGGER trg_tasks_updated BEFORE UPDATE ON public.tasks FOR EACH ROW EXECUTE FUNCTION set_updated_at()
CREATE TRIGGER trg_user_profiles_updated BEFORE UPDATE ON public.user_profiles FOR EACH ROW EXECUTE FUNCTION set_updated_at()
CREATE TRIGGER trg_users_updated BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION set_updated_at()";
    assert_eq!(triggers, expected);
}

#[test]
fn a_second_up_applies_nothing() {
    let db = migrated();
    let history = "SELECT version, name, applied_at FROM schema_migrations ORDER BY version";
    let before = rows(&db, history);
    assert_eq!(before.lines().count(), 8);

    pmdb(&db, &["up", "--bundled"]).success();

    assert_eq!(rows(&db, history), before);
}
