//! `pmdb advise`: what it finds in real databases, and what it leaves out.

mod citus;
mod documentation;
mod examples;
mod ignore;
mod indexes;
mod left_out;
mod odd_schemas;
mod partitions;
mod size;
mod statistics;
mod what_counts;

use serde_json::Value;

use crate::support::{Database, Project};

/// What `pmdb advise` finds: the rule and the object of each finding.
fn found(database: &Database) -> Vec<String> {
    findings(database)
        .iter()
        .map(|finding| format!("{} {}", text(finding, "rule"), text(finding, "object")))
        .collect()
}

/// What is found after this SQL.
fn after(sql: &str) -> Vec<String> {
    let database = Database::new();
    database.sql(sql);
    found(&database)
}

/// The findings as JSON.
fn findings(database: &Database) -> Vec<Value> {
    let json = Project::new().pmdb(&["advise", "--json"]).database(database).run().success().json();
    json["findings"].as_array().unwrap().clone()
}

fn text<'a>(finding: &'a Value, key: &str) -> &'a str {
    finding[key].as_str().unwrap_or_else(|| panic!("no {key} in {finding}"))
}

/// The SQL that fixes the only finding.
#[track_caller]
fn only_fix(database: &Database) -> String {
    match findings(database).as_slice() {
        [finding] => text(finding, "fix").to_owned(),
        others => panic!("not a single finding but {others:#?}"),
    }
}

/// Runs each statement by itself, since some cannot share a transaction. No example has a `;` and a line break within one,
/// except in function bodies.
fn run(database: &Database, sql: &str) {
    if sql.contains("$$") {
        database.sql(sql);
        return;
    }
    sql.split_inclusive(";\n").for_each(|statement| drop(database.sql(statement)));
}

#[test]
fn the_bundled_schema_has_what_is_true_of_it_and_nothing_else() {
    let (project, database) = (Project::new(), Database::new());
    for command in ["up", "seed"] {
        project.pmdb(&[command, "--bundled"]).database(&database).run().success();
    }
    let outcome = project.pmdb(&["advise"]).database(&database).run().success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    foreign-key-without-index (a foreign key without an index)
      public.project_members.user_id
        a delete in public.users reads all of public.project_members
        CREATE INDEX CONCURRENTLY ON public.project_members (user_id);

      public.projects.owner_id
        a delete in public.users reads all of public.projects
        CREATE INDEX CONCURRENTLY ON public.projects (owner_id);

    duplicate-index (an index that is there twice)
      public.idx_users_email
        public.users_email_key does the same work
        DROP INDEX CONCURRENTLY public.idx_users_email;

    nullable-columns (a table with many columns that may be NULL)
      public.user_profiles
        only 3 of 6 columns are NOT NULL
        -- keep the lines of the columns that every row has to fill
        ALTER TABLE public.user_profiles ALTER COLUMN avatar_url SET NOT NULL;
        ALTER TABLE public.user_profiles ALTER COLUMN bio SET NOT NULL;
        ALTER TABLE public.user_profiles ALTER COLUMN phone SET NOT NULL;

    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 4 findings
    ----- stderr
    ");
}

#[test]
fn with_nothing_found_the_answer_says_so() {
    let (project, database) = (Project::new(), Database::new());
    let outcome = project.pmdb(&["advise", "--check"]).database(&database).run().success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: nothing to advise
    ----- stderr
    ");
}

#[test]
fn check_exits_with_3_when_something_is_found_and_without_it_the_exit_code_is_0() {
    let (project, database) = (Project::new(), Database::new());
    database.sql("CREATE TABLE t (name text NOT NULL)");
    let run = |args: &[&str]| project.pmdb(args).database(&database).run();
    run(&["advise"]).success();
    run(&["advise", "--check"]).fails(3);
    run(&["advise", "--check", "--json"]).fails(3).json();
    run(&["advise", "--check", "--ignore", "no-primary-key"]).success();
    assert!(run(&["advise"]).success().stdout.ends_with(": 1 finding\n"));
}

#[test]
fn lines_are_at_most_eighty_columns_wide_where_the_names_allow_it() {
    let database = Database::new();
    for rule in pmdb::advise::Rule::ALL.into_iter().filter(|rule| !rule.is_of_citus()) {
        database.sql(&format!(
            "CREATE SCHEMA s{0}; SET search_path = s{0}; {1}",
            rule as u8,
            rule.about().breaks
        ));
    }
    let stdout = Project::new().pmdb(&["advise"]).database(&database).run().success().stdout;
    for line in stdout.lines().filter(|line| !line.contains(database.name())) {
        let is_sql = line.ends_with(';');
        assert!(is_sql || line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn all_of_it_takes_one_round_trip_and_writes_nothing() {
    use crate::support::{Proxy, Traffic, server};

    let (project, database) = (Project::new(), Database::new());
    database.sql("CREATE TABLE t (id serial)");
    database.sql(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name()));
    let proxy = Proxy::new(server().socket(), std::time::Duration::ZERO);
    let outcome = project.pmdb(&["advise"]).env("DATABASE_URL", proxy.url(database.name())).run().success();
    assert!(outcome.stdout.contains("public.t"), "{}", outcome.stdout);
    assert_eq!(proxy.traffic(), [Traffic { answers: 1, turns: 1 }]);
}
