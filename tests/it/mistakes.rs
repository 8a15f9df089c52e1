//! Everyday mistakes: each is told with what happened, where, and what to type next.

use std::fmt::Write;

use crate::support::{Database, Outcome, Project};

/// A mistake, on a database of its own.
#[derive(Default)]
struct Mistake {
    /// What is wrong, for the reader of this table.
    what: &'static str,
    /// The files of the project.
    files: &'static [(&'static str, &'static str)],
    /// What is done in the database before.
    sql: &'static str,
    /// Commands that succeed before.
    before: &'static [&'static str],
    /// Files that are written after that.
    then: &'static [(&'static str, &'static str)],
    /// The command.
    command: &'static str,
    /// Another target than the database.
    url: Option<&'static str>,
}

const A: (&str, &str) =
    ("migrations/0001_a.sql", "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;\n");
const B: (&str, &str) =
    ("migrations/0002_b.sql", "-- migrate:up\nCREATE TABLE b (id int);\n-- migrate:down\nDROP TABLE b;\n");

/// A file with a mistake in it, which `pmdb up` finds.
const fn file(what: &'static str, files: &'static [(&'static str, &'static str)]) -> Mistake {
    Mistake { what, files, sql: "", before: &[], then: &[], command: "up", url: None }
}

/// A command line that makes no sense, or not here.
const fn line(what: &'static str, command: &'static str) -> Mistake {
    Mistake { what, files: &[A], sql: "", before: &[], then: &[], command, url: None }
}

/// A target that is not there.
const fn target(what: &'static str, url: &'static str) -> Mistake {
    Mistake { what, files: &[A], sql: "", before: &[], then: &[], command: "up", url: Some(url) }
}

/// After both files were applied.
const fn applied(what: &'static str, command: &'static str) -> Mistake {
    Mistake { what, files: &[A, B], sql: "", before: &["up"], then: &[], command, url: None }
}

