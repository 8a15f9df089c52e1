//! Plans from files and rows alone.

use std::path::{Path, PathBuf};

use super::*;
use crate::diagnosis::Diagnose;
use crate::migration::{Direction, Migration, Progress, StoredDown};

const BOTH: &str = "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n";
const ONLY_UP: &str = "-- migrate:up\nSELECT 1;\n";
const OTHER: &str = "-- migrate:up\nSELECT 'other';\n-- migrate:down\nSELECT 'back';\n";
const OUTSIDE: &str = "-- migrate:up transaction:false\nSELECT 1;\nSELECT 2;\nSELECT 3;\n\
                       -- migrate:down transaction:false\nSELECT -3;\nSELECT -2;\nSELECT -1;\n";

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

/// Files named `<version>_m.sql`.
fn files(list: &[(&str, &str)]) -> MigrationSet {
    let parse = |(version, text): &(&str, &str)| {
        Migration::parse(Path::new(&format!("{version}_m.sql")), text.as_bytes()).unwrap()
    };
    MigrationSet::new(list.iter().map(parse).collect()).unwrap()
}

/// The row that this file leaves.
fn row(file: (&str, &str)) -> AppliedMigration {
    let set = files(&[file]);
    let migration = &set.migrations()[0];
    AppliedMigration {
        version: migration.version.clone(),
        name: Some("m".to_owned()),
        checksum: Some(migration.checksum.as_str().to_owned()),
        applied_at: None,
        applied_by: None,
        execution_ms: None,
        progress: None,
        has_stored_down: match &migration.down {
            Some(down) => StoredDown::Text(down.sql().to_owned()),
            None => StoredDown::None,
        },
        stored_up: None,
    }
}

/// The row of [`OUTSIDE`] with this many statements done.
fn halfway(number: &str, direction: Direction, done: usize) -> AppliedMigration {
    let set = files(&[(number, OUTSIDE)]);
    let migration = &set.migrations()[0];
    let half = match direction {
        Direction::Up => &migration.up,
        Direction::Down => migration.down.as_ref().unwrap(),
    };
    let progress = Progress {
        direction,
        done,
        in_flight: false,
        total: 3,
        sql: Some(half.sql().to_owned()),
        backfill: None,
    };
    AppliedMigration { progress: Some(progress), ..row((number, OUTSIDE)) }
}

fn up(target: UpTarget) -> Goal {
    Goal::up(target)
}

/// With the halves of the history, where a file is gone.
fn down(target: DownTarget) -> Goal {
    Goal::Down { target, stored: StoredHalves::Run }
}

/// The steps as `up 1, down 2`; one that goes on says from where: `up 1 after 2`.
fn steps(plan: &Plan) -> String {
    let step = |step: &Step| match step.done() {
        _ if matches!(step, Step::Down(DownStep { begun: Some(_), .. })) => {
            format!("forget {}", step.version())
        }
        0 => format!("{} {}", step.direction(), step.version()),
        done => format!("{} {} after {done}", step.direction(), step.version()),
    };
    plan.steps.iter().map(step).collect::<Vec<_>>().join(", ")
}

#[track_caller]
fn planned(set: &MigrationSet, history: &[AppliedMigration], goal: &Goal) -> String {
    steps(&plan(set, history, goal).unwrap())
}

#[track_caller]
fn refused(set: &MigrationSet, history: &[AppliedMigration], goal: &Goal) -> PlanError {
    plan(set, history, goal).unwrap_err()
}

/// The codes and versions of all disagreements, as `late 1, changed 2`.
#[track_caller]
fn disagreements(set: &MigrationSet, history: &[AppliedMigration], goal: &Goal) -> String {
    let PlanError::Disagree(list) = refused(set, history, goal) else { panic!("no disagreement") };
    list.iter()
        .map(|one| format!("{} {}", one.diagnosis().code, one.version()))
        .collect::<Vec<_>>()
        .join(", ")
}

mod up {
    use super::*;

    #[test]
    fn everything_pending_is_planned_by_number() {
        let set = files(&[("10", BOTH), ("9", BOTH), ("0001", BOTH)]);
        assert_eq!(planned(&set, &[row(("1", BOTH))], &Goal::newest()), "up 9, up 10");
        assert_eq!(planned(&set, &[], &Goal::newest()), "up 0001, up 9, up 10");
    }

