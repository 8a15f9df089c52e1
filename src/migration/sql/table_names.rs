//! What tables and views are called, by the words of the statements that make, rename and drop them. What a function makes
//! is not seen, nor is a schema that `search_path` names.

use std::collections::BTreeSet;

use super::cursor::Cursor;
use super::lexer::StandardStrings;
use super::name::Name;
use super::table_uses::{TableUse, table_uses};

/// What may stand between CREATE and the word for what is made. Temporary ones are not meant.
const KINDS: [&str; 5] = ["unlogged", "foreign", "or replace", "materialized", "recursive"];

/// Brings the names up to date with what a statement does.
pub(crate) fn follow_table_names(statement: &str, names: &mut BTreeSet<String>) {
    let mut c = Cursor::new(statement.as_bytes(), StandardStrings::On);
    if c.eat("create") {
        while KINDS.iter().any(|kind| c.eat(kind)) {}
        if c.eat("table") || c.eat("view") {
            c.eat("if not exists");
            names.extend(c.name().map(shown));
        }
        return;
    }
    let is_dropped = ["drop table", "drop view", "drop materialized view", "drop foreign table"];
    if is_dropped.iter().any(|words| c.eat(words)) {
        c.eat("if exists");
        while let Some(name) = c.name() {
            names.remove(&shown(name));
            c.eat_sign(",");
        }
    } else if let [TableUse::Renamed { from, to }] = &table_uses(statement)[..]
        && names.remove(&shown(from.clone()))
    {
        names.insert(shown(Name { schema: from.schema.clone(), name: to.clone() }));
    }
}

fn shown(Name { schema, name }: Name) -> String {
    match schema {
        Some(schema) if schema != "public" => format!("{schema}.{name}"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_that_are_left_in_the_end() {
        let mut names = BTreeSet::new();
        for statement in [
            "CREATE TABLE users (id int)",
            "create unlogged table if not exists public.\"My t\" (id int);",
            "CREATE TABLE app.tasks (id int)",
            "CREATE TABLE gone (id int)",
            "CREATE TABLE old (id int)",
            "CREATE TEMPORARY TABLE scratch (id int)",
            "CREATE OR REPLACE VIEW newest AS SELECT 1",
            "CREATE MATERIALIZED VIEW counts AS SELECT 1",
            "CREATE INDEX ON users (id)",
            "ALTER TABLE old RENAME TO young",
            "DROP TABLE IF EXISTS gone, nowhere CASCADE",
        ] {
            follow_table_names(statement, &mut names);
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(names, ["My t", "app.tasks", "counts", "newest", "users", "young"]);
    }
}