fn mistakes() -> Vec<Mistake> {
    vec![
        // The way in.
        target("no database is named", ""),
        target("a URL of another database", "mysql://localhost/app"),
        target("a URL with a typing mistake", "postgresql:/localhost/app"),
        target("a port that nobody listens on", "postgresql://al@127.0.0.1:1/app"),
        target("a host that does not exist", "postgresql://al@no-such-host.invalid/app"),
        target("a parameter that does not exist", "postgresql://al@127.0.0.1:1/app?sslmod=require"),
        target("a wrong value of a parameter", "postgresql://al@127.0.0.1:1/app?sslmode=always"),
        line("a database that does not exist", "status --url URL_nowhere"),
        line("no command", ""),
        line("dbmate's word", "rollback"),
        line("dbmate's other word", "migrate"),
        line("sqlx's word", "revert"),
        line("Flyway's word", "undo"),
        line("dbmate's dump", "dump"),
        line("a command with a letter too few", "statu"),
        line("an option that does not exist", "up --froce"),
        line("the version as an argument", "up 0001"),
        line("all as a word", "down all"),
        line("no step", "up --steps 0"),
        line("a version that is none", "up --to first"),
        line("two goals", "up --to 1 --steps 1"),
        line("two servers", "up --embedded --url postgresql://localhost/app"),
        line("a time in words", "up --lock-wait ten"),
        line("no name", "new"),
        line("a name without a letter", "new ..."),
        line("a rule that does not exist", "advise --ignore foreign-keys"),
        line("one database to compare", "diff postgresql://localhost/app"),
        line("a shell that does not exist", "completions tcsh"),
        // Folders and names of files.
        line("a folder that does not exist", "up --dir migration"),
        line("an empty folder", "up --dir seeds"),
        line("seeds that do not exist", "seed --seeds nowhere"),
        file("two files with the same number", &[A, ("migrations/1_b.sql", "-- migrate:up\nSELECT 1;\n")]),
        file("Flyway's names", &[("migrations/V1__a.sql", "CREATE TABLE a ();\n")]),
        file("golang-migrate's names", &[("migrations/000001_a.up.sql", "CREATE TABLE a ();\n")]),
        file("goose's markers", &[("migrations/0001_a.sql", "-- +goose Up\nCREATE TABLE a ();\n")]),
        // What stands in a file.
        file("no marker", &[("migrations/0001_a.sql", "CREATE TABLE a ();\n")]),
        file("an empty file", &[("migrations/0001_a.sql", "")]),
        file("nothing filled in", &[("migrations/0001_a.sql", "-- migrate:up\n\n-- migrate:down\n")]),
        file(
            "two up halves",
            &[("migrations/0001_a.sql", "-- migrate:up\nSELECT 1;\n-- migrate:up\nSELECT 2;\n")],
        ),
        file(
            "down before up",
            &[("migrations/0001_a.sql", "-- migrate:down\nSELECT 1;\n-- migrate:up\nSELECT 2;\n")],
        ),
        file("a marker with a mistake", &[("migrations/0001_a.sql", "-- migrate:upp\nSELECT 1;\n")]),
        file(
            "an option that does not exist",
            &[("migrations/0001_a.sql", "-- migrate:up transactional:false\nSELECT 1;\n")],
        ),
        file(
            "SQL above the marker",
            &[("migrations/0001_a.sql", "SET x.y = 1;\n-- migrate:up\nSELECT 1;\n")],
        ),
        file("a string that is not closed", &[("migrations/0001_a.sql", "-- migrate:up\nSELECT 'it;\n")]),
        file(
            "a parenthesis that is not closed",
            &[("migrations/0001_a.sql", "-- migrate:up\nCREATE TABLE a (id int;\n")],
        ),
        file(
            "a body that is not closed",
            &[("migrations/0001_a.sql", "-- migrate:up\nDO $$ BEGIN NULL; END;\n")],
        ),
        file("a COMMIT", &[("migrations/0001_a.sql", "-- migrate:up\nBEGIN;\nSELECT 1;\nCOMMIT;\n")]),
        file(
            "CONCURRENTLY in a transaction",
            &[A, ("migrations/0002_i.sql", "-- migrate:up\nCREATE INDEX CONCURRENTLY i ON a (id);\n")],
        ),
        file("a command of psql's", &[("migrations/0001_a.sql", "-- migrate:up\n\\i other.sql\n")]),
        file("a space that is none", &[("migrations/0001_a.sql", "-- migrate:up\nSELECT\u{a0}1;\n")]),
        // What the server refuses.
        file(
            "a word with a mistake",
            &[("migrations/0001_a.sql", "-- migrate:up\nCREAT TABLE a (id int);\n")],
        ),
        file(
            "a comma too many",
            &[("migrations/0001_a.sql", "-- migrate:up\nCREATE TABLE a (\n    id int,\n);\n")],
        ),
        file(
            "a type that does not exist",
            &[("migrations/0001_a.sql", "-- migrate:up\nCREATE TABLE a (id integr);\n")],
        ),
        file(
            "a table that does not exist",
            &[A, ("migrations/0002_b.sql", "-- migrate:up\nALTER TABLE aa ADD x int;\n")],
        ),
        file(
            "a column that does not exist",
            &[A, ("migrations/0002_b.sql", "-- migrate:up\nCREATE INDEX ON a (idd);\n")],
        ),
        Mistake { sql: "CREATE TABLE a (id int)", ..file("a database that was built by hand", &[A]) },
        Mistake {
            sql: "CREATE TABLE u (x int); INSERT INTO u VALUES (NULL)",
            ..file(
                "a value that is missing",
                &[("migrations/0001_u.sql", "-- migrate:up\nALTER TABLE u ALTER x SET NOT NULL;\n")],
            )
        },
        Mistake {
            sql: "CREATE TABLE u (x int); INSERT INTO u VALUES (1), (1)",
            ..file(
                "a value that is there twice",
                &[("migrations/0001_u.sql", "-- migrate:up\nCREATE UNIQUE INDEX ON u (x);\n")],
            )
        },
        Mistake {
            sql: "CREATE TABLE u (x text); INSERT INTO u VALUES ('a')",
            ..file(
                "a value that cannot be converted",
                &[("migrations/0001_u.sql", "-- migrate:up\nALTER TABLE u ALTER x TYPE int USING x::int;\n")],
            )
        },
        file(
            "an error in a body",
            &[("migrations/0001_a.sql", "-- migrate:up\nDO $$\nBEGIN\n    PERFORM 1 / 0;\nEND $$;\n")],
        ),
        // The history.
        Mistake {
            then: &[("migrations/0001_a.sql", "-- migrate:up\nCREATE TABLE a (id bigint);\n")],
            ..applied("a file that was changed", "up")
        },
        Mistake { files: &[B], then: &[A], ..applied("a late file", "up") },
        Mistake {
            files: &[("migrations/0001_a.sql", "-- migrate:up\nCREATE TABLE a ();\n")],
            ..applied("nothing to undo it with", "down")
        },
        applied("a version that does not exist", "up --to 9"),
        applied("the same on the way down", "down --to 9"),
        applied("nothing to accept", "accept 1"),
        applied("nothing to resolve", "resolve 1 --done"),
        applied("nothing to renumber", "renumber 1 5"),
        Mistake {
            sql: "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET pmdb.protected = on', current_database()); END $$",
            ..applied("a protected database", "down")
        },
        Mistake {
            sql: "CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO schema_migrations VALUES (1, false)",
            ..line("another tool's history", "up")
        },
        applied("a table that is not there", "schema users"),
        Mistake {
            then: &[("seeds/0001_s.sql", "-- migrate:up\nINSERT INTO c VALUES (1);\n")],
            ..applied("a seed without its table", "seed")
        },
        line("a server that does not come", "wait --timeout 300ms --url postgresql://al@127.0.0.1:1/app"),
    ]
}