    #[test]
    fn a_target_is_reached_and_not_passed() {
        let set = files(&[("1", BOTH), ("2", BOTH), ("3", BOTH)]);
        assert_eq!(planned(&set, &[], &up(UpTarget::To(version("0002")))), "up 1, up 2");
        assert_eq!(planned(&set, &[], &up(UpTarget::Steps(1))), "up 1");
        assert_eq!(planned(&set, &[], &up(UpTarget::Steps(9))), "up 1, up 2, up 3");
        assert_eq!(planned(&set, &[row(("1", BOTH))], &up(UpTarget::To(version("1")))), "");
        assert_eq!(
            refused(&set, &[], &up(UpTarget::To(version("4")))),
            PlanError::UnknownTarget(version("4"))
        );
    }

    #[test]
    fn a_late_file_is_refused_only_when_the_run_would_apply_it() {
        let set = files(&[("1", BOTH), ("2", BOTH), ("3", BOTH)]);
        let history = [row(("2", BOTH))];
        assert_eq!(disagreements(&set, &history, &Goal::newest()), "late 1");
        let out_of_order = Goal::Up {
            target: UpTarget::Newest,
            late: OutOfOrder::Apply,
            missing: MissingFiles::Note,
            unfilled: Unfilled::Apply,
            deferred: DeferredBackfills::Pass,
        };
        assert_eq!(planned(&set, &history, &out_of_order), "up 1, up 3");
    }

    #[test]
    fn the_newest_version_of_a_late_file_may_have_no_file() {
        let set = files(&[("1", BOTH)]);
        let PlanError::Disagree(list) = refused(&set, &[row(("7", OTHER))], &Goal::newest()) else {
            panic!()
        };
        assert_eq!(list[0].to_string(), "1_m.sql is late: 7 is applied already");
    }

    #[test]
    fn a_changed_file_is_refused_whatever_the_target() {
        let set = files(&[("1", BOTH), ("2", ONLY_UP), ("3", BOTH)]);
        let history = [row(("1", BOTH)), row(("2", "-- migrate:up\nSELECT 'else';\n"))];
        assert_eq!(disagreements(&set, &history, &Goal::newest()), "changed 2");
        assert_eq!(disagreements(&set, &history, &up(UpTarget::To(version("1")))), "changed 2");
    }

    #[test]
    fn a_row_without_a_checksum_cannot_be_changed() {
        let set = files(&[("1", BOTH)]);
        let foreign = AppliedMigration { checksum: None, ..row(("1", ONLY_UP)) };
        assert_eq!(planned(&set, &[foreign], &Goal::newest()), "");
    }

    #[test]
    fn a_missing_file_is_noted_or_refused() {
        let (set, history) = (files(&[("2", OTHER)]), [row(("1", BOTH))]);
        let noted = plan(&set, &history, &Goal::newest()).unwrap();
        assert_eq!((steps(&noted).as_str(), noted.missing), ("up 2", vec![(version("1"), "m".to_owned())]));
        let strict = Goal::Up {
            target: UpTarget::Newest,
            late: OutOfOrder::Refuse,
            missing: MissingFiles::Refuse,
            unfilled: Unfilled::Apply,
            deferred: DeferredBackfills::Pass,
        };
        assert_eq!(disagreements(&set, &history, &strict), "missing 1");
    }

    #[test]
    fn all_disagreements_come_at_once() {
        let set = files(&[("1", BOTH), ("2", ONLY_UP), ("4", BOTH)]);
        let history = [row(("2", "-- migrate:up\nSELECT 'else';\n")), row(("3", OTHER))];
        let strict = Goal::Up {
            target: UpTarget::Newest,
            late: OutOfOrder::Refuse,
            missing: MissingFiles::Refuse,
            unfilled: Unfilled::Apply,
            deferred: DeferredBackfills::Pass,
        };
        assert_eq!(disagreements(&set, &history, &strict), "changed 2, missing 3, late 1");
    }
}

mod renumbered {
    use super::*;

    /// 3 was applied as 2, which is another file now.
    fn after_a_merge() -> (MigrationSet, [AppliedMigration; 1]) {
        (files(&[("2", OTHER), ("3", BOTH)]), [row(("2", BOTH))])
    }

