//! No SQL of pmdb's own finds a name through a schema that others may write to.
//!
//! Two things hold that: every command runs on a server where each name of `pg_catalog` is a trap, and the sources are read
//! for SQL that names something without its schema, so that a statement is found that no test sends.

mod sources;

use std::fs;

use pmdb::HistoryTable;

use crate::load;
use crate::support::{Database, Held, Outcome, Project, Running, Trap};

/// A database on the server with the traps, and a project.
struct Trapped<'t> {
    trap: &'t Trap,
    project: Project,
    database: Database,
}

impl Trapped<'_> {
    fn new(trap: &Trap) -> Trapped<'_> {
        Trapped { trap, project: Project::new(), database: Database::on(trap.server()) }
    }

    fn spawn(&self, args: &[&str]) -> Running {
        self.project.pmdb(args).env("DATABASE_URL", self.database.url()).spawn()
    }

    #[track_caller]
    fn run(&self, args: &[&str]) -> Outcome {
        self.spawn(args).wait()
    }

    #[track_caller]
    fn succeeds(&self, args: &[&str]) -> Outcome {
        self.run(args).success()
    }

    fn sql(&self, sql: &str) {
        self.trap.sql(self.database.name(), sql);
    }

    fn hold(&self, sql: &str) -> Held {
        Held::new(self.database.url(), sql)
    }
}

impl Trap {
    /// Asserts that the server has refused nothing but this.
    #[track_caller]
    fn has_caught_nothing_but(&self, expected: &[&str]) {
        let errors = self.errors();
        let caught: Vec<&String> = errors
            .iter()
            .filter(|error| !is_bait(error))
            .filter(|error| !EXPECTED.iter().chain(expected).any(|expected| error.starts_with(expected)))
            .collect();
        assert!(caught.is_empty(), "{} statements:\n{}", caught.len(), join(&caught));
    }
}

fn join(errors: &[&String]) -> String {
    let shown = errors.iter().map(|error| error.chars().take(1500).collect::<String>());
    shown.collect::<Vec<_>>().join("\n\n")
}

/// The trap itself was tried with these.
fn is_bait(error: &str) -> bool {
    Trap::BAITS.iter().any(|(statement, _)| error.ends_with(statement))
}

/// What the server says in good order: where there is no history yet, and where a session ends.
const EXPECTED: [&str; 4] = [
    "relation \"public.schema_migrations\" does not exist",
    "relation \"public.schema_seeds\" does not exist",
    "connection to client lost",
    "terminating connection due to administrator command",
];

const FILES: [(&str, &str); 6] = [
    (
        "0001_t.sql",
        "-- migrate:up\nCREATE TABLE public.t (a int, b int);\n-- migrate:down\nDROP TABLE public.t;\n",
    ),
    (
        "0002_u.sql",
        "-- migrate:up\nCREATE TABLE public.u (a int PRIMARY KEY);\nCREATE TABLE public.s (a int);\n\
         -- migrate:down\nDROP TABLE public.s;\nDROP TABLE public.u;\n",
    ),
    (
        "0003_rows.sql",
        "-- migrate:up\nINSERT INTO public.u VALUES (1);\n-- migrate:down\nDELETE FROM public.u;\n",
    ),
    (
        "0004_copy.sql",
        "-- migrate:up\nCOPY public.t FROM stdin;\n1\t2\n\\.\nCOPY public.t TO stdout;\n-- migrate:down\nTRUNCATE public.t;\n",
    ),
    (
        "0005_outside.sql",
        "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON public.t (a);\n\
         CREATE INDEX CONCURRENTLY ON public.t (b);\nSET work_mem = '4MB';\nREINDEX TABLE CONCURRENTLY public.t;\n\
         BEGIN;\nINSERT INTO public.u VALUES (2);\nCOMMIT;\nVACUUM public.t;\n\
         -- migrate:down transaction:false\nDROP INDEX CONCURRENTLY public.t_b_idx;\nDROP INDEX CONCURRENTLY public.i;\n\
         TRUNCATE public.u;\n",
    ),
    ("0006_do.sql", "-- migrate:up\nDO 'BEGIN END';\n-- migrate:down\nDO 'BEGIN END';\n"),
];

