//! Each constraint is tried with a row that breaks it, and the triggers with rows that change.

use super::{migrated, rows};
use crate::support::Database;

const ADA: &str = "a0000000-0000-4000-8000-000000000001";
const BRUNO: &str = "b0000000-0000-4000-8000-000000000002";
const PROJECT: &str = "c0000000-0000-4000-8000-000000000003";
const NOBODY: &str = "f0000000-0000-4000-8000-00000000000f";

/// Ada owns a project. Bruno has a profile, is a member of the project, and has its only task.
/// All rows are from the year 2001.
fn with_one_row_of_each() -> Database {
    let db = migrated();
    db.sql(&format!(
        "INSERT INTO users (id, email, full_name, password_hash, created_at, updated_at) VALUES
             ('{ADA}', 'ada@example.com', 'Ada', 'x', '2001-01-01', '2001-01-01'),
             ('{BRUNO}', 'bruno@example.com', 'Bruno', 'x', '2001-01-01', '2001-01-01');
         INSERT INTO user_profiles (user_id, bio, created_at, updated_at)
             VALUES ('{BRUNO}', 'Likes maps.', '2001-01-01', '2001-01-01');
         INSERT INTO projects (id, name, owner_id, created_at, updated_at)
             VALUES ('{PROJECT}', 'Atlas', '{ADA}', '2001-01-01', '2001-01-01');
         INSERT INTO tasks (project_id, title, assigned_to, created_at, updated_at)
             VALUES ('{PROJECT}', 'Draw', '{BRUNO}', '2001-01-01', '2001-01-01');
         INSERT INTO project_members (project_id, user_id, created_at, updated_at)
             VALUES ('{PROJECT}', '{BRUNO}', '2001-01-01', '2001-01-01')"
    ));
    db
}

/// What the server says against `sql`: the SQLSTATE and the constraint (or else the column) it names.
fn refusal(db: &Database, sql: &str) -> String {
    let Err(error) = db.try_sql(sql) else { return "accepted".to_owned() };
    let Some(error) = error.as_db_error() else { return error.to_string() };
    let name = error.constraint().or(error.column()).unwrap_or_default();
    format!("{} {name}", error.code().code()).trim_end().to_owned()
}

#[test]
fn null_is_refused_where_a_value_is_needed() {
    let db = with_one_row_of_each();
    let needed = [
        ("users", &["id", "email", "full_name", "password_hash", "created_at", "updated_at"][..]),
        ("user_profiles", &["user_id", "created_at", "updated_at"]),
        ("projects", &["id", "name", "status", "owner_id", "created_at", "updated_at"]),
        ("tasks", &["id", "project_id", "title", "priority", "status", "created_at", "updated_at"]),
        ("project_members", &["project_id", "user_id", "role", "created_at", "updated_at"]),
    ];
    for (table, columns) in needed {
        for column in columns {
            // A copy of a valid row in which this one column is NULL. (An UPDATE would not do for updated_at:
            // the trigger fills it in.)
            let copy = format!(
                "INSERT INTO {table}
                 SELECT (jsonb_populate_record(valid, '{{\"{column}\": null}}')).* FROM {table} AS valid LIMIT 1"
            );
            assert_eq!(refusal(&db, &copy), format!("23502 {column}"), "{table}.{column}");
        }
    }
}

#[test]
fn null_is_fine_where_a_value_is_optional() {
    let db = with_one_row_of_each();
    db.sql("UPDATE user_profiles SET avatar_url = NULL, bio = NULL, phone = NULL");
    db.sql("UPDATE projects SET description = NULL");
    db.sql("UPDATE tasks SET description = NULL, due_date = NULL, assigned_to = NULL");
}

#[test]
fn what_an_insert_leaves_out_gets_its_default() {
    let db = with_one_row_of_each();
    assert_eq!(rows(&db, "SELECT status FROM projects"), "active");
    assert_eq!(rows(&db, "SELECT priority, status FROM tasks"), "1 pending");
    assert_eq!(rows(&db, "SELECT role FROM project_members"), "member");

    let fresh = "INSERT INTO users (email, full_name, password_hash) VALUES ('cleo@example.com', 'Cleo', 'x')
                 RETURNING id IS NOT NULL, created_at = now(), updated_at = now()";
    assert_eq!(rows(&db, fresh), "t t t");
}

#[test]
fn an_email_address_belongs_to_one_user() {
    let db = with_one_row_of_each();
    let again =
        "INSERT INTO users (email, full_name, password_hash) VALUES ('ada@example.com', 'Another Ada', 'x')";
    assert_eq!(refusal(&db, again), "23505 users_email_key");
}

