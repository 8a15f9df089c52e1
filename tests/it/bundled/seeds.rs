//! The sample data: complete, consistent, and taken out again without touching anything else.

use super::{migrated, pmdb, rows};
use crate::support::Database;

const COUNTS: &str = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM user_profiles),
                             (SELECT count(*) FROM projects), (SELECT count(*) FROM project_members),
                             (SELECT count(*) FROM tasks), (SELECT count(*) FROM schema_seeds)";

const SAMPLE_USER: &str = "10000000-0000-4000-8000-000000000012";
const SAMPLE_PROJECT: &str = "20000000-0000-4000-8000-000000000002";

/// A database with the bundled schema and the sample data.
fn seeded() -> Database {
    let db = migrated();
    pmdb(&db, &["seed", "--bundled"]).success();
    db
}

/// A user, a profile, a project, a membership and a task that have nothing to do with the sample data.
fn add_rows_of_our_own(db: &Database) {
    db.sql(
        "WITH me AS (
             INSERT INTO users (email, full_name, password_hash) VALUES ('me@example.org', 'Me', 'x') RETURNING id
         ), project AS (
             INSERT INTO projects (name, owner_id) SELECT 'Mine', id FROM me RETURNING id
         ), profile AS (
             INSERT INTO user_profiles (user_id) SELECT id FROM me
         ), member AS (
             INSERT INTO project_members (project_id, user_id) SELECT project.id, me.id FROM project, me
         )
         INSERT INTO tasks (project_id, title, assigned_to) SELECT project.id, 'My task', me.id FROM project, me",
    );
}

#[test]
fn the_company_has_the_promised_size() {
    assert_eq!(rows(&seeded(), COUNTS), "12 11 5 21 60 1");
}

#[test]
fn every_status_priority_and_role_occurs() {
    let db = seeded();
    let unused = rows(
        &db,
        "(SELECT unnest(enum_range(NULL::project_status))::text EXCEPT SELECT status::text FROM projects)
         UNION ALL
         (SELECT unnest(enum_range(NULL::task_status))::text EXCEPT SELECT status::text FROM tasks)
         UNION ALL
         (SELECT unnest(enum_range(NULL::member_role))::text EXCEPT SELECT role::text FROM project_members)
         UNION ALL
         (SELECT generate_series(1, 5)::text EXCEPT SELECT priority::text FROM tasks)",
    );
    assert_eq!(unused, "");
}

#[test]
fn one_user_has_no_profile() {
    let without = "SELECT full_name FROM users LEFT JOIN user_profiles ON user_id = id WHERE user_id IS NULL";
    assert_eq!(rows(&seeded(), without), "Siobhán Byrne");
}

#[test]
fn some_tasks_have_no_assignee_and_some_no_due_date() {
    let free = "SELECT bool_or(assigned_to IS NULL), bool_or(due_date IS NULL),
                       bool_or(assigned_to IS NOT NULL AND due_date IS NOT NULL) FROM tasks";
    assert_eq!(rows(&seeded(), free), "t t t");
}

#[test]
fn the_owner_of_each_project_is_its_only_member_in_that_role() {
    let owners = "SELECT project_id, user_id FROM project_members WHERE role = 'owner' ORDER BY 1, 2";
    let owned = "SELECT id, owner_id FROM projects ORDER BY 1, 2";
    let db = seeded();
    assert_eq!(rows(&db, owners), rows(&db, owned));
}

#[test]
fn a_task_is_assigned_to_a_member_of_its_project() {
    let strangers = "SELECT title FROM tasks
                     WHERE assigned_to IS NOT NULL
                       AND (project_id, assigned_to) NOT IN (SELECT project_id, user_id FROM project_members)";
    assert_eq!(rows(&seeded(), strangers), "");
}

#[test]
fn a_project_that_is_over_has_no_open_task() {
    let open = "SELECT title FROM tasks JOIN projects ON projects.id = project_id
                WHERE projects.status <> 'active' AND tasks.status IN ('pending', 'in_progress')";
    assert_eq!(rows(&seeded(), open), "");
}

#[test]
fn every_row_is_changed_after_it_is_made_and_nothing_is_from_the_future() {
    let db = seeded();
    for table in ["users", "user_profiles", "projects", "project_members", "tasks"] {
        let sane =
            format!("SELECT bool_and(created_at <= updated_at), bool_and(updated_at < now()) FROM {table}");
        assert_eq!(rows(&db, &sane), "t t", "{table}");
    }
}

#[test]
fn tasks_are_spread_over_months_and_due_around_today() {
    let spread = "SELECT min(created_at) < now() - interval '3 months', max(created_at) > now() - interval '1 week',
                         count(DISTINCT created_at), min(due_date) < current_date, max(due_date) > current_date
                  FROM tasks";
    assert_eq!(rows(&seeded(), spread), "t t 60 t t");
}