#[test]
fn no_command_resolves_a_name_through_the_search_path() {
    let trap = Trap::new();
    let at = Trapped::new(&trap);
    for (name, content) in FILES {
        at.project.migration(name, content);
    }
    at.project.write(
        "seeds/0001_s.sql",
        "-- migrate:up\nINSERT INTO public.s VALUES (3);\n-- migrate:down\nDELETE FROM public.s;\n",
    );
    let scratch = trap.server().url("postgres");
    let other = Database::on(trap.server());
    for command in [
        &["status"][..],
        &["up", "--dry-run"],
        &["up"],
        &["status"],
        &["status", "--check"],
        &["up"],
        &["down", "--dry-run"],
        &["down"],
        &["up"],
        &["redo"],
        &["down", "--all"],
        &["up"],
        &["seed"],
        &["seed", "--down"],
        &["seed"],
        &["schema"],
        &["schema", "--format", "json"],
        &["schema", "--format", "mermaid"],
        &["schema", "--format", "dot"],
        &["schema", "--format", "svg"],
        &["advise"],
        &["wait"],
        &["drift", "--scratch-url", &scratch],
        &["verify", "--scratch-url", &scratch],
        &["verify", "--scratch-url", &scratch, "--jobs", "2"],
        &["diff", at.database.url(), at.database.url()],
        &["diff", at.database.url(), "--to", "0006", "--scratch-url", &scratch],
        &["reset", "--force"],
        &["drop", "--force"],
        &["create"],
        &["create"],
        &["drop"],
        &["drop"],
        &["create"],
        &["up"],
    ] {
        at.succeeds(command);
    }
    at.project.pmdb(&["diff", at.database.url(), other.url()]).run().fails(4);
    // There is no trap on the private server that it compares with.
    at.run(&["drift"]).fails(4);
    trap.has_caught_nothing_but(&["database \"test_"]);
}

#[test]
fn nothing_is_resolved_through_the_search_path_where_rows_are_loaded() {
    let trap = Trap::new();
    let at = Trapped::new(&trap);
    // bigserial is no trap of pmdb's.
    at.sql(&load::copying::FAMILY.replace("bigserial", "bigint GENERATED ALWAYS AS IDENTITY"));
    load::copying::load(at.database.url(), &[("child", 1000), ("parent", 100)], |_, row| row % 100).unwrap();
    at.succeeds(&["fill", "--restore"]);
    at.project.write(
        "seeds/0001_a.sql",
        "-- migrate:up\n-- pmdb:fill child=100 parent=10\n-- migrate:down\nSELECT 1;\n",
    );
    at.succeeds(&["seed"]);
    at.succeeds(&["seed", "--down"]);
    trap.has_caught_nothing_but(&[]);
}

#[test]
fn nothing_is_resolved_through_the_search_path_where_the_history_needs_a_hand() {
    let trap = Trap::new();

    // The table of another tool, and a file that has changed.
    let at = Trapped::new(&trap);
    at.sql("CREATE TABLE public.schema_migrations (version varchar PRIMARY KEY); INSERT INTO public.schema_migrations VALUES ('0001'); \
         CREATE TABLE public.t (a int, b int)");
    for (name, content) in FILES {
        at.project.migration(name, content);
    }
    at.succeeds(&["status"]);
    at.succeeds(&["up"]);
    at.project.migration(FILES[1].0, &FILES[1].1.replace("a int", "a bigint"));
    at.succeeds(&["accept", "0002"]);
    at.run(&["drift", "--scratch-url", &trap.server().url("postgres")]).fails(4);

    // A number that has changed.
    fs::rename(
        at.project.path().join("migrations/0006_do.sql"),
        at.project.path().join("migrations/0007_do.sql"),
    )
    .unwrap();
    at.succeeds(&["renumber", "0006", "0007"]);

    // A table that is no history at all, and a history elsewhere.
    let at = Trapped::new(&trap);
    at.project.migration(FILES[0].0, FILES[0].1);
    at.sql("CREATE TABLE public.schema_migrations (version int)");
    at.run(&["up"]).fails(1);
    at.sql("DROP TABLE public.schema_migrations; CREATE SCHEMA shop; CREATE TABLE shop.schema_migrations (version varchar PRIMARY KEY)");
    let outcome = at.run(&["up"]).fails(1);
    assert!(outcome.stderr.contains("shop.schema_migrations"), "{}", outcome.stderr);

    // A role for which the table does not do.
    let role = format!("stranger_{}", at.database.name());
    at.sql(&format!(
        "CREATE ROLE {role} LOGIN; CREATE TABLE public.history (version text PRIMARY KEY); \
         ALTER TABLE public.history OWNER TO {role}; \
         CREATE TABLE public.hidden (version text PRIMARY KEY); ALTER TABLE public.hidden ENABLE ROW LEVEL SECURITY; \
         GRANT ALL ON public.hidden TO {role}"
    ));
    at.run(&["up", "--table", "public.history"]).fails(1);
    let url = at.database.url().replace("postgres@", &format!("{role}@"));
    at.run(&["up", "--table", "public.hidden", "--url", &url]).fails(1);
    at.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));

    trap.has_caught_nothing_but(&[
        "column \"name\" does not exist",
        "division by zero",
        "query would be affected by row-level security policy",
    ]);
}