#[test]
fn a_key_cannot_be_used_twice() {
    let db = with_one_row_of_each();
    for table in ["users", "user_profiles", "projects", "tasks", "project_members"] {
        // The copy of a user would break the unique e-mail address first.
        let change = if table == "users" { r#"{"email": "other@example.com"}"# } else { "{}" };
        let copy = format!(
            "INSERT INTO {table} SELECT (jsonb_populate_record(valid, '{change}')).* FROM {table} AS valid LIMIT 1"
        );
        assert_eq!(refusal(&db, &copy), format!("23505 {table}_pkey"));
    }
}

#[test]
fn a_user_joins_a_project_once_but_may_join_several() {
    let db = with_one_row_of_each();
    let again = format!(
        "INSERT INTO project_members (project_id, user_id, role) VALUES ('{PROJECT}', '{BRUNO}', 'admin')"
    );
    assert_eq!(refusal(&db, &again), "23505 project_members_pkey");

    db.sql(&format!("INSERT INTO projects (name, owner_id) VALUES ('Globe', '{ADA}')"));
    db.sql(&format!(
        "INSERT INTO project_members (project_id, user_id)
         SELECT id, '{BRUNO}' FROM projects WHERE name = 'Globe'"
    ));
}

#[test]
fn a_reference_must_lead_somewhere() {
    let db = with_one_row_of_each();
    let cases = [
        (format!("INSERT INTO user_profiles (user_id) VALUES ('{NOBODY}')"), "user_profiles_user_id_fkey"),
        (format!("INSERT INTO projects (name, owner_id) VALUES ('x', '{NOBODY}')"), "projects_owner_id_fkey"),
        (format!("INSERT INTO tasks (title, project_id) VALUES ('x', '{NOBODY}')"), "tasks_project_id_fkey"),
        (format!("UPDATE tasks SET assigned_to = '{NOBODY}'"), "tasks_assigned_to_fkey"),
        (
            format!("INSERT INTO project_members (project_id, user_id) VALUES ('{NOBODY}', '{ADA}')"),
            "project_members_project_id_fkey",
        ),
        (
            format!("INSERT INTO project_members (project_id, user_id) VALUES ('{PROJECT}', '{NOBODY}')"),
            "project_members_user_id_fkey",
        ),
    ];
    for (sql, constraint) in cases {
        assert_eq!(refusal(&db, &sql), format!("23503 {constraint}"));
    }
}

#[test]
fn a_priority_is_between_1_and_5() {
    let db = with_one_row_of_each();
    for outside in [-1, 0, 6, 55] {
        let update = format!("UPDATE tasks SET priority = {outside}");
        assert_eq!(refusal(&db, &update), "23514 tasks_priority_check", "{outside}");
    }
    for inside in 1..=5 {
        db.sql(&format!("UPDATE tasks SET priority = {inside}"));
    }
}

#[test]
fn an_enum_takes_only_its_own_labels() {
    let db = with_one_row_of_each();
    assert_eq!(refusal(&db, "UPDATE projects SET status = 'paused'"), "22P02");
    assert_eq!(refusal(&db, "UPDATE tasks SET status = 'done'"), "22P02");
    assert_eq!(refusal(&db, "UPDATE project_members SET role = 'guest'"), "22P02");
}

#[test]
fn the_owner_of_a_project_cannot_be_deleted() {
    let db = with_one_row_of_each();
    let refused = refusal(&db, &format!("DELETE FROM users WHERE id = '{ADA}'"));
    // PostgreSQL 18 reports RESTRICT with a code of its own.
    assert!(
        ["23503 projects_owner_id_fkey", "23001 projects_owner_id_fkey"].contains(&refused.as_str()),
        "{refused}"
    );

    db.sql(&format!("UPDATE projects SET owner_id = '{BRUNO}'"));
    db.sql(&format!("DELETE FROM users WHERE id = '{ADA}'"));
    assert_eq!(rows(&db, "SELECT full_name FROM users"), "Bruno");
}

#[test]
fn a_deleted_user_leaves_the_tasks_and_takes_the_profile_and_memberships() {
    let db = with_one_row_of_each();
    db.sql(&format!("DELETE FROM users WHERE id = '{BRUNO}'"));
    assert_eq!(rows(&db, "SELECT title, assigned_to FROM tasks"), "Draw NULL");
    assert_eq!(rows(&db, "SELECT count(*) FROM user_profiles"), "0");
    assert_eq!(rows(&db, "SELECT count(*) FROM project_members"), "0");
}

#[test]
fn a_deleted_project_takes_its_tasks_and_members_but_no_users() {
    let db = with_one_row_of_each();
    db.sql("DELETE FROM projects");
    assert_eq!(rows(&db, "SELECT count(*) FROM tasks"), "0");
    assert_eq!(rows(&db, "SELECT count(*) FROM project_members"), "0");
    assert_eq!(rows(&db, "SELECT count(*) FROM users"), "2");
}

#[test]
fn updated_at_moves_with_every_change_in_each_table() {
    let db = with_one_row_of_each();
    let changes = [
        "UPDATE users SET full_name = 'Bruno B.' WHERE full_name = 'Bruno'",
        "UPDATE user_profiles SET bio = 'Likes globes.'",
        "UPDATE projects SET status = 'completed'",
        "UPDATE tasks SET status = 'in_progress'",
        "UPDATE project_members SET role = 'admin'",
    ];
    for change in changes {
        // now() is when this statement's own transaction began; created_at must stay where it was.
        let moved = format!("{change} RETURNING updated_at = now(), created_at = '2001-01-01'");
        assert_eq!(rows(&db, &moved), "t t", "{change}");
    }
}

#[test]
fn updated_at_cannot_be_set_by_hand() {
    let db = with_one_row_of_each();
    for table in ["users", "user_profiles", "projects", "tasks", "project_members"] {
        let forged = format!("UPDATE {table} SET updated_at = '1999-01-01' RETURNING updated_at = now()");
        assert!(rows(&db, &forged).lines().all(|moved| moved == "t"), "{table}");
    }
}

#[test]
fn only_the_changed_row_gets_a_new_updated_at() {
    let db = with_one_row_of_each();
    db.sql(&format!("UPDATE users SET full_name = 'Bruno B.' WHERE id = '{BRUNO}'"));
    assert_eq!(rows(&db, "SELECT full_name FROM users WHERE updated_at = '2001-01-01'"), "Ada");
}