#[test]
fn keys_are_fixed_and_look_like_random_uuids() {
    let ids =
        "SELECT min(id::text), max(id::text), bool_and(id::text ~ '^[0-9]{8}-0000-4000-8000-[0-9]{12}$')
               FROM ";
    let db = seeded();
    let range = |first: &str, last: &str| {
        format!("{first}0000000-0000-4000-8000-000000000001 {first}0000000-0000-4000-8000-0000000000{last} t")
    };
    assert_eq!(rows(&db, &format!("{ids} users")), range("1", "12"));
    assert_eq!(rows(&db, &format!("{ids} projects")), range("2", "05"));
    assert_eq!(rows(&db, &format!("{ids} tasks")), range("3", "60"));
}

#[test]
fn every_address_is_at_example_com() {
    let outside = "SELECT email FROM users WHERE email NOT LIKE '%@example.com'
                   UNION ALL
                   SELECT avatar_url FROM user_profiles WHERE avatar_url NOT LIKE 'https://example.com/%'";
    assert_eq!(rows(&seeded(), outside), "");
}

#[test]
fn a_second_seed_applies_nothing() {
    let db = seeded();
    pmdb(&db, &["seed", "--bundled"]).success();
    assert_eq!(rows(&db, COUNTS), "12 11 5 21 60 1");
}

#[test]
fn seed_down_leaves_no_row_and_seed_works_again() {
    let db = seeded();
    pmdb(&db, &["seed", "--down", "--bundled"]).success();
    assert_eq!(rows(&db, COUNTS), "0 0 0 0 0 0");

    pmdb(&db, &["seed", "--bundled"]).success();
    assert_eq!(rows(&db, COUNTS), "12 11 5 21 60 1");
}

#[test]
fn seed_down_keeps_rows_that_a_person_has_added() {
    let all = "SELECT to_jsonb(users)::text FROM users UNION ALL
               SELECT to_jsonb(user_profiles)::text FROM user_profiles UNION ALL
               SELECT to_jsonb(projects)::text FROM projects UNION ALL
               SELECT to_jsonb(project_members)::text FROM project_members UNION ALL
               SELECT to_jsonb(tasks)::text FROM tasks";
    let db = migrated();
    add_rows_of_our_own(&db);
    let ours = rows(&db, all);
    assert_eq!(ours.lines().count(), 5);
    pmdb(&db, &["seed", "--bundled"]).success();

    pmdb(&db, &["seed", "--down", "--bundled"]).success();

    assert_eq!(rows(&db, all), ours);
}

#[test]
fn seed_down_works_after_some_sample_rows_are_gone() {
    let db = seeded();
    db.sql(&format!("DELETE FROM users WHERE id = '{SAMPLE_USER}'"));
    db.sql(&format!("DELETE FROM projects WHERE id = '{SAMPLE_PROJECT}'"));
    pmdb(&db, &["seed", "--down", "--bundled"]).success();
    assert_eq!(rows(&db, COUNTS), "0 0 0 0 0 0");
}

/// Deleting the sample rows would delete or change each of these as well.
#[test]
fn seed_down_refuses_while_someone_elses_row_refers_to_the_sample_data() {
    let cases = [
        (
            format!("INSERT INTO tasks (project_id, title) VALUES ('{SAMPLE_PROJECT}', 'Ours now')"),
            "Ours now",
        ),
        (format!("UPDATE tasks SET assigned_to = '{SAMPLE_USER}' WHERE title = 'My task'"), "My task"),
        (
            format!("INSERT INTO user_profiles (user_id) VALUES ('{SAMPLE_USER}')"),
            "profile of user 10000000-0000-4000-8000-000000000012",
        ),
        (
            format!(
                "INSERT INTO project_members (project_id, user_id)
                 SELECT id, '{SAMPLE_USER}' FROM projects WHERE name = 'Mine'"
            ),
            "member 10000000-0000-4000-8000-000000000012 of project",
        ),
        (format!("UPDATE projects SET owner_id = '{SAMPLE_USER}' WHERE name = 'Mine'"), "Mine"),
    ];
    for (add, named) in cases {
        let db = seeded();
        add_rows_of_our_own(&db);
        db.sql(&add);
        let before = rows(&db, COUNTS);

        let outcome = pmdb(&db, &["seed", "--down", "--bundled"]);

        assert_eq!(outcome.code, Some(1), "{add}");
        assert!(outcome.stderr.contains(named), "{named} is not named:\n{}", outcome.stderr);
        assert_eq!(rows(&db, COUNTS), before, "{add}");
    }
}