/// Statements that were in flight when a run broke off, each with what it finds.
const IN_FLIGHT: [(&str, &str); 14] = [
    ("CREATE INDEX CONCURRENTLY i ON public.t (a)", "CREATE INDEX i ON public.t (a)"),
    ("CREATE INDEX CONCURRENTLY ON public.t (a)", "CREATE INDEX ON public.t (a)"),
    ("CREATE INDEX CONCURRENTLY i ON public.t (a)", ""),
    ("CREATE UNIQUE INDEX CONCURRENTLY i ON public.t (a)", "INVALID"),
    ("DROP INDEX CONCURRENTLY public.i", ""),
    ("REINDEX TABLE CONCURRENTLY public.t", ""),
    ("REINDEX INDEX CONCURRENTLY public.j", "CREATE INDEX j ON public.t (a)"),
    ("REINDEX SCHEMA CONCURRENTLY public", ""),
    ("CREATE DATABASE {self}", ""),
    ("DROP DATABASE {other}", ""),
    ("CREATE TABLESPACE pg_default LOCATION '/nowhere'", ""),
    ("DROP SUBSCRIPTION s", ""),
    ("COMMIT PREPARED 'none'", ""),
    ("ALTER TABLE public.p DETACH PARTITION public.q CONCURRENTLY", "PARTITION"),
];

#[test]
fn nothing_is_resolved_through_the_search_path_where_a_statement_was_in_flight() {
    let trap = Trap::new();
    for (statement, before) in IN_FLIGHT {
        let at = Trapped::new(&trap);
        let name = at.database.name();
        let statement = statement.replace("{self}", name).replace("{other}", &format!("{name}_other"));
        at.project.migration("0001_a.sql", &format!("-- migrate:up transaction:false\n{statement};\n"));
        at.sql("CREATE TABLE public.t (a int)");
        at.sql(match before {
            "INVALID" => {
                "CREATE INDEX i ON public.t (a); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass"
            }
            "PARTITION" => {
                "CREATE TABLE public.p (a int) PARTITION BY LIST (a); CREATE TABLE public.q (a int)"
            }
            sql => sql,
        });
        at.run(&["up"]);
        at.sql("UPDATE public.schema_migrations SET statements_done = -1, statements_total = 1");
        at.run(&["up"]);
        at.sql("UPDATE public.schema_migrations SET statements_done = -1, statements_total = 1");
        at.succeeds(&["resolve", "0001", "--done"]);
    }
    // Some of these statements are refused for good reasons.
    let is_caught = |error: &&String| {
        ["only a shell", "is a procedure", "column \""].iter().any(|complaint| error.contains(complaint))
    };
    let errors = trap.errors();
    let caught: Vec<&String> = errors.iter().filter(|error| is_caught(error) && !is_bait(error)).collect();
    assert!(caught.is_empty(), "{}", join(&caught));
}

#[test]
fn nothing_is_resolved_through_the_search_path_while_others_are_in_the_way() {
    let trap = Trap::new();
    let at = Trapped::new(&trap);
    at.sql("CREATE TABLE public.t (a int)");
    at.project.migration("0001_a.sql", "-- migrate:up\nALTER TABLE public.t ADD COLUMN b int;\n");

    // A lock on a table, and on the history.
    let held = at.hold("BEGIN; LOCK TABLE public.t");
    let running = at.spawn(&["up", "--lock-timeout", "60s"]);
    running.wait_for_stderr("held by pid ");
    drop(held);
    running.wait().success();
    let held = at.hold("BEGIN; LOCK TABLE public.schema_migrations");
    let running = at.spawn(&["status"]);
    running.wait_for_stderr("held by pid ");
    drop(held);
    running.wait().success();

    // Another runner.
    at.project.migration("0002_b.sql", "-- migrate:up\nCREATE TABLE public.b ();\n");
    let key = HistoryTable::migrations().lock_key();
    let held = at.hold(&format!("BEGIN; SELECT pg_catalog.pg_advisory_xact_lock({key})"));
    let running = at.spawn(&["up"]);
    running.wait_for_stderr("waiting for another pmdb");
    drop(held);
    running.wait().success();

    trap.has_caught_nothing_but(&[]);
}
