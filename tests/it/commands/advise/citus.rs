//! What is advised on Citus alone: on the stand-in, or on a cluster that `PMDB_CITUS_URL` names.

use pmdb::advise::Rule;

use super::{findings, found, text};
use crate::support::Database;

fn of_citus() -> impl Iterator<Item = Rule> {
    Rule::ALL.into_iter().filter(|rule| rule.is_of_citus())
}

/// A database with one example of each rule.
fn with_examples(example: fn(Rule) -> &'static str) -> Database {
    let database = Database::of_citus();
    of_citus().for_each(|rule| database.sql_one_by_one(example(rule)));
    database
}

#[test]
fn each_rule_about_citus_has_one_finding_in_its_example_and_its_sql_mends_it() {
    let database = with_examples(|rule| rule.about().breaks);
    assert_eq!(
        found(&database),
        [
            "key-without-distribution-column public.visits_pkey",
            "foreign-key-to-distributed-table public.invoices.invoices_account_fkey",
            "not-co-located public.cards",
        ]
    );
    for finding in findings(&database) {
        database.sql_one_by_one(text(&finding, "fix"));
    }
    assert_eq!(found(&database), Vec::<String>::new());
}

#[test]
fn on_the_corrected_examples_no_rule_about_citus_has_a_finding() {
    assert_eq!(found(&with_examples(|rule| rule.about().corrected)), Vec::<String>::new());
}

#[test]
fn a_table_on_one_server_belongs_beside_those_with_its_column_and_its_keys_are_named() {
    let database = Database::of_citus();
    database.sql_one_by_one(
        "CREATE TABLE tasks (tenant_id bigint, id bigint, PRIMARY KEY (tenant_id, id));\n\
         CREATE TABLE notes (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, UNIQUE (tenant_id, id));\n\
         CREATE TABLE of_another_type (id bigint PRIMARY KEY, tenant_id text NOT NULL);\n\
         CREATE TABLE without_it (id bigint PRIMARY KEY);\n\
         SELECT create_distributed_table('tasks', 'tenant_id');\n",
    );
    assert_eq!(found(&database), ["not-co-located public.notes"]);
    assert_eq!(
        text(&findings(&database)[0], "fix"),
        "-- first put tenant_id into public.notes_pkey\n\
         SELECT create_distributed_table('public.notes', 'tenant_id', colocate_with => 'public.tasks');"
    );
}

#[test]
fn a_key_on_an_expression_of_the_distribution_column_and_the_key_of_each_table_itself_are_left_alone() {
    let database = Database::of_citus();
    database.sql_one_by_one(
        "CREATE TABLE \"a b\" (id bigint PRIMARY KEY);\n\
         CREATE TABLE other (id integer PRIMARY KEY);\n\
         SELECT create_distributed_table('\"a b\"', 'id');\n\
         SELECT create_distributed_table('other', 'id', colocate_with => 'none');\n\
         SET citus.allow_unsafe_constraints = on;\n\
         CREATE UNIQUE INDEX ON \"a b\" ((id + 1));\n",
    );
    assert_eq!(found(&database), Vec::<String>::new());
}
