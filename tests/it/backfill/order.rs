//! A half-done backfill goes on only where the values of its key still stand in the order in which it began.

use std::process::Command;

use super::{LONG, hits};
use crate::support::{Database, Setup, client_program, server};

const REFUSED: &str =
    "the key (s, id) of public.tasks is sorted in another way than when this backfill began";

/// A third of the rows are done, those of the first of three values: among those of the second comes a row that it fails on.
fn half_done(before: &str, key_type: &str, database: Database) -> Setup {
    let mut setup = Setup::with(&[("0001_first.sql", "-- migrate:up\nCREATE TABLE first ();\n")]);
    setup.database = database;
    setup.up().success();
    setup.database.sql(&format!(
        "{before}; CREATE TABLE tasks (s {key_type}, id bigint, hits int NOT NULL DEFAULT 0, PRIMARY KEY (s, id)); \
         INSERT INTO tasks SELECT ((ARRAY['a', 'b', 'c'])[1 + n % 3])::{0}, n FROM generate_series(1, 3000) AS n",
        key_type.split(" COLLATE").next().unwrap()
    ));
    setup.project.migration(
        "0002_count.sql",
        "-- migrate:up batch:tasks(s,id) deferred:true\n\
         UPDATE tasks SET hits = hits + 1 WHERE :batch AND 1 / (id - 2002) IS NOT NULL;\n",
    );
    setup.run(&["up", "--backfills", "--batch-time", LONG]).fails(1);
    assert_eq!(hits(&setup), "2000 × 0, 1000 × 1");
    setup.database.sql("DELETE FROM tasks WHERE id = 2002");
    setup
}

/// As tools write it that know no better way to take a label out.
const MADE_ANEW: &str = "CREATE TYPE new_state AS ENUM ('c', 'b', 'a');
ALTER TABLE tasks ALTER s TYPE new_state USING s::text::new_state;
ALTER TYPE state RENAME TO old_state;
ALTER TYPE new_state RENAME TO state;
DROP TYPE old_state;";

const STATE: &str = "CREATE TYPE state AS ENUM ('a', 'b', 'c')";

#[test]
fn an_enum_whose_labels_change_places_is_another_order() {
    let setup = half_done(STATE, "state", Database::new());
    setup.database.sql(MADE_ANEW);
    let error = setup.run(&["up", "--backfills"]).fails(1).stderr;
    assert!(error.contains(REFUSED), "{error}");
    assert_eq!(hits(&setup), "1999 × 0, 1000 × 1");
}

#[test]
fn so_is_one_below_a_domain() {
    let below = format!("{STATE}; CREATE DOMAIN given AS state NOT NULL");
    let setup = half_done(&below, "given", Database::new());
    setup.database.sql(
        "ALTER TYPE state RENAME VALUE 'b' TO 'x'; ALTER TYPE state RENAME VALUE 'a' TO 'b'; ALTER TYPE state RENAME VALUE 'x' TO 'a'",
    );
    let error = setup.run(&["up", "--backfills"]).fails(1).stderr;
    assert!(error.contains(REFUSED), "{error}");
}

#[test]
fn labels_that_come_or_go_without_changing_places_are_none() {
    let setup = half_done(STATE, "state", Database::new());
    setup.database.sql("ALTER TYPE state ADD VALUE 'between' BEFORE 'b'");
    setup.run(&["up", "--backfills"]).success();
    assert_eq!(hits(&setup), "2999 × 1");
}

#[test]
fn a_file_that_gives_the_key_another_order_does_not_pass_the_backfill() {
    let setup = half_done(STATE, "state", Database::new());
    setup.project.migration("0003_state.sql", &format!("-- migrate:up\n{MADE_ANEW}\n"));
    let error = setup.up().fails(1).stderr;
    assert!(error.contains(REFUSED), "{error}");
    assert_eq!(setup.database.value("SELECT enum_range(NULL::state)"), "{a,b,c}");
    setup.run(&["up", "--backfills"]).success();
    setup.up().success();
    assert_eq!(hits(&setup), "2999 × 1");
}

pub(super) fn has_icu(database: &Database) -> bool {
    database.value("SELECT EXISTS (SELECT FROM pg_collation WHERE collname = 'sv-x-icu')") == "t"
}

#[test]
fn a_collation_of_the_same_name_with_another_locale_is_another_order() {
    let database = Database::new();
    if !has_icu(&database) {
        return;
    }
    let setup =
        half_done("CREATE COLLATION ours (PROVIDER = icu, LOCALE = 'en')", "text COLLATE ours", database);
    setup.database.sql(
        "ALTER TABLE tasks ALTER s TYPE text COLLATE \"C\"; DROP COLLATION ours; \
         CREATE COLLATION ours (PROVIDER = icu, LOCALE = 'sv'); ALTER TABLE tasks ALTER s TYPE text COLLATE ours",
    );
    let error = setup.run(&["up", "--backfills"]).fails(1).stderr;
    assert!(error.contains(REFUSED), "{error}");
}

/// A copy of a database in another locale, where the server and its programs can make one.
pub(super) fn restored_in_another_locale(database: &Database) -> Option<Database> {
    let dump = client_program("pg_dump")?;
    if server().major() < 15 || !has_icu(database) {
        return None;
    }
    let dumped = Command::new(dump).arg("--inserts").arg(database.url()).output().unwrap();
    let dumped = String::from_utf8(dumped.stdout).unwrap();
    let is_sql = |line: &&str| !line.starts_with('\\') && !line.starts_with("CREATE SCHEMA");
    let sql: Vec<&str> = dumped.lines().filter(is_sql).collect();
    let locale = "LOCALE_PROVIDER icu ICU_LOCALE 'sv' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'";
    let restored = Database::with(&format!("TEMPLATE template0 ENCODING 'UTF8' {locale}"));
    restored.sql(&sql.join("\n"));
    Some(restored)
}

#[test]
fn a_database_with_another_locale_that_a_dump_was_restored_in_is_another_order() {
    let setup = half_done("SELECT 1", "text", Database::new());
    let Some(restored) = restored_in_another_locale(&setup.database) else { return };
    let error = setup.project.pmdb(&["up", "--backfills"]).database(&restored).run().fails(1).stderr;
    assert!(error.contains(REFUSED), "{error}");
}