    #[test]
    fn up_names_it_and_what_is_late_beside_it_and_neither_runs_it_nor_calls_it_missing() {
        let (set, history) = after_a_merge();
        assert_eq!(disagreements(&set, &history, &Goal::newest()), "renumbered 3, late 2");
        let strict = Goal::Up {
            target: UpTarget::Newest,
            late: OutOfOrder::Apply,
            missing: MissingFiles::Refuse,
            unfilled: Unfilled::Apply,
            deferred: DeferredBackfills::Pass,
        };
        assert_eq!(disagreements(&set, &history, &strict), "renumbered 3");
        assert_eq!(disagreements(&set, &history, &up(UpTarget::To(version("2")))), "renumbered 3, late 2");
    }

    #[test]
    fn nothing_is_undone_as_long_as_it_is_not_sure_what_is_the_newest() {
        let (set, history) = after_a_merge();
        for goal in [down(DownTarget::Steps(1)), down(DownTarget::To(version("2"))), Goal::Redo] {
            assert_eq!(disagreements(&set, &history, &goal), "renumbered 3");
        }
    }

    #[test]
    fn it_is_named_with_both_numbers() {
        let (set, history) = after_a_merge();
        let PlanError::Disagree(list) = refused(&set, &history, &Goal::newest()) else { panic!() };
        assert_eq!(list[0].to_string(), "3_m.sql is what was applied as 2");
        let hint = list[0].diagnosis().hint.unwrap();
        assert!(hint.contains("`pmdb renumber 2 3`"), "{hint}");
    }

    #[test]
    fn the_old_number_is_a_target_that_is_known() {
        let (set, history) = (files(&[("3", BOTH)]), [row(("2", BOTH))]);
        assert_eq!(disagreements(&set, &history, &up(UpTarget::To(version("2")))), "renumbered 3");
    }

    #[test]
    fn a_changed_file_of_another_name_has_replaced_what_was_applied() {
        let renamed = AppliedMigration { name: Some("plans".to_owned()), ..row(("1", BOTH)) };
        let PlanError::Disagree(list) = refused(&files(&[("1", OTHER)]), &[renamed], &Goal::newest()) else {
            panic!()
        };
        assert_eq!(list[0].diagnosis().code, "replaced");
        assert_eq!(list[0].to_string(), "1_m.sql is not what was applied as 1, which was called plans");
        let hint = list[0].diagnosis().hint.unwrap();
        assert!(!hint.contains("accept"), "{hint}");
        for nameless in [None, Some(String::new())] {
            let row = AppliedMigration { name: nameless, ..row(("1", BOTH)) };
            assert_eq!(disagreements(&files(&[("1", OTHER)]), &[row], &Goal::newest()), "changed 1");
        }
    }
}

mod half_done {
    use super::*;

    /// [`OUTSIDE`] with one statement replaced.
    fn outside_with(from: &str, to: &str) -> String {
        assert!(OUTSIDE.contains(from));
        OUTSIDE.replace(from, to)
    }

    #[test]
    fn up_goes_on_after_the_statements_that_are_done() {
        let (set, history) = (files(&[("1", OUTSIDE), ("2", BOTH)]), [halfway("1", Direction::Up, 2)]);
        assert_eq!(planned(&set, &history, &Goal::newest()), "up 1 after 2, up 2");
    }

    #[test]
    fn the_row_keeps_its_own_way_to_write_the_version() {
        let (set, history) = (files(&[("0001", OUTSIDE)]), [halfway("1", Direction::Up, 1)]);
        assert_eq!(planned(&set, &history, &Goal::newest()), "up 1 after 1");
    }

    #[test]
    fn statements_that_have_not_run_may_change_and_grow() {
        let fixed = outside_with("SELECT 3;\n", "SELECT 'three';\nSELECT 4;\n");
        let set = files(&[("1", &fixed)]);
        assert_eq!(planned(&set, &[halfway("1", Direction::Up, 2)], &Goal::newest()), "up 1 after 2");
    }

    #[test]
    fn statements_that_have_run_may_be_formatted_and_not_changed() {
        let formatted = outside_with("SELECT 1;", "SELECT\n  1 /* one */;");
        let history = [halfway("1", Direction::Up, 2)];
        assert_eq!(planned(&files(&[("1", &formatted)]), &history, &Goal::newest()), "up 1 after 2");
        let changed = outside_with("SELECT 2;", "SELECT 22;");
        let PlanError::Disagree(list) = refused(&files(&[("1", &changed)]), &history, &Goal::newest()) else {
            panic!()
        };
        assert_eq!(
            list,
            [Disagreement::DonePartChanged { version: version("1"), path: "1_m.sql".into(), statement: 2 }]
        );
    }

