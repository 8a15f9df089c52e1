//! Files and rows as `2 plans A`: number, name and text.

use std::path::Path;

use super::*;
use crate::migration::{Direction, Progress, State, reconcile};

/// `A` stands for a statement, and a blank for no statement at all.
fn file(text: &str) -> Migration {
    let mut words = text.split(' ');
    let (version, name, sql) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
    let sql = if sql == "-" { String::new() } else { format!("SELECT '{sql}';\n") };
    Migration::parse(Path::new(&format!("{version}_{name}.sql")), format!("-- migrate:up\n{sql}").as_bytes())
        .unwrap()
}

fn set(files: &[&str]) -> MigrationSet {
    MigrationSet::new(files.iter().map(|text| file(text)).collect()).unwrap()
}

fn row(text: &str) -> AppliedMigration {
    AppliedMigration::of(&file(text))
}

/// Where everything stands: `2 applied, 3 renumbered from 2`.
fn states(files: &[&str], history: &[AppliedMigration]) -> String {
    let set = set(files);
    let entries = reconcile(&set, history);
    let shown = entries.iter().map(|entry| match (entry.state, entry.applied) {
        (State::Renumbered, Some(row)) => format!("{} renumbered from {}", entry.version, row.version),
        (state, _) => format!("{} {}", entry.version, state.word()),
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn renumbered(files: &[&str], rows: &[&str], from: &str, to: &str) -> Result<String, RenumberError> {
    let history: Vec<AppliedMigration> = rows.iter().map(|text| row(text)).collect();
    let moves = renumber(&set(files), &history, &from.parse().unwrap(), &to.parse().unwrap())?;
    Ok(moves.iter().map(|one| format!("{}→{}", one.from, one.to)).collect::<Vec<_>>().join(", "))
}

/// The states, and each renumbering that follows from them.
#[track_caller]
fn expect(files: &[&str], rows: &[&str], expected: &str) {
    let history: Vec<AppliedMigration> = rows.iter().map(|text| row(text)).collect();
    assert_eq!(states(files, &history), expected);
}

#[test]
fn a_file_that_was_applied_under_another_number_is_renumbered_and_its_old_number_free() {
    expect(
        &["1 t T", "2 other O", "3 plans P"],
        &["1 t T", "2 plans P"],
        "1 applied, 2 late, 3 renumbered from 2",
    );
    expect(&["1 t T", "3 plans P"], &["1 t T", "2 plans P"], "1 applied, 3 renumbered from 2");
    expect(&["2 plans P", "3 t T"], &["3 t T", "4 plans P"], "2 renumbered from 4, 3 applied");
    assert_eq!(renumbered(&["2 o O", "3 plans P"], &["2 plans P"], "2", "3").unwrap(), "2→3");
}

#[test]
fn the_name_may_have_changed_with_the_number_and_alone_it_may_change_anyway() {
    expect(&["3 new P"], &["2 old P"], "3 renumbered from 2");
    expect(&["2 new P"], &["2 old P"], "2 applied");
}

#[test]
fn a_copy_beside_the_file_that_was_applied_is_a_new_migration() {
    expect(&["2 plans P", "3 plans P"], &["2 plans P"], "2 applied, 3 pending");
    let refused = renumbered(&["2 plans P", "3 plans P"], &["2 plans P"], "2", "3");
    assert_eq!(refused, Err(RenumberError::HasItsFile("2".parse().unwrap())));
}

#[test]
fn files_without_a_statement_are_not_taken_for_each_other() {
    expect(&["3 nothing -"], &["2 nothing -"], "2 file missing, 3 pending");
}

#[test]
fn of_files_that_say_the_same_those_with_the_same_name_belong_together() {
    expect(
        &["5 b X", "6 a X", "7 c X"],
        &["1 a X", "2 b X"],
        "5 renumbered from 2, 6 renumbered from 1, 7 pending",
    );
    expect(&["5 c X", "6 d X"], &["1 a X", "2 b X"], "5 renumbered from 1, 6 renumbered from 2");
}

#[test]
fn a_row_of_another_tool_without_a_checksum_is_compared_with_nothing() {
    let foreign = AppliedMigration { checksum: None, ..row("2 plans P") };
    assert_eq!(states(&["3 plans P"], std::slice::from_ref(&foreign)), "2 file missing, 3 pending");
    let refused = renumber(&set(&["3 plans P"]), &[foreign], &"2".parse().unwrap(), &"3".parse().unwrap());
    assert_eq!(refused, Err(RenumberError::NoChecksum("2".parse().unwrap())));
}

#[test]
fn a_half_applied_row_keeps_its_number() {
    let progress =
        Progress { direction: Direction::Up, done: 1, in_flight: false, total: 2, sql: None, backfill: None };
    let half = AppliedMigration { progress: Some(progress), ..row("2 plans P") };
    assert_eq!(states(&["3 plans P"], std::slice::from_ref(&half)), "2 half applied, 3 pending");
    let refused = renumber(&set(&["3 plans P"]), &[half], &"2".parse().unwrap(), &"3".parse().unwrap());
    assert_eq!(refused, Err(RenumberError::Unfinished("2".parse().unwrap())));
}

#[test]
fn a_number_that_another_row_keeps_is_not_given_away() {
    let (files, rows) = (["3 plans P"], ["2 plans P", "3 gone G"]);
    expect(&files, &rows, "2 file missing, 3 changed");
    assert_eq!(renumbered(&files, &rows, "2", "3"), Err(RenumberError::Taken("3".parse().unwrap())));
    let (files, rows) = (["2 a A", "3 b B"], ["1 a A", "2 b B", "3 gone G"]);
    expect(&files, &rows, "1 file missing, 2 changed, 3 changed");
    assert_eq!(renumbered(&files, &rows, "1", "2"), Err(RenumberError::Taken("2".parse().unwrap())));
}

#[test]
fn what_stands_in_the_way_moves_too() {
    let (files, rows) = (["2 new N", "3 a A", "4 b B", "5 c C"], ["2 a A", "3 b B", "4 c C"]);
    expect(&files, &rows, "2 late, 3 renumbered from 2, 4 renumbered from 3, 5 renumbered from 4");
    assert_eq!(renumbered(&files, &rows, "2", "3").unwrap(), "2→3, 3→4, 4→5");
    assert_eq!(renumbered(&files, &rows, "4", "5").unwrap(), "4→5");
}

#[test]
fn two_may_change_places() {
    let (files, rows) = (["2 b B", "3 a A"], ["2 a A", "3 b B"]);
    expect(&files, &rows, "2 renumbered from 3, 3 renumbered from 2");
    assert_eq!(renumbered(&files, &rows, "2", "3").unwrap(), "2→3, 3→2");
}

#[test]
fn what_cannot_be_renumbered_is_told_with_the_reason() {
    let (files, rows) = (["1 t T", "3 plans Q"], ["1 t T", "2 plans P"]);
    let version = |text: &str| text.parse::<Version>().unwrap();
    let refused = |from, to| renumbered(&files, &rows, from, to).unwrap_err();
    assert_eq!(refused("7", "3"), RenumberError::NotApplied(version("7")));
    assert_eq!(refused("2", "8"), RenumberError::NoFile(version("8")));
    assert_eq!(refused("2", "3"), RenumberError::OtherText { from: version("2"), to: version("3") });
    assert_eq!(refused("1", "3"), RenumberError::HasItsFile(version("1")));
    for error in [refused("7", "3"), refused("2", "8"), refused("2", "3"), refused("1", "3")] {
        assert!(error.diagnosis().hint.is_some_and(|hint| !hint.is_empty()), "{error}");
    }
}
