//! No SQL of pmdb's own finds a name through a schema that others may write to.
//!
//! Two things hold that: every command runs on a server where each name of `pg_catalog` is a trap, and the sources are read
//! for SQL that names something without its schema, so that a statement is found that no test sends.

use std::fs;
use std::path::{Path, PathBuf};

use pmdb::HistoryTable;

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

#[test]
fn sql_in_rust_names_everything_with_its_schema() {
    let (mut texts, mut found) = (0, Vec::new());
    for path in rust_files(Path::new("src/postgres")) {
        for text in string_literals(&fs::read_to_string(&path).unwrap()) {
            if !is_sql(&text) {
                continue;
            }
            texts += 1;
            found.extend(
                bare_names(&text).into_iter().map(|name| format!("{name} in {}: {text}", path.display())),
            );
        }
    }
    assert!(texts > 80, "only {texts} texts are taken for SQL");
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}

#[test]
fn a_bare_name_is_told_from_a_qualified_one() {
    for (sql, bare) in [
        ("SELECT a FROM {} WHERE a = {}", "="),
        ("SELECT 1 WHERE a < b", "<"),
        ("SELECT a || b", "||"),
        ("SELECT 2 * a", "*"),
        ("SELECT -1 WHERE a IN (1)", "IN"),
        ("SELECT CASE a WHEN 1 THEN 2 END", "CASE"),
        ("SELECT a IS DISTINCT FROM b", "DISTINCT"),
        ("SELECT NULLIF(a, b)", "NULLIF"),
        ("SELECT a FROM b JOIN c USING (d)", "USING"),
        ("SELECT a::text", "::"),
        ("SELECT a::text, count(*)", ":: count"),
        ("SELECT pg_backend_pid()", "pg_backend_pid"),
        ("SELECT a FROM pg_class", "pg_class"),
        ("UPDATE {} SET a = 1, b = 2 WHERE c = 3", "="),
        ("SELECT 1 COLLATE \"C\"", "COLLATE"),
        ("CREATE TABLE {} (version text PRIMARY KEY)", "text"),
    ] {
        assert_eq!(bare_names(sql).join(" "), bare, "{sql}");
    }
    for sql in [
        "SELECT a OPERATOR(pg_catalog.=) 'b = c', pg_catalog.count(*), {x}, x.*, * FROM pg_catalog.pg_class AS c (a, b)",
        "UPDATE {} SET a = 1, b = -2 WHERE coalesce(c, 0)::pg_catalog.int8 OPERATOR(pg_catalog.<>) ALL ('{1}'::pg_catalog.oid[])",
        "SELECT DISTINCT ON (a) CASE WHEN b THEN extract(epoch FROM c) END, 'x'::pg_catalog.\"char\"",
        "SET LOCAL lock_timeout = {}",
    ] {
        assert_eq!(bare_names(sql), [""; 0], "{sql}");
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// What stands between quotes in the code of a file, but for that of its unit tests and its comments.
fn string_literals(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut literals = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let (before, from) = rest.split_at(at);
        if from.starts_with("//") {
            rest = from.split_once('\n').map_or("", |(_, rest)| rest);
        } else if let Some(text) = from.strip_prefix('"') {
            let hashes = "#".repeat(before.len() - before.trim_end_matches('#').len());
            let is_raw =
                before.trim_end_matches('#').ends_with('r') && (!hashes.is_empty() || before.ends_with('r'));
            let end = if is_raw { text.find(&format!("\"{hashes}")) } else { end_of_literal(text) };
            let (literal, behind) = text.split_at(end.unwrap_or(text.len()));
            literals.push(literal.replace("\\\n", " ").replace("\\\"", "\""));
            rest = behind.get(1..).unwrap_or_default();
        } else if let Some(character) =
            ["'\"'", "'/'", "'\\''"].iter().find(|character| from.starts_with(**character))
        {
            rest = &from[character.len()..];
        } else {
            rest = &from[1..];
        }
    }
    literals
}

fn end_of_literal(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    })
}