    #[test]
    fn a_done_statement_that_was_taken_out_is_a_change() {
        let history = [halfway("1", Direction::Up, 3)];
        let shorter = outside_with("SELECT 3;\n", "");
        assert_eq!(
            disagreements(&files(&[("1", &shorter)]), &history, &Goal::newest()),
            "done_part_changed 1"
        );
    }

    #[test]
    fn a_half_with_statements_done_cannot_become_one_transaction() {
        let inside = OUTSIDE.replace(" transaction:false", "");
        let set = files(&[("1", &inside)]);
        assert_eq!(
            disagreements(&set, &[halfway("1", Direction::Up, 1)], &Goal::newest()),
            "done_part_changed 1"
        );
        assert_eq!(planned(&set, &[halfway("1", Direction::Up, 0)], &Goal::newest()), "up 1");
    }

    #[test]
    fn without_its_file_a_half_applied_migration_cannot_go_on() {
        let history = [halfway("1", Direction::Up, 2)];
        assert_eq!(disagreements(&files(&[]), &history, &Goal::newest()), "half_applied_missing 1");
    }

    #[test]
    fn a_half_of_which_nothing_is_done_is_forgotten_where_its_file_is_gone_or_another_one() {
        let history = [halfway("1", Direction::Up, 0)];
        assert_eq!(planned(&files(&[]), &history, &Goal::newest()), "forget 1");
        assert_eq!(planned(&files(&[("2", OUTSIDE)]), &history, &Goal::newest()), "forget 1, up 2");
        let renamed =
            [AppliedMigration { name: Some("before".to_owned()), ..halfway("1", Direction::Up, 0) }];
        assert_eq!(planned(&files(&[("1", OTHER)]), &renamed, &Goal::newest()), "forget 1, up 1");
        assert_eq!(planned(&files(&[("1", OUTSIDE)]), &history, &Goal::newest()), "up 1");
    }

    #[test]
    fn down_forgets_a_half_of_which_nothing_is_done_also_an_irreversible_one() {
        let history = [row(("1", BOTH)), halfway("2", Direction::Up, 0)];
        let only_up = "-- migrate:up transaction:false\nSELECT 1;\nSELECT 2;\nSELECT 3;\n";
        for set in [
            files(&[("1", BOTH), ("2", OUTSIDE)]),
            files(&[("1", BOTH), ("2", only_up)]),
            files(&[("1", BOTH)]),
        ] {
            assert_eq!(planned(&set, &history, &down(DownTarget::Steps(1))), "forget 2");
            assert_eq!(planned(&set, &history, &down(DownTarget::All)), "forget 2, down 1");
        }
        let redo = planned(&files(&[("1", BOTH), ("2", OUTSIDE)]), &history, &Goal::Redo);
        assert_eq!(redo, "forget 2, up 2");
    }

    #[test]
    fn a_half_whose_first_statement_may_have_committed_is_not_forgotten() {
        let sql = "-- migrate:up transaction:false\nCALL p();\nSELECT 2;\n";
        let progress = Progress {
            direction: Direction::Up,
            done: 0,
            in_flight: true,
            total: 2,
            sql: Some(sql.to_owned()),
            backfill: None,
        };
        let history = [AppliedMigration { progress: Some(progress), ..row(("1", ONLY_UP)) }];
        for goal in [Goal::newest(), down(DownTarget::Steps(1))] {
            assert_eq!(disagreements(&files(&[]), &history, &goal), "in_flight 1");
        }
    }

    #[test]
    fn a_half_whose_text_the_history_does_not_have_is_not_forgotten() {
        let progress = Progress {
            direction: Direction::Up,
            done: 0,
            in_flight: true,
            total: 2,
            sql: None,
            backfill: None,
        };
        let history = [AppliedMigration { progress: Some(progress), ..row(("1", ONLY_UP)) }];
        let error = refused(&files(&[]), &history, &Goal::newest());
        assert_eq!(
            error.to_string(),
            "the up half of 1 that the history holds cannot be run: its text is not there"
        );
    }

