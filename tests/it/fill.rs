//! The library of hard schemas in `tests/testdata/fill/hard_schemas.sql`: each is filled, or refused before the first row.

use crate::support::{Outcome, Setup};

/// All tables but partitions, and but those of the server itself.
const ALL_TABLES: &str = "
    SELECT oid::regclass FROM pg_catalog.pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition
      AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    ORDER BY 1";

struct Case {
    name: &'static str,
    refused: Option<&'static str>,
    sql: &'static str,
}

fn cases() -> Vec<Case> {
    let library = include_str!("../testdata/fill/hard_schemas.sql");
    let case = |text: &'static str| {
        let (head, sql) = text.split_once('\n').unwrap();
        let (name, refused) = match head.split_once(" -- refused: ") {
            Some((name, refused)) => (name, Some(refused)),
            None => (head, None),
        };
        Case { name, refused, sql }
    };
    library.split("\n-- case: ").skip(1).map(case).collect()
}

/// All rows, table by table.
fn content(setup: &Setup) -> String {
    let tables = setup.database.sql(ALL_TABLES);
    let tables = tables.iter().flatten().flatten();
    let all = tables.map(|table| {
        let rows =
            format!("SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') FROM {table} t");
        format!("{table}\n{}", setup.database.value(&rows))
    });
    all.collect::<Vec<_>>().join("\n")
}

fn fill(setup: &Setup, more: &[&str]) -> Outcome {
    setup.run(&[&["fill", "--rows", "2000"], more].concat())
}

/// What is wrong with a case, if anything.
fn wrong(case: &Case) -> Option<String> {
    let setup = Setup::new();
    setup.database.sql(case.sql);
    let before = content(&setup);
    let outcome = fill(&setup, &[]);
    let text = format!("{}{}", outcome.stdout, outcome.stderr);
    let is_right = match case.refused {
        Some(refused) => outcome.code == Some(1) && text.contains(refused) && content(&setup) == before,
        None => outcome.code == Some(0) && content(&setup) != before,
    };
    (!is_right).then(|| format!("{}: {:?}\n{text}", case.name, outcome.code))
}

#[test]
fn hard_schemas_are_filled_or_refused_before_the_first_row() {
    let cases = cases();
    assert!(cases.len() >= 40, "only {} cases", cases.len());
    let wrong: Vec<String> = cases.iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_same_seed_gives_the_same_rows_at_any_number_of_jobs_and_another_one_others() {
    let filled = |options: &[&str]| {
        let setup = Setup::new();
        setup.run(&["up", "--bundled"]).success();
        fill(&setup, options).success();
        let rows = "SELECT string_agg(t::text, E'\\n' ORDER BY t::text) FROM public.";
        ["users", "user_profiles", "projects", "tasks", "project_members"]
            .map(|table| setup.database.value(&format!("{rows}{table} t")))
    };
    let first = filled(&["--jobs", "1"]);
    assert_eq!(first, filled(&["--jobs", "8"]));
    assert_ne!(first, filled(&["--seed", "2"]));
}

#[test]
fn keys_that_refer_to_each_other_in_a_circle_are_refused_by_name() {
    let setup = Setup::new();
    setup.database.sql(
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a);
         ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES b DEFERRABLE INITIALLY DEFERRED;",
    );
    let outcome = setup.run(&["fill", "a=10", "b=10"]).fails(1);
    assert!(outcome.stderr.contains("a_id_fkey cannot be met"), "{}", outcome.stderr);
    assert_eq!(setup.database.value("SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b)"), "0");
}
