//! Each rule has an example that breaks it and one that does not, in the list that the documentation shows too. Those about
//! Citus have tests of their own (`citus.rs`).

use std::collections::BTreeMap;

use pmdb::advise::Rule;

use super::{findings, found, run, text};
use crate::support::{Database, Setup, server};

/// A schema for each rule, of its name, with one of the two examples in it.
fn with_examples(example: fn(Rule) -> &'static str) -> Setup {
    let setup = Setup::new();
    for rule in anywhere() {
        let schema = schema_of(rule);
        setup.database.sql(&format!("CREATE SCHEMA {schema}; SET search_path = {schema}; {}", example(rule)));
    }
    // PostgreSQL 14 counts in a process of its own.
    setup.wait_until(
        "100 <= (SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'readings') \
         + (SELECT sum(idx_scan) FROM pg_stat_user_indexes WHERE relname = 'readings') \
         AND 1000 <= (SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'cities')",
    );
    setup
}

fn anywhere() -> impl Iterator<Item = Rule> {
    Rule::ALL.into_iter().filter(|rule| !rule.is_of_citus())
}

fn schema_of(rule: Rule) -> String {
    rule.id().replace('-', "_")
}

/// The rules that have a finding, with the schema of each finding.
fn schemas_by_rule(database: &Database) -> BTreeMap<String, Vec<String>> {
    let mut schemas: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for finding in findings(database) {
        let schema = text(&finding, "object").split('.').next().unwrap().to_owned();
        schemas.entry(text(&finding, "rule").to_owned()).or_default().push(schema);
    }
    schemas
}

/// Before 15, the server dates the statistics of a database from its beginning, so that those of a test are too young.
fn can_fire(rule: Rule) -> bool {
    rule != Rule::UnusedIndex || server().major() >= 15
}

#[test]
fn in_a_database_that_breaks_every_rule_each_one_has_its_one_finding() {
    let broken = with_examples(|rule| rule.about().breaks);
    let expected: BTreeMap<String, Vec<String>> = anywhere()
        .filter(|rule| can_fire(*rule))
        .map(|rule| (rule.id().to_owned(), vec![schema_of(rule)]))
        .collect();
    assert_eq!(schemas_by_rule(&broken.database), expected);
}

#[test]
fn on_the_corrected_examples_no_rule_has_a_finding() {
    let corrected = with_examples(|rule| rule.about().corrected);
    assert_eq!(found(&corrected.database), Vec::<String>::new());
}

#[test]
fn the_sql_of_each_finding_runs_and_mends_it() {
    let broken = with_examples(|rule| rule.about().breaks);
    for finding in findings(&broken.database) {
        run(&broken.database, text(&finding, "fix"));
    }
    // What to index is for people to find out.
    assert_eq!(found(&broken.database), ["sequential-scans sequential_scans.readings"]);
}
