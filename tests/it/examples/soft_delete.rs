//! `examples/soft_delete.rs`.

use std::sync::LazyLock;

use super::run::{Printed, run};
use crate::support::{Database, Project};

/// One run for all tests.
static PRINTED: LazyLock<Printed> = LazyLock::new(|| run("soft_delete", &[]));

#[test]
fn an_address_is_free_again_once_it_is_unique_among_the_living_only() {
    let before = PRINTED.table("while the address is UNIQUE");
    assert_eq!(before.column("outcome"), ["1 row", "0 rows", "23505: users_email_key"]);
    assert_eq!(before.column("users"), ["12", "12", "12"]);
    assert_eq!(before.column("live_users"), ["11", "11", "11"]);

    let after = PRINTED.table("while it is unique among the living");
    assert_eq!(after.column("outcome"), ["1 row", "23505: uniq_active_email", "23505: uniq_active_email"]);
    assert_eq!(after.column("users"), ["13", "13", "13"]);
    assert_eq!(after.column("live_users"), ["12", "12", "12"]);
}

#[test]
fn a_soft_deletion_leaves_all_that_belongs_to_the_user() {
    let belongings = PRINTED.table("Jonas");
    assert_eq!(belongings.column("profiles"), ["1", "1", "0"]);
    assert_eq!(belongings.column("memberships"), ["2", "2", "0"]);
    assert_eq!(belongings.column("assigned tasks"), ["7", "7", "0"]);
}

#[test]
fn its_migrations_can_be_undone_until_an_address_has_been_used_again() {
    let (project, database) = (Project::new(), Database::new());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/soft_delete/migrations");
    let pmdb = |args: &[&str]| project.pmdb(args).database(&database).run();
    pmdb(&["up", "--bundled"]).success();
    let constraints = "SELECT string_agg(conname, ' ' ORDER BY conname) FROM pg_constraint WHERE conrelid = 'users'::regclass \
                       AND contype <> 'n'";
    let as_it_was = database.value(constraints);

    pmdb(&["up", "--dir", folder]).success();
    assert_eq!(database.value(constraints), "users_pkey");
    pmdb(&["down", "--dir", folder, "--steps", "2"]).success();
    assert_eq!(database.value(constraints), as_it_was);

    pmdb(&["up", "--dir", folder]).success();
    database.sql(
        "INSERT INTO users (email, full_name, password_hash, deleted_at) \
         VALUES ('a@example.com', 'A', '!', now()), ('a@example.com', 'B', '!', NULL)",
    );
    let refused = pmdb(&["down", "--dir", folder]).fails(1);
    assert!(refused.stderr.contains("SQLSTATE: 23505"), "{}", refused.stderr);
    assert_eq!(database.value(constraints), "users_pkey");
}