    #[test]
    fn down_of_a_half_applied_migration_runs_the_whole_down_half() {
        let (set, history) = (files(&[("1", OUTSIDE)]), [halfway("1", Direction::Up, 2)]);
        assert_eq!(planned(&set, &history, &down(DownTarget::Steps(1))), "down 1");
    }

    #[test]
    fn down_goes_on_where_it_stopped() {
        let (set, history) = (files(&[("1", OUTSIDE)]), [halfway("1", Direction::Down, 2)]);
        assert_eq!(planned(&set, &history, &down(DownTarget::All)), "down 1 after 2");
        assert_eq!(planned(&set, &history, &Goal::Redo), "down 1 after 2, up 1");
    }

    #[test]
    fn up_of_a_half_undone_migration_undoes_the_rest_and_applies_it_anew() {
        let history = [halfway("1", Direction::Down, 2)];
        assert_eq!(planned(&files(&[("1", OUTSIDE)]), &history, &Goal::newest()), "down 1 after 2, up 1");
        assert_eq!(planned(&files(&[]), &history, &Goal::newest()), "down 1 after 2");
    }

    #[test]
    fn a_change_in_what_was_undone_is_found() {
        let changed = outside_with("SELECT -3;", "SELECT -33;");
        let set = files(&[("1", &changed)]);
        let history = [halfway("1", Direction::Down, 1)];
        assert_eq!(disagreements(&set, &history, &down(DownTarget::All)), "done_part_changed 1");
        assert_eq!(disagreements(&set, &history, &Goal::newest()), "done_part_changed 1");
    }
}

mod down {
    use super::*;

    #[test]
    fn the_newest_comes_first() {
        let set = files(&[("1", BOTH), ("2", BOTH), ("10", BOTH)]);
        let history = [row(("1", BOTH)), row(("2", BOTH)), row(("10", BOTH))];
        let down = |target| planned(&set, &history, &down(target));
        assert_eq!(down(DownTarget::Steps(1)), "down 10");
        assert_eq!(down(DownTarget::Steps(2)), "down 10, down 2");
        assert_eq!(down(DownTarget::All), "down 10, down 2, down 1");
        assert_eq!(down(DownTarget::To(version("1"))), "down 10, down 2");
        assert_eq!(down(DownTarget::To(version("10"))), "");
        assert_eq!(down(DownTarget::To(version("000"))), "down 10, down 2, down 1");
    }

    #[test]
    fn a_target_may_be_a_file_that_is_not_applied_but_not_an_unknown_one() {
        let set = files(&[("1", BOTH), ("2", BOTH), ("3", BOTH)]);
        let history = [row(("1", BOTH)), row(("3", BOTH))];
        assert_eq!(planned(&set, &history, &down(DownTarget::To(version("2")))), "down 3");
        let unknown = refused(&set, &history, &down(DownTarget::To(version("9"))));
        assert_eq!(unknown, PlanError::UnknownTarget(version("9")));
    }

    #[test]
    fn one_irreversible_migration_on_the_way_refuses_all_of_it() {
        let set = files(&[("1", BOTH), ("2", ONLY_UP), ("3", BOTH)]);
        let history = [row(("1", BOTH)), row(("2", ONLY_UP)), row(("3", BOTH))];
        let error = refused(&set, &history, &down(DownTarget::All));
        assert_eq!(error, PlanError::Irreversible(vec![(version("2"), "m".to_owned())]));
        assert_eq!(planned(&set, &history, &down(DownTarget::Steps(1))), "down 3");
    }

    #[test]
    fn a_down_half_without_a_statement_is_none() {
        let comment = "-- migrate:up\nSELECT 1;\n-- migrate:down\n-- impossible\n";
        let error = refused(&files(&[("1", comment)]), &[row(("1", comment))], &down(DownTarget::All));
        assert!(matches!(error, PlanError::Irreversible(_)), "{error}");
    }

    #[test]
    fn the_file_comes_before_the_stored_half_and_the_stored_half_before_nothing() {
        let newer = "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 'newer';\n";
        let history = [row(("1", BOTH))];
        let sql = |set: &MigrationSet| {
            let plan = plan(set, &history, &down(DownTarget::All)).unwrap();
            (plan.steps[0].half().body().to_owned(), plan.steps[0].path().map(PathBuf::from))
        };
        let from_file = (String::from("SELECT 'newer';\n"), Some(PathBuf::from("1_m.sql")));
        assert_eq!(sql(&files(&[("1", newer)])), from_file);
        assert_eq!(sql(&files(&[])), (String::from("SELECT 2;\n"), None));
        let bare = AppliedMigration { has_stored_down: StoredDown::None, ..row(("1", BOTH)) };
        assert!(matches!(refused(&files(&[]), &[bare], &down(DownTarget::All)), PlanError::Irreversible(_)));
    }

