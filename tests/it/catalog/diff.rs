//! The command `pmdb diff`.

use insta::assert_snapshot;

use crate::support::{Database, Outcome, Project};

fn diff(one: &Database, other: &Database, options: &[&str]) -> Outcome {
    let project = Project::new();
    project.pmdb(&[&["diff", one.url(), other.url()], options].concat()).database(one).run()
}

/// The output without what differs from run to run.
fn shown(outcome: &Outcome, other: &Database) -> String {
    let at = regex::Regex::new(r"on \S+ as postgres").unwrap();
    at.replace_all(&outcome.filtered().replace(other.name(), "[OTHER]"), "on [SERVER]").into_owned()
}

#[test]
fn databases_with_the_same_schema_do_not_differ() {
    let (one, other) = (Database::new(), Database::new());
    for database in [&one, &other] {
        database.sql("CREATE TABLE t (id int PRIMARY KEY)");
    }
    assert_snapshot!(shown(&diff(&one, &other, &[]), &other), @r#"
    exit code: 0
    ----- stdout
    [DATABASE] on [SERVER] and [OTHER] on [SERVER]: the schemas are the same
    ----- stderr
    "#);
}

#[test]
fn what_differs_is_named_and_the_exit_code_tells() {
    let (one, other) = (Database::new(), Database::new());
    one.sql(
        "CREATE TABLE t (id int PRIMARY KEY, due date DEFAULT now(), gone text); CREATE TABLE only_here ()",
    );
    other.sql("CREATE TABLE t (id int PRIMARY KEY, due date, \"new\" text); CREATE INDEX i ON t (due)");
    assert_snapshot!(shown(&diff(&one, &other, &[]), &other), @r#"
    exit code: 4
    ----- stdout
    - table public.only_here
    ~ column public.t.due: default `now()` → none
    - column public.t.gone
    + column public.t.new
    + index i on public.t
    [DATABASE] on [SERVER] and [OTHER] on [SERVER]: 5 objects differ
    ----- stderr
    "#);
}

#[test]
fn the_order_of_columns_counts_with_strict_only() {
    let (one, other) = (Database::new(), Database::new());
    one.sql("CREATE TABLE t (a int, b int)");
    other.sql("CREATE TABLE t (b int, a int)");
    assert_snapshot!(shown(&diff(&one, &other, &[]), &other), @r#"
    exit code: 0
    ----- stdout
    ~ table public.t: column order `["a","b"]` → `["b","a"]`
    [DATABASE] on [SERVER] and [OTHER] on [SERVER]: the schemas are the same, except for the layout of 1 object
    ----- stderr
    "#);
    diff(&one, &other, &["--strict"]).fails(4);
}

#[test]
fn the_json_has_all_of_it() {
    let (one, other) = (Database::new(), Database::new());
    one.sql("CREATE TABLE t (id int, due date DEFAULT now()); CREATE TABLE only_here (id int)");
    other.sql("CREATE TABLE t (due date, id int)");
    let json = diff(&one, &other, &["--json"]).fails(4).json();
    assert_eq!(json["outcome"], "disagreement");
    assert_snapshot!(serde_json::to_string_pretty(&json["differences"]).unwrap(), @r#"
    [
      {
        "kind": "table",
        "of": null,
        "name": "public.only_here",
        "change": "removed",
        "parts": [
          {
            "kind": "column",
            "of": "public.only_here",
            "name": "id"
          }
        ]
      },
      {
        "kind": "table",
        "of": null,
        "name": "public.t",
        "change": "changed",
        "attributes": [
          {
            "attribute": "columns",
            "class": "column_order",
            "before": "[\"id\",\"due\"]",
            "after": "[\"due\",\"id\"]"
          }
        ]
      },
      {
        "kind": "column",
        "of": "public.t",
        "name": "due",
        "change": "changed",
        "attributes": [
          {
            "attribute": "default",
            "class": "real",
            "before": "now()",
            "after": null
          }
        ]
      }
    ]
    "#);
}

#[test]
fn a_password_is_not_shown() {
    let project = Project::new();
    let refused = project
        .pmdb(&[
            "diff",
            "postgresql://al:geheim@127.0.0.1:1/a",
            "host=127.0.0.1 port=1 user=al password=geheim",
        ])
        .run()
        .fails(1);
    assert!(!format!("{}{}", refused.stdout, refused.stderr).contains("geheim"));
    let usage = project.pmdb(&["diff", "a", "b", "postgresql://al:geheim@h/c"]).run().fails(2);
    assert!(!usage.stderr.contains("geheim"), "{}", usage.stderr);
}

#[test]
fn a_third_database_is_an_error() {
    let project = Project::new();
    for option in [&["--url", "postgresql://h/c"][..], &["--embedded"]] {
        let outcome = project
            .pmdb(&[&["diff", "postgresql://h/a", "postgresql://h/b"], option].concat())
            .run()
            .fails(2);
        assert!(outcome.stderr.contains("--url and --embedded mean nothing to it"), "{}", outcome.stderr);
    }
}

#[test]
fn the_history_tables_do_not_count_wherever_they_are() {
    let (one, other) = (Database::new(), Database::new());
    for table in ["schema_migrations", "schema_seeds"] {
        one.sql(&format!(
            "CREATE SCHEMA IF NOT EXISTS own; CREATE TABLE own.{table} (version text PRIMARY KEY)"
        ));
    }
    other.sql("CREATE SCHEMA own");
    diff(&one, &other, &["--table", "own.schema_migrations"]).success();
    diff(&one, &other, &[]).fails(4);
}

#[test]
fn a_database_that_cannot_be_reached_is_named() {
    let database = Database::new();
    let nowhere = database.url().replace(database.name(), "nowhere_at_all");
    let outcome = Project::new().pmdb(&["diff", database.url(), &nowhere]).run().fails(1);
    assert!(outcome.stderr.contains("nowhere_at_all"), "{}", outcome.stderr);
}
