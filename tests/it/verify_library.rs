//! The library of migrations in `tests/testdata/verify`: one for each kind of object and way of changing it, each with a
//! down half that reverses it exactly and with broken twins, whose down halves are wrong as they are wrong in practice.
//! pmdb and pg_dump, which knows nothing of pmdb, both have to tell the one from the others.
//!
//! `tests/testdata/verify/README.md` says what a case looks like.

mod case;
mod command;
mod witness;

use std::sync::LazyLock;

use case::Case;

use crate::support::{server, skipped};

/// The cases that this server can run.
static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let (possible, other): (Vec<Case>, Vec<Case>) = case::read_all().into_iter().partition(Case::is_possible);
    let names: Vec<&str> = other.iter().map(|case| case.name.as_str()).collect();
    if !names.is_empty() {
        let what = format!("another PostgreSQL than {}: {}", server().major(), names.join(", "));
        skipped(&what, "PMDB_PG_BIN names one");
    }
    possible
});

/// Fails with everything that is wrong, not with the first thing.
#[track_caller]
fn check(wrong: impl Iterator<Item = String>) {
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn there_are_many_cases_and_each_has_an_exact_form_and_a_broken_twin() {
    let cases = case::read_all();
    assert!(cases.len() >= 120, "only {} cases", cases.len());
    check(cases.iter().filter(|case| case.twins.is_empty()).map(|case| case.name.clone()));
}

#[test]
fn a_twin_differs_from_the_exact_form_in_its_down_half_alone() {
    let cases = case::read_all();
    let twins = cases.iter().flat_map(|case| case.twins.iter().map(move |twin| (case, twin)));
    check(twins.filter_map(|(case, twin)| {
        let (one, other) = (case.exact.migration(2), twin.migration(2));
        let same_up = one.checksum == other.checksum && one.up.mode() == other.up.mode();
        let down = |migration: &pmdb::migration::Migration| {
            migration.down.as_ref().map(|half| half.sql().to_owned())
        };
        let is_twin = same_up && down(&one) != down(&other);
        (!is_twin).then(|| twin.name.clone())
    }));
}