    #[test]
    fn a_changed_or_late_file_does_not_keep_down_from_working() {
        let set = files(&[("1", OTHER), ("2", "-- migrate:up\nSELECT 9;\n-- migrate:down\nSELECT 8;\n")]);
        assert_eq!(planned(&set, &[row(("2", BOTH))], &down(DownTarget::All)), "down 2");
    }

    #[test]
    fn with_nothing_applied_there_is_nothing_to_do() {
        let set = files(&[("1", BOTH)]);
        assert_eq!(planned(&set, &[], &down(DownTarget::All)), "");
        assert_eq!(planned(&set, &[], &Goal::Redo), "");
    }
}

mod redo {
    use super::*;

    #[test]
    fn the_newest_is_undone_and_applied_again_also_after_a_change() {
        let history = [row(("1", BOTH)), row(("2", BOTH))];
        let changed = "-- migrate:up\nSELECT 9;\n-- migrate:down\nSELECT 8;\n";
        let set = files(&[("1", BOTH), ("2", changed), ("3", OTHER)]);
        assert_eq!(planned(&set, &history, &Goal::Redo), "down 2, up 2");
    }

    #[test]
    fn without_a_file_or_a_down_half_it_is_refused() {
        let history = [row(("1", BOTH))];
        let error = refused(&files(&[]), &history, &Goal::Redo);
        assert_eq!(error, PlanError::RedoWithoutFile { version: version("1"), name: "m".to_owned() });
        let error = refused(&files(&[("1", ONLY_UP)]), &[row(("1", ONLY_UP))], &Goal::Redo);
        assert_eq!(error.to_string(), "1 m cannot be undone: it has no down half");
    }
}

#[test]
fn a_name_that_is_not_known_leaves_no_blank_behind() {
    let foreign = AppliedMigration { name: None, ..row(("7", ONLY_UP)) };
    let error = refused(&files(&[]), &[foreign], &down(DownTarget::All));
    assert_eq!(error.to_string(), "7 cannot be undone: it has no down half");
}

#[test]
fn every_error_says_what_to_do_next() {
    let (one, path) = (version("1"), PathBuf::from("1_m.sql"));
    let name = || "m".to_owned();
    let disagreements = vec![
        Disagreement::Changed { version: one.clone(), path: path.clone() },
        Disagreement::Replaced { version: one.clone(), path: path.clone(), applied: name() },
        Disagreement::Renumbered { version: one.clone(), path: path.clone(), applied_as: version("2") },
        Disagreement::Late { version: one.clone(), path: path.clone(), newest: version("2") },
        Disagreement::Missing { version: one.clone(), name: name() },
        Disagreement::DonePartChanged { version: one.clone(), path, statement: 1 },
        Disagreement::HalfAppliedMissing {
            version: one.clone(),
            name: name(),
            so_far: "1 of 2 statements".to_owned(),
        },
    ];
    let errors = [
        PlanError::Disagree(disagreements),
        PlanError::UnknownTarget(one.clone()),
        PlanError::Irreversible(vec![(one.clone(), name())]),
        PlanError::Stored {
            direction: Direction::Down,
            version: one.clone(),
            reason: "it is cut off".to_owned(),
        },
        PlanError::LaterRequirement { version: one.clone(), name: name(), requires: version("2") },
        PlanError::RedoWithoutFile { version: one, name: name() },
    ];
    for error in errors {
        assert!(error.diagnosis().hint.is_some_and(|hint| !hint.is_empty()), "{error}");
        assert!(!error.to_string().ends_with('.'), "{error}");
    }
}

