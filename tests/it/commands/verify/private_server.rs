//! On the private server: with nothing configured.

use std::fs;

use super::left_behind::Tmp;
use super::{TABLE, project, verdicts};
use crate::support::{Database, Outcome, Project, binaries};

/// Verifies with nothing configured, and sees that nothing stays behind.
#[track_caller]
fn verify_privately(project: &Project, args: &[&str]) -> Outcome {
    let tmp = Tmp::new(project);
    let outcome = project.pmdb(&[&["verify", "--json"], args].concat()).env("TMPDIR", tmp.path()).run();
    tmp.assert_empty();
    outcome
}

#[test]
fn the_bundled_set_is_exact() {
    let outcome = verify_privately(&Project::new(), &["--bundled", "--strict"]).success();
    assert!(verdicts(&outcome).split(", ").all(|verdict| verdict.ends_with(" exact")), "{}", outcome.stdout);
    let answer = outcome.json();
    assert_eq!(
        answer["all_down"],
        serde_json::json!({ "state": "undone", "to": null, "differences": [], "failed": false })
    );
    assert_eq!(answer["seeds"], serde_json::json!({ "state": "ran", "leftovers": [] }));
}

#[test]
fn the_target_is_only_read_and_need_not_be_there() {
    let (files, target) = (project(&[("0001_t.sql", TABLE)]), Database::new());
    let tmp = Tmp::new(&files);
    files.pmdb(&["verify"]).database(&target).env("TMPDIR", tmp.path()).run().success();
    assert_eq!(
        target.value("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"),
        "0"
    );
    let nowhere = files.pmdb(&["verify", "--url", "postgresql://al@localhost:1/app"]);
    nowhere.env("TMPDIR", tmp.path()).run().success();
}

#[test]
fn roles_may_come_and_go_and_one_that_stays_is_not_blamed_on_the_next_migration() {
    let role = "-- migrate:up\nCREATE ROLE kind;\nGRANT SELECT ON t TO kind;\n\
                -- migrate:down\nREVOKE ALL ON t FROM kind;\nDROP ROLE kind;\n";
    let forgets = "-- migrate:up\nCREATE ROLE stays;\n-- migrate:down\nSELECT 1;\n";
    let irreversible =
        "-- migrate:up\nCREATE ROLE deploy;\nCREATE TABLE u (id int);\nALTER TABLE u OWNER TO deploy;\n";
    let uses = "-- migrate:up\nGRANT SELECT ON t TO stays, deploy;\n-- migrate:down\nREVOKE ALL ON t FROM stays, deploy;\n";
    let wrong = "-- migrate:up\nCREATE TABLE w (id int);\n-- migrate:down\nSELECT 1;\n";
    let files = project(&[
        ("0001_t.sql", TABLE),
        ("0002_role.sql", role),
        ("0003_forgets.sql", forgets),
        ("0004_irreversible.sql", irreversible),
        ("0005_uses.sql", uses),
        ("0006_wrong.sql", wrong),
        ("0007_role.sql", "-- migrate:up\nCREATE ROLE late;\n-- migrate:down\nDROP ROLE late;\n"),
    ]);
    let outcome = verify_privately(&files, &[]).fails(1);
    assert_eq!(
        verdicts(&outcome),
        "0001 exact, 0002 exact, 0003 not_reversed, 0004 irreversible, 0005 exact, 0006 not_reversed, 0007 exact"
    );
}

#[test]
fn an_up_half_that_fails_leaves_nothing_behind() {
    let files = project(&[("0001_t.sql", TABLE), ("0002_bad.sql", "-- migrate:up\nSELECT 1/0;\n")]);
    let answer = verify_privately(&files, &[]).fails(1).json();
    assert_eq!(
        (&answer["error"]["version"], &answer["error"]["aftermath"]["state"]),
        (&"0002".into(), &"scratch".into())
    );
}

#[test]
fn a_migration_that_loses_the_server_is_an_error_and_leaves_nothing_behind() {
    let kills = "-- migrate:up\nSELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid();\n\
                 SELECT pg_terminate_backend(pg_backend_pid());\n";
    let files = project(&[("0001_t.sql", TABLE), ("0002_kills.sql", kills)]);
    let answer = verify_privately(&files, &[]).fails(1).json();
    assert_eq!(answer["outcome"], "error");
}

#[test]
fn the_programs_that_pmdb_pg_bin_names_are_used() {
    let version = "-- migrate:up\nDO $$ BEGIN IF split_part(current_setting('server_version'), ' ', 1) <> 'VERSION' \
                   THEN RAISE 'this is %', version(); END IF; END $$;\n";
    let files = project(&[("0001_v.sql", &version.replace("VERSION", &binaries().version))]);
    let tmp = Tmp::new(&files);
    let with = |folder: &std::path::Path| {
        files.pmdb(&["verify"]).env("TMPDIR", tmp.path()).env("PMDB_PG_BIN", folder).run()
    };
    with(&binaries().bin_dir).success();
    let outcome = with(files.path()).fails(1);
    assert!(outcome.stderr.contains("there is no postgres in"), "{}", outcome.stderr);
}

#[test]
fn a_temporary_folder_that_is_none_is_named() {
    let files = project(&[("0001_t.sql", TABLE)]);
    let file = files.write("file", "");
    let outcome = files.pmdb(&["verify"]).env("TMPDIR", &file).run().fails(1);
    let told = format!("TMPDIR is {}, which cannot be used: it is no folder", file.display());
    assert!(outcome.stderr.contains(&told), "{}", outcome.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), "");
    let none = file.with_file_name("none");
    let outcome = files.pmdb(&["verify"]).env("TMPDIR", &none).run().fails(1);
    assert!(outcome.stderr.contains("which cannot be used: No such file"), "{}", outcome.stderr);
    assert!(!none.exists());
}

#[test]
fn two_at_once_do_not_disturb_each_other() {
    let files = project(&[("0001_t.sql", TABLE)]);
    let tmp = Tmp::new(&files);
    let start = || files.pmdb(&["verify"]).env("TMPDIR", tmp.path()).spawn();
    let both = [start(), start()];
    for running in both {
        running.wait().success();
    }
    tmp.assert_empty();
}
