//! `pmdb seed`.

mod made_rows;

use super::{exists, pmdb, project_with, words};
use crate::support::{Database, Project};

/// A table `a`, and two seeds that fill it.
fn seeded() -> (Project, Database) {
    let (project, db) = (project_with(&["a"]), Database::new());
    for number in [1, 2] {
        project.write(
            &format!("seeds/000{number}_row.sql"),
            format!(
                "-- migrate:up\nINSERT INTO a VALUES ({number});\n-- migrate:down\nDELETE FROM a WHERE id = {number};\n"
            ),
        );
    }
    pmdb(&project, &db, &["up"]).success();
    (project, db)
}

fn rows(db: &Database) -> String {
    words(db, "SELECT id FROM a ORDER BY id")
}

#[test]
fn seeds_are_applied_once_into_a_history_of_their_own() {
    let (project, db) = seeded();
    let outcome = pmdb(&project, &db, &["seed"]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 2 seeds applied in [DURATION]
    ----- stderr
    applied 0001 row ([DURATION])
    applied 0002 row ([DURATION])
    ");
    pmdb(&project, &db, &["seed"]).success();
    assert_eq!(rows(&db), "1 2");
    assert_eq!(words(&db, "SELECT version FROM schema_seeds ORDER BY 1"), "0001 0002");
    assert_eq!(words(&db, "SELECT version FROM schema_migrations"), "0001");
}

#[test]
fn seed_down_takes_all_of_them_out_and_leaves_the_migrations() {
    let (project, db) = seeded();
    pmdb(&project, &db, &["seed"]).success();
    let outcome = pmdb(&project, &db, &["seed", "--down"]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 2 seeds undone in [DURATION]
    ----- stderr
    undone  0002 row ([DURATION])
    undone  0001 row ([DURATION])
    ");
    assert_eq!(rows(&db), "");
    assert!(exists(&db, "a"));
    pmdb(&project, &db, &["seed"]).success();
    assert_eq!(rows(&db), "1 2");
}

#[test]
fn seeds_come_from_another_folder_with_seeds() {
    let (project, db) = seeded();
    project.write("db/demo/1_x.sql", "-- migrate:up\nINSERT INTO a VALUES (42);\n");
    pmdb(&project, &db, &["--seeds", "db/demo", "seed"]).success();
    assert_eq!(rows(&db), "42");
}

#[test]
fn without_the_folder_the_message_names_the_option_for_seeds() {
    let (project, db) = (project_with(&["a"]), Database::new());
    let outcome = pmdb(&project, &db, &["seed", "--seeds", "nowhere"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 1
    ----- stdout
    ----- stderr
    error: there is no folder nowhere
    hint: name the folder of the seeds with --seeds
    ");
    pmdb(&project, &db, &["seed", "--seeds", "nowhere", "--json"]).fails(1).json();
}

#[test]
fn seeds_lie_beside_the_history_table_that_is_set() {
    let (project, db) = seeded();
    pmdb(&project, &db, &["seed", "--table", "app.history"]).success();
    assert_eq!(words(&db, "SELECT version FROM app.schema_seeds ORDER BY 1"), "0001 0002");
    assert!(!exists(&db, "app.history") && !exists(&db, "schema_seeds"));
}

#[test]
fn a_seed_that_fails_is_rolled_back_and_named() {
    let (project, db) = seeded();
    project.write("seeds/0003_bad.sql", "-- migrate:up\nINSERT INTO a VALUES (3), ('x');\n");
    let outcome = pmdb(&project, &db, &["seed"]).fails(1);
    assert!(outcome.stderr.contains("error: seeds/0003_bad.sql:2:28: "), "{}", outcome.stderr);
    assert_eq!(rows(&db), "1 2");
}

#[test]
fn a_changed_seed_stops_the_run() {
    let (project, db) = seeded();
    pmdb(&project, &db, &["seed"]).success();
    project.write("seeds/0001_row.sql", "-- migrate:up\nINSERT INTO a VALUES (9);\n");
    let outcome = pmdb(&project, &db, &["seed"]).fails(4);
    assert!(outcome.stderr.contains("seeds/0001_row.sql has changed"), "{}", outcome.stderr);
    let hint = "hint: load the seeds anew with `pmdb seed --down` and `pmdb seed`, put the file back as it was, or take it \
                as it is now with `pmdb accept --seed 0001`, which shows the difference and runs nothing\n";
    assert!(outcome.stderr.ends_with(hint), "{}", outcome.stderr);
    let json = pmdb(&project, &db, &["seed", "--json"]).fails(4).json();
    assert_eq!(json["error"]["disagreements"][0]["hint"], json["error"]["hint"]);
}

#[test]
fn a_changed_seed_is_accepted_as_a_seed_and_not_as_the_migration_of_its_number() {
    let (project, db) = seeded();
    pmdb(&project, &db, &["seed"]).success();
    project.write("seeds/0001_row.sql", "-- migrate:up\nINSERT INTO a VALUES (9);\n");
    pmdb(&project, &db, &["accept", "0001"]).fails(1);
    let outcome = pmdb(&project, &db, &["accept", "--seed", "0001"]).success();
    let last = ": 0001 row is accepted as it is in seeds/0001_row.sql; nothing ran\n";
    assert!(outcome.stdout.contains("+INSERT INTO a VALUES (9);\n"), "{}", outcome.stdout);
    assert!(outcome.stdout.ends_with(last), "{}", outcome.stdout);
    pmdb(&project, &db, &["seed"]).success();
    assert_eq!(rows(&db), "1 2");
    let outcome = pmdb(&project, &db, &["accept", "--seed", "0007"]).fails(1);
    let error = "error: 0007 cannot be accepted: there is no such seed\n";
    assert!(
        outcome.stderr.starts_with(error) && outcome.stderr.contains("`pmdb seed` says"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_changed_seed_is_loaded_anew_by_taking_the_seeds_out_and_in() {
    let (project, db) = seeded();
    pmdb(&project, &db, &["seed"]).success();
    project.write(
        "seeds/0001_row.sql",
        "-- migrate:up\nINSERT INTO a VALUES (9);\n-- migrate:down\nDELETE FROM a;\n",
    );
    pmdb(&project, &db, &["seed", "--down"]).success();
    pmdb(&project, &db, &["seed"]).success();
    assert_eq!(rows(&db), "2 9");
}

#[test]
fn no_hint_for_a_seed_names_a_command_for_migrations() {
    let (project, db) = seeded();
    pmdb(&project, &db, &["seed"]).success();
    project.write("seeds/0000_late.sql", "-- migrate:up\nSELECT 1;\n");
    let outcome = pmdb(&project, &db, &["seed"]).fails(4);
    assert!(
        outcome.stderr.ends_with("hint: give the file a number above the newest\n"),
        "{}",
        outcome.stderr
    );
    for name in ["0000_late.sql", "0001_row.sql"] {
        std::fs::remove_file(project.path().join("seeds").join(name)).unwrap();
    }
    project.write("seeds/0003_row.sql", "-- migrate:up\nINSERT INTO a VALUES (1);\n");
    let outcome = pmdb(&project, &db, &["seed"]).fails(4);
    assert!(outcome.stderr.ends_with("hint: give the file its number 0001 back\n"), "{}", outcome.stderr);
}

#[test]
fn seed_as_json_lists_the_steps() {
    let (project, db) = seeded();
    let json = pmdb(&project, &db, &["seed", "--json"]).success().json();
    assert_eq!((&json["command"], &json["steps"][1]["version"]), (&"seed".into(), &"0002".into()));
    let json = pmdb(&project, &db, &["seed", "--down", "--json"]).success().json();
    assert_eq!(json["steps"][0]["direction"], "down");
}

/// Two tables `a` and `b` of two migrations, a seed for each, and a third for both.
fn seeded_by_three() -> (Project, Database) {
    let (project, db) = (project_with(&["a", "b"]), Database::new());
    let seed = |name: &str, up: &str, down: &str| {
        project
            .write(&format!("seeds/{name}.sql"), format!("-- migrate:up\n{up}\n-- migrate:down\n{down}\n"));
    };
    seed("0001_a", "INSERT INTO a VALUES (1);", "DELETE FROM a WHERE id = 1;");
    seed("0002_b", "INSERT INTO b VALUES (2);", "DELETE FROM b WHERE id = 2;");
    seed("0003_both", "INSERT INTO a VALUES (3);\nCOPY b FROM stdin;\n3\n\\.", "DELETE FROM a WHERE id = 3;");
    pmdb(&project, &db, &["up"]).success();
    pmdb(&project, &db, &["seed"]).success();
    (project, db)
}

#[test]
fn seeds_whose_tables_were_undone_are_loaded_again() {
    let (project, db) = seeded();
    pmdb(&project, &db, &["seed"]).success();
    let down = pmdb(&project, &db, &["down", "--all"]).success();
    let told =
        "note: rows of seed 0001 row, seed 0002 row are gone with their tables: `pmdb seed` loads them again";
    assert!(down.stderr.contains(told), "{}", down.stderr);
    pmdb(&project, &db, &["up"]).success();
    let seed = pmdb(&project, &db, &["seed"]).success();
    insta::assert_snapshot!(seed.filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 2 seeds applied in [DURATION]
    ----- stderr
    note: the rows of seed 0001 row, seed 0002 row are gone with their tables
    applied 0001 row ([DURATION])
    applied 0002 row ([DURATION])
    ");
    assert_eq!(rows(&db), "1 2");
    let again = pmdb(&project, &db, &["seed"]).success();
    assert!(!again.stderr.contains("applied"), "{}", again.stderr);
    let redo = pmdb(&project, &db, &["redo"]).success();
    assert!(redo.stderr.contains(told), "{}", redo.stderr);
}

#[test]
fn a_table_that_a_migration_has_rebuilt_with_its_rows_is_not_filled_again() {
    let (project, db) = seeded();
    pmdb(&project, &db, &["seed"]).success();
    project.migration(
        "0002_rebuild.sql",
        "-- migrate:up\nCREATE TABLE new (id int);\nINSERT INTO new SELECT * FROM a;\nDROP TABLE a;\n\
         ALTER TABLE new RENAME TO a;\n",
    );
    pmdb(&project, &db, &["up"]).success();
    let seed = pmdb(&project, &db, &["seed"]).success();
    assert!(seed.stdout.contains("nothing to apply"), "{}{}", seed.stdout, seed.stderr);
    assert_eq!(rows(&db), "1 2");
}

#[test]
fn a_seed_older_than_one_that_is_left_is_loaded_again_and_the_others_stay() {
    let (project, db) = seeded_by_three();
    std::fs::remove_file(project.path().join("seeds/0003_both.sql")).unwrap();
    db.sql("DELETE FROM schema_seeds WHERE version = '0003'; DELETE FROM a WHERE id = 3; DELETE FROM b WHERE id = 3");
    db.sql("DROP TABLE a; CREATE TABLE a (id int)");
    let seed = pmdb(&project, &db, &["seed"]).success();
    assert!(seed.stderr.contains("applied 0001 a") && !seed.stderr.contains("0002"), "{}", seed.stderr);
    assert_eq!((rows(&db), words(&db, "SELECT id FROM b")), ("1".to_owned(), "2".to_owned()));
}

#[test]
fn a_seed_that_has_lost_some_of_its_tables_is_named_with_the_way_out() {
    let (project, db) = seeded_by_three();
    pmdb(&project, &db, &["redo"]).success();
    let refused = pmdb(&project, &db, &["seed"]).fails(4);
    insta::assert_snapshot!(refused.filtered(), @"
    exit code: 4
    ----- stdout
    ----- stderr
    error: a part of the rows of seed 0003 both is gone with their tables, and a part is left
    database: [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT] as postgres
    hint: `pmdb seed --down` takes out the rows that are left, and `pmdb seed` loads all anew; or begin afresh with `pmdb reset` and `pmdb seed`
    ");
    let json = pmdb(&project, &db, &["seed", "--json"]).fails(4).json();
    assert_eq!(json["error"]["code"], "lost_seeds");
    pmdb(&project, &db, &["seed", "--down"]).success();
    assert_eq!(rows(&db), "");
    pmdb(&project, &db, &["seed"]).success();
    assert_eq!((rows(&db), words(&db, "SELECT id FROM b ORDER BY id")), ("1 3".to_owned(), "2 3".to_owned()));
}

#[test]
fn a_seed_outside_a_transaction_knows_the_tables_of_all_its_statements() {
    let (project, db) = (project_with(&["a", "b"]), Database::new());
    let seed = "-- migrate:up transaction:false\nINSERT INTO a VALUES (1);\nBEGIN;\nINSERT INTO b VALUES (1);\nCOMMIT;\nVACUUM a;\n";
    project.write("seeds/0001_s.sql", seed);
    pmdb(&project, &db, &["up"]).success();
    pmdb(&project, &db, &["seed"]).success();
    pmdb(&project, &db, &["redo"]).success();
    pmdb(&project, &db, &["seed"]).fails(4);
    pmdb(&project, &db, &["down", "--all"]).success();
    pmdb(&project, &db, &["up"]).success();
    pmdb(&project, &db, &["seed"]).success();
    assert_eq!((rows(&db), words(&db, "SELECT id FROM b")), ("1".to_owned(), "1".to_owned()));
}

#[test]
fn in_a_restored_copy_and_in_a_history_of_an_older_pmdb_seeds_count_as_loaded() {
    let (project, db) = seeded();
    pmdb(&project, &db, &["seed"]).success();
    // As pg_restore does, with other OIDs for all.
    db.sql(
        "CREATE TABLE copy (LIKE schema_seeds INCLUDING ALL); INSERT INTO copy SELECT * FROM schema_seeds; \
            DROP TABLE schema_seeds; ALTER TABLE copy RENAME TO schema_seeds; \
            CREATE TABLE b AS SELECT * FROM a; DROP TABLE a; ALTER TABLE b RENAME TO a",
    );
    let outcome = pmdb(&project, &db, &["seed"]).success();
    assert!(!outcome.stderr.contains("applied"), "{}", outcome.stderr);
    db.sql("ALTER TABLE schema_seeds DROP COLUMN filled_tables");
    project.write("seeds/0003_row.sql", "-- migrate:up\nINSERT INTO a VALUES (3);\n");
    pmdb(&project, &db, &["seed"]).success();
    assert_eq!(rows(&db), "1 2 3");
    assert_eq!(words(&db, "SELECT cardinality(filled_tables) FROM schema_seeds WHERE version = '0003'"), "2");
}