#[test]
fn what_has_no_file_is_undone_only_where_that_is_asked_for() {
    let set = files(&[("1", BOTH)]);
    let history = [row(("1", BOTH)), row(("2", BOTH))];
    let by_files = |target| Goal::Down { target, stored: StoredHalves::Refuse };
    for target in [DownTarget::Steps(1), DownTarget::All, DownTarget::To(version("1"))] {
        let error = refused(&set, &history, &by_files(target));
        assert!(matches!(&error, PlanError::WithoutFile(list) if list.len() == 1), "{error}");
    }
    assert_eq!(planned(&set, &history, &down(DownTarget::All)), "down 2, down 1");
    assert_eq!(planned(&set, &history[..1], &by_files(DownTarget::All)), "down 1");
    // Of what is only begun, nothing has to be undone.
    let begun = halfway("2", Direction::Up, 0);
    assert_eq!(planned(&set, &[row(("1", BOTH)), begun], &by_files(DownTarget::Steps(1))), "forget 2");
}

#[test]
fn a_file_without_a_word_in_its_up_half_stops_up_where_it_is_to_run() {
    let template = "-- migrate:up\n\n\n-- migrate:down\n\n";
    let set = files(&[("1", BOTH), ("2", template), ("3", "-- migrate:up\n-- nothing to do\n")]);
    let up = |target| Goal::Up {
        target,
        late: OutOfOrder::Refuse,
        missing: MissingFiles::Note,
        unfilled: Unfilled::Refuse,
        deferred: DeferredBackfills::Pass,
    };
    let error = refused(&set, &[], &up(UpTarget::Newest));
    assert!(matches!(&error, PlanError::Unfilled(files) if files.len() == 1), "{error}");
    assert_eq!(planned(&set, &[], &up(UpTarget::To(version("1")))), "up 1");
    assert_eq!(planned(&set, &[row(("1", BOTH)), row(("2", template))], &up(UpTarget::Newest)), "up 3");
    assert_eq!(planned(&set, &[], &Goal::newest()), "up 1, up 2, up 3");
}

#[test]
fn why_there_is_nothing_to_do_is_known() {
    let set = files(&[("1", BOTH), ("2", BOTH)]);
    let history = [row(("1", BOTH)), row(("2", BOTH))];
    let why = |set: &MigrationSet, history: &[AppliedMigration], goal: &Goal| {
        plan(set, history, goal).unwrap().nothing.unwrap()
    };
    let passed = |newest: Option<&str>| NothingToDo::Passed {
        target: version(if newest.is_some() { "1" } else { "2" }),
        newest: newest.map(version),
    };
    assert_eq!(why(&set, &history, &up(UpTarget::To(version("1")))), passed(Some("2")));
    assert_eq!(why(&set, &history, &up(UpTarget::To(version("2")))), passed(None));
    assert_eq!(why(&set, &history, &Goal::newest()), NothingToDo::AllApplied);
    assert_eq!(why(&files(&[]), &history, &Goal::newest()), NothingToDo::NoFiles);
    assert_eq!(why(&set, &[], &down(DownTarget::All)), NothingToDo::NothingApplied);
    assert_eq!(why(&set, &[], &Goal::Redo), NothingToDo::NothingApplied);
    let newer = NothingToDo::NothingNewer { target: version("2") };
    assert_eq!(why(&set, &history, &down(DownTarget::To(version("2")))), newer);
    assert_eq!(plan(&set, &[], &Goal::newest()).unwrap().nothing, None);
}

#[test]
fn the_steps_that_pass_a_pending_backfill_are_those_after_it_and_late_ones() {
    let fill = "-- migrate:up batch:tasks(id) deferred:true\nUPDATE tasks SET new = old WHERE :batch;\n";
    let set = files(&[("1", BOTH), ("2", BOTH), ("3", BOTH), ("4", BOTH), ("5", fill), ("6", BOTH)]);
    let passed_by = |history: &[AppliedMigration]| {
        let mut goal = Goal::newest();
        if let Goal::Up { late, .. } = &mut goal {
            *late = OutOfOrder::Apply;
        }
        let pending = plan(&set, history, &goal).unwrap().pending_backfills;
        let versions = pending.iter().flat_map(|backfill| &backfill.passed_by).map(ToString::to_string);
        versions.collect::<Vec<_>>().join(", ")
    };
    let applied = |versions: &[&'static str]| -> Vec<AppliedMigration> {
        versions.iter().map(|version| row((version, BOTH))).collect()
    };
    assert_eq!(passed_by(&applied(&["1"])), "6");
    assert_eq!(passed_by(&applied(&["1", "3"])), "2, 6");
    assert_eq!(passed_by(&[]), "", "it runs in its turn");
    assert_eq!(passed_by(&[row(("1", BOTH)), row(("5", fill))]), "", "it is done");
}