/// A message for people may hold SQL between backticks.
fn is_sql(text: &str) -> bool {
    let words = [
        "SELECT ",
        "WHERE ",
        "JOIN ",
        "RETURNING ",
        "UPDATE {",
        "DELETE FROM",
        "INSERT INTO",
        "PREPARE ",
        "CASE WHEN ",
        "CREATE TABLE",
        "ADD COLUMN",
        "OPERATOR(",
        "pg_catalog.",
    ];
    !text.contains('`') && words.iter().any(|word| text.contains(word))
}

/// What the search path decides about in a piece of SQL, with `{…}` for what is filled in.
fn bare_names(sql: &str) -> Vec<String> {
    let sql = without_strings(sql);
    let tokens = tokens(&sql);
    let text = |at: usize| tokens.get(at).copied().unwrap_or_default();
    let mut bare = Vec::new();
    // Where `=` gives something a value.
    let mut sets = false;
    for (at, token) in tokens.iter().copied().enumerate() {
        let (before, after) = (at.checked_sub(1).map_or("", text), text(at + 1));
        match token {
            "SET" => sets = true,
            "WHERE" | "FROM" | "SELECT" | "CASE" | "RETURNING" => sets = false,
            _ => {}
        }
        let is_bare = match token {
            "=" => !sets,
            "::" => !["pg_catalog", "{}"].contains(&after),
            "*" => !["SELECT", "(", ".", ",", "UNLISTEN"].contains(&before),
            "-" => ![",", "(", "=", "SELECT"].contains(&before),
            // `LOCK TABLE … IN ACCESS SHARE MODE`
            "IN" => after != "ACCESS",
            "ILIKE" | "BETWEEN" | "NULLIF" | "SIMILAR" | "USING" => true,
            // `CREATE TABLE … (LIKE …)`
            "LIKE" => before != "(",
            "DISTINCT" => before == "IS" || before == "NOT",
            "CASE" => after != "WHEN",
            "COLLATE" => after != "pg_catalog",
            "text" | "timestamptz" | "oid" | "name" | "regclass" if before != "." => {
                ["PRIMARY", "DEFAULT"].contains(&after) && before != ","
            }
            token if token.starts_with("pg_") => before != "." && after != ".",
            token if is_operator(token) => true,
            // A list of columns stands behind a blank.
            token if token.starts_with(|c: char| c.is_ascii_lowercase()) && after == "(" => {
                !["coalesce", "extract"].contains(&token)
                    && before != "."
                    && sql.contains(&format!("{token}("))
            }
            _ => false,
        };
        if is_bare {
            bare.push(token.to_owned());
        }
    }
    bare
}

fn is_operator(token: &str) -> bool {
    token.starts_with(['<', '>', '~', '!', '|', '+', '/', '%', '&', '@', '^'])
}

/// The text without the insides of SQL's strings, of qualified operators and of what is filled in.
fn without_strings(sql: &str) -> String {
    let mut outside = String::new();
    for (number, piece) in sql.split('\'').enumerate() {
        outside.push_str(if number % 2 == 0 { piece } else { "''" });
    }
    let mut text = String::new();
    let mut rest = outside.as_str();
    while let Some((before, behind)) = rest.split_once('{') {
        text.push_str(before);
        text.push_str(" {} ");
        rest = behind.split_once('}').map_or("", |(_, behind)| behind);
    }
    text.push_str(rest);
    let mut pieces = text.split("OPERATOR(pg_catalog.");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once(')').map_or("", |(_, behind)| behind))
}

/// Words, operators, `{}`, and everything else character by character.
fn tokens(sql: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_symbol = |c: char| "=<>~!|+-*/%&@^:".contains(c);
    let mut tokens = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '{' => 2,
            first if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            '*' => 1,
            first if is_symbol(first) => rest.find(|c| !is_symbol(c)).unwrap_or(rest.len()),
            first => first.len_utf8(),
        };
        let (token, behind) = rest.split_at(length.min(rest.len()));
        tokens.push(token);
        rest = behind.trim_start();
    }
    tokens
}
