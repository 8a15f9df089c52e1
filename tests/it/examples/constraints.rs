//! `examples/constraints.rs`.

use std::sync::LazyLock;

use super::run::{Printed, run};
use crate::support::server;

/// One run for all tests.
static PRINTED: LazyLock<Printed> = LazyLock::new(|| run("constraints", &[]));

#[test]
fn each_constraint_refuses_by_its_sqlstate_and_its_name() {
    let refusals = PRINTED.table("constraint");
    let of =
        |constraint| (refusals.cell(constraint, "SQLSTATE"), refusals.cell(constraint, "what is broken"));
    assert_eq!(of("PRIMARY KEY"), ("23505", "users_pkey"));
    assert_eq!(of("PRIMARY KEY, one-to-one"), ("23505", "user_profiles_pkey"));
    assert_eq!(of("PRIMARY KEY of two columns"), ("23505", "project_members_pkey"));
    assert_eq!(of("NOT NULL"), ("23502", "column full_name"));
    assert_eq!(of("UNIQUE"), ("23505", "users_email_key"));
    assert_eq!(of("FOREIGN KEY"), ("23503", "tasks_assigned_to_fkey"));
    assert_eq!(of("FOREIGN KEY, NOT NULL"), ("23503", "projects_owner_id_fkey"));
    assert_eq!(of("CHECK"), ("23514", "tasks_priority_check"));
    assert_eq!(of("enum"), ("22P02", "none"));
    assert_eq!(refusals.rows(), 9);
}

#[test]
fn each_on_delete_clause_does_what_the_chapter_says() {
    let deletions = PRINTED.table("ON DELETE");
    let of = |clause| ["before", "after", "outcome"].map(|title| deletions.cell(clause, title));
    // PostgreSQL 18 has given RESTRICT a code of its own.
    let restricted = if server().major() < 18 { "23503" } else { "23001" };
    assert_eq!(
        of("RESTRICT"),
        ["projects: 5", "projects: 5", &format!("{restricted}: projects_owner_id_fkey")]
    );
    assert_eq!(of("CASCADE"), ["tasks: 60, assigned: 52", "tasks: 42, assigned: 36", "done"]);
    assert_eq!(of("SET NULL"), ["tasks: 60, assigned: 52", "tasks: 60, assigned: 45", "done"]);
    assert_eq!(of("SET DEFAULT"), ["tickets: billing, inbox", "tickets: inbox, inbox", "done"]);
    let unchanged = "tickets: billing, inbox";
    assert_eq!(of("SET DEFAULT, itself"), [unchanged, unchanged, "23503: tickets_queue_fkey"]);
}