fn outcome(mistake: &Mistake) -> Outcome {
    let (project, database) = (Project::new(), Database::new());
    let write = |files: &[(&str, &str)]| files.iter().for_each(|(path, text)| _ = project.write(path, text));
    if !mistake.sql.is_empty() {
        database.sql(mistake.sql);
    }
    write(mistake.files);
    for command in mistake.before {
        project.pmdb(&command.split(' ').collect::<Vec<_>>()).database(&database).run().success();
    }
    write(mistake.then);
    let command = mistake.command.replace("URL_nowhere", &database.url().replace(database.name(), "nowhere"));
    let arguments: Vec<&str> = command.split(' ').filter(|word| !word.is_empty()).collect();
    let pmdb = project.pmdb(&arguments);
    match mistake.url {
        None => pmdb.database(&database).run(),
        Some("") => pmdb.run(),
        Some(url) => pmdb.env("DATABASE_URL", url).run(),
    }
}

#[test]
fn every_everyday_mistake_is_told_with_what_to_do_about_it() {
    let (mut table, mut wanting) = (String::new(), Vec::new());
    for mistake in mistakes() {
        let outcome = outcome(&mistake);
        let text = outcome.filtered();
        let lines: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("error: ")).collect();
        let happened = lines.first().copied().unwrap_or("(no error)");
        let next = lines.iter().filter(|line| line.contains("hint: ") || line.contains("tip: "));
        let next: Vec<&str> = next.map(|line| line.trim()).collect();
        let _ = writeln!(table, "{}: pmdb {}", mistake.what, mistake.command);
        let _ = writeln!(table, "  {} {happened}", outcome.code.unwrap_or_default());
        next.iter().for_each(|line| _ = writeln!(table, "    {line}"));
        // Where the place in a file says it all, there is a caret below it.
        let shows_the_place = lines.iter().any(|line| line.trim() == "| ^" || line.trim_end().ends_with('^'));
        let is_an_error = matches!(outcome.code, Some(1..=5));
        if !is_an_error || next.is_empty() && !shows_the_place && !text.contains("--help") {
            wanting.push(format!("{}\n{text}", mistake.what));
        }
    }
    assert!(wanting.is_empty(), "nothing to go on with:\n{}", wanting.join("\n"));
    insta::assert_snapshot!(table);
}
