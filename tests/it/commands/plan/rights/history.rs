//! What the role of the deploy may not write down: `plan` says it before `up` fails there.

use super::Deployed;
use crate::support::side_by_side;

/// What the role may not do, the options of the half, and what is said of it; nothing where it goes well.
const CASES: [(&str, &str, &str); 6] = [
    ("REVOKE INSERT ON schema_migrations FROM deployer", "", "insert into public.schema_migrations, where"),
    ("REVOKE UPDATE, DELETE ON schema_migrations FROM deployer", "", ""),
    (
        "REVOKE UPDATE ON schema_migrations FROM deployer",
        "transaction:false",
        "change rows of public.schema_migrations, where",
    ),
    (
        "REVOKE UPDATE ON schema_migrations FROM deployer; GRANT ALL ON users TO deployer",
        "batch:users(id)",
        "change rows of public.schema_migrations, where",
    ),
    ("GRANT ALL ON users TO deployer", "batch:users(id)", ""),
    (
        "REVOKE ALL ON schema_migrations FROM deployer; GRANT owner_of_all TO deployer",
        "transaction:false",
        "",
    ),
];

#[test]
fn what_the_role_may_not_write_down_is_said_where_up_fails_and_nowhere_else() {
    let wrong = side_by_side(&CASES, |(rights, options, expected)| {
        let deployed = Deployed::with(rights, "SELECT 1");
        let statement = if !options.starts_with("batch") {
            "SELECT 1"
        } else {
            "UPDATE users SET email = '' WHERE :batch"
        };
        let file = format!("-- migrate:up {options}\n{statement};\n");
        deployed.setup.project.migration("0002_change.sql", &file);
        let said = deployed.findings("deployer", &[]);
        let up = deployed.run("deployer", &["up"]);
        let is_told = match expected.is_empty() {
            true => said.is_empty(),
            false => matches!(&said[..], [what] if what.contains(expected)),
        };
        let is_wrong = !is_told || (up.code != Some(0)) == expected.is_empty();
        is_wrong.then(|| format!("{rights}; {options}: plan says {said:?}: {}", up.stderr))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_the_role_may_not_write_down_is_said_once_of_the_first_file_that_needs_it() {
    let deployed = Deployed::with("REVOKE INSERT, UPDATE ON schema_migrations FROM deployer", "SELECT 1");
    deployed.setup.project.migration("0003_more.sql", "-- migrate:up transaction:false\nSELECT 1;\n");
    deployed.setup.project.migration("0004_more.sql", "-- migrate:up transaction:false\nSELECT 1;\n");
    let said = deployed.findings("deployer", &[]);
    let role = deployed.named("deployer");
    assert_eq!(
        said,
        [
            format!(
                "{role} may not insert into public.schema_migrations, where pmdb writes down what is applied: this file will fail"
            ),
            format!(
                "{role} may not change rows of public.schema_migrations, where pmdb writes down how far a half has come: \
                 this file will fail"
            ),
        ]
    );
}

#[test]
fn the_way_down_needs_to_delete_rows() {
    for (rights, says) in [
        ("REVOKE DELETE ON schema_migrations FROM deployer", true),
        ("REVOKE INSERT, UPDATE ON schema_migrations FROM deployer", false),
    ] {
        let deployed = Deployed::with("", "SELECT 1;\n-- migrate:down\nSELECT 1");
        deployed.run("deployer", &["up"]).success();
        deployed.setup.database.sql(&deployed.named(rights));
        let said = deployed.findings("deployer", &["--down"]);
        assert_eq!(
            said.iter().any(|what| what.contains("delete from public.schema_migrations")),
            says,
            "{said:?}"
        );
        assert_eq!(said.len(), usize::from(says), "{said:?}");
        assert_eq!(deployed.run("deployer", &["down", "--yes"]).code != Some(0), says);
    }
}

#[test]
fn a_history_that_has_to_be_made_needs_its_place() {
    for (rights, table, expected) in [
        (
            "GRANT USAGE ON SCHEMA other TO deployer",
            "other.history",
            "make the history other.history, nor anything in the schema other",
        ),
        ("GRANT CREATE, USAGE ON SCHEMA other TO deployer", "other.history", ""),
        ("", "app.history", "make the schema app for the history"),
        ("GRANT CREATE ON DATABASE this TO deployer", "app.history", ""),
    ] {
        let deployed = Deployed::with(rights, "SELECT 1");
        deployed.setup.project.migration("0001_tables.sql", "-- migrate:up\nSELECT 1;\n");
        let said = deployed.findings("deployer", &["--table", table]);
        let up = deployed.run("deployer", &["up", "--table", table]);
        let is_told = match expected.is_empty() {
            true => said.is_empty(),
            false => matches!(&said[..], [what] if what.contains(expected)),
        };
        assert!(
            is_told && (up.code != Some(0)) != expected.is_empty(),
            "{rights}; {table}: {said:?}; {}",
            up.stderr
        );
    }
}
