//! What the migrations do not make: the schemas of a platform, and what programs make later.

use super::lines;
use crate::support::Setup;

const PROFILE: &str = "-- migrate:up\nCREATE TABLE profile (id uuid PRIMARY KEY REFERENCES auth.users);\n\
    ALTER TABLE profile ENABLE ROW LEVEL SECURITY;\nCREATE POLICY own ON profile USING (id = auth.uid());\n\
    -- migrate:down\nDROP TABLE profile;\n";
const ORDERS: &str = "-- migrate:up\nCREATE TABLE orders (id bigint, day date NOT NULL) PARTITION BY RANGE (day);\n\
    -- migrate:down\nDROP TABLE orders;\n";
const AUTH: &str = "CREATE SCHEMA auth;\nCREATE TABLE auth.users (id uuid PRIMARY KEY);\n\
    CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid';\n";

fn platform() -> Setup {
    let setup = Setup::with(&[("0001_orders.sql", ORDERS), ("0002_profile.sql", PROFILE)]);
    setup.database.sql(AUTH);
    setup.database.sql("CREATE TABLE auth.sessions (id int PRIMARY KEY)");
    setup.up().success();
    setup.database.sql(
        "CREATE TABLE orders_2026_11 PARTITION OF orders FOR VALUES FROM ('2026-11-01') TO ('2026-12-01');
         CREATE INDEX orders_2026_11_day ON orders_2026_11 (day)",
    );
    setup
}

#[test]
fn sql_of_the_folder_scratch_runs_first_and_what_is_known_is_left_out() {
    let setup = platform();
    let scratch = crate::support::server().url("postgres");
    let drift = |args: &[&str]| setup.run(&[&["drift", "--scratch-url", &scratch], args].concat());
    let missing = drift(&[]).fails(1);
    assert!(missing.stderr.contains("schema \"auth\" does not exist"), "{}", missing.stderr);

    setup.project.write("scratch/01_auth.sql", AUTH);
    let found = lines(&drift(&[]).fails(4));
    assert_eq!(found, ["+ table auth.sessions", "+ table public.orders_2026_11"]);
    setup
        .project
        .write("drift.ignore", "# of the platform\nschema:auth\ntable:public.orders_*  # made each month\n");
    let ignored = drift(&[]).success();
    assert!(
        ignored.stdout.contains("no drift from what its 2 migrations build, 2 ignored"),
        "{}",
        ignored.stdout
    );
    setup.database.sql("CREATE TABLE by_hand ()");
    assert_eq!(lines(&drift(&[]).fails(4)), ["+ table public.by_hand"]);
    drift(&["--ignore", "table:*.by_*"]).success();

    let verified = setup.run(&["verify", "--json", "--scratch-url", &scratch]).success().json();
    assert_eq!(verified["migrations"][1]["verdict"], "exact");
    let diff =
        setup.run(&["diff", setup.database.url(), "--to", "2", "--scratch-url", &scratch, "--json"]).fails(4);
    assert_eq!(diff.json()["ignored"], 2);
}

#[test]
fn a_mistake_in_what_runs_first_is_shown_in_its_place() {
    let setup = platform();
    let scratch = crate::support::server().url("postgres");
    let file =
        setup.project.write("first.sql", "CREATE SCHEMA auth;\n  CREATE TABLE auth.users (id nothing);\n");
    let args = ["drift", "--scratch-url", &scratch, "--before", "first.sql"];
    insta::assert_snapshot!(setup.run(&args).fails(1).filtered(), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    error: first.sql:2:31: type "nothing" does not exist
      |
    2 |   CREATE TABLE auth.users (id nothing);
      |                               ^
    SQLSTATE: 42704
    "#);
    std::fs::write(&file, "SELECT 1;\nBEGIN;\n").unwrap();
    let outcome = setup.run(&args).fails(1);
    assert!(outcome.stderr.contains("first.sql:2:1: "), "{}", outcome.stderr);
    std::fs::write(&file, "DO $$ BEGIN EXECUTE 'CREATE ROLE pmdb_first'; END $$;\n").unwrap();
    let outcome = setup.run(&args).fails(1);
    assert!(
        outcome.stderr.contains("first.sql changes what is outside of the scratch database: role pmdb_first"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn an_unknown_kind_is_shown_with_its_place() {
    let setup = Setup::new();
    setup.project.write("drift.ignore", "table:x\ntabel:y\n");
    let outcome = setup.run(&["drift", "--scratch-url", &crate::support::server().url("postgres")]).fails(1);
    assert!(
        outcome.stderr.starts_with("error: drift.ignore:2:1: no kind of object is called \"tabel\""),
        "{}",
        outcome.stderr
    );
    assert!(
        outcome.stderr.contains("hint: write KIND or KIND:NAME; `#` begins a comment"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_default_that_was_now_once_is_told_as_that() {
    let now = "-- migrate:up\nCREATE TABLE t (at timestamptz DEFAULT 'now'::timestamptz);\n-- migrate:down\nDROP TABLE t;\n";
    let setup = Setup::with(&[("0001_t.sql", now)]);
    setup.up().success();
    let scratch = crate::support::server().url("postgres");
    for args in [&["drift", "--scratch-url", &scratch][..], &["verify", "--scratch-url", &scratch]] {
        let stdout = setup.run(args).stdout;
        assert!(
            stdout.contains("(it holds the time when it was made: write now() instead of 'now')"),
            "{stdout}"
        );
    }
}
