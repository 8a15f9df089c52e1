//! The relations that a statement names, and what one may do to each only with a right.

use super::Right;
use crate::migration::sql::{Cursor, StandardStrings};

/// A name in its parts, without quotes.
pub(in crate::impact) type NameParts = Vec<String>;

/// Right after these words stands a relation that only its owner may change so.
const OF_ITS_OWNER: [&str; 13] = [
    "ALTER TABLE",
    "ALTER INDEX",
    "ALTER VIEW",
    "ALTER MATERIALIZED VIEW",
    "ALTER SEQUENCE",
    "ALTER FOREIGN TABLE",
    "COMMENT ON TABLE",
    "COMMENT ON INDEX",
    "COMMENT ON VIEW",
    "COMMENT ON MATERIALIZED VIEW",
    "COMMENT ON SEQUENCE",
    "COMMENT ON FOREIGN TABLE",
    "CREATE OR REPLACE VIEW",
];

/// What belongs to a table, and the words before the table.
const OF_A_TABLE: [(&str, &str, Right); 18] = [
    ("CREATE INDEX", "ON", Right::Own),
    ("CREATE UNIQUE INDEX", "ON", Right::Own),
    ("CREATE POLICY", "ON", Right::Own),
    ("ALTER POLICY", "ON", Right::Own),
    ("DROP POLICY", "ON", Right::Own),
    ("CREATE RULE", "TO", Right::Own),
    ("CREATE OR REPLACE RULE", "TO", Right::Own),
    ("DROP RULE", "ON", Right::Own),
    ("CREATE STATISTICS", "FROM", Right::Own),
    ("CREATE TABLE", "PARTITION OF", Right::Own),
    ("CREATE TRIGGER", "ON", Right::Trigger),
    ("CREATE OR REPLACE TRIGGER", "ON", Right::Trigger),
    ("CREATE CONSTRAINT TRIGGER", "ON", Right::Trigger),
    ("ALTER TRIGGER", "ON", Right::Own),
    ("DROP TRIGGER", "ON", Right::Own),
    ("COMMENT ON CONSTRAINT", "ON", Right::Own),
    ("COMMENT ON TRIGGER", "ON", Right::Own),
    ("COMMENT ON POLICY", "ON", Right::Own),
];

/// After these words stand one or more.
const LISTS: [(&str, Right); 9] = [
    ("DROP TABLE", Right::Drop),
    ("DROP VIEW", Right::Drop),
    ("DROP MATERIALIZED VIEW", Right::Drop),
    ("DROP SEQUENCE", Right::Drop),
    ("DROP FOREIGN TABLE", Right::Drop),
    ("DROP INDEX CONCURRENTLY", Right::Drop),
    ("DROP INDEX", Right::Drop),
    ("TRUNCATE TABLE", Right::Truncate),
    ("TRUNCATE", Right::Truncate),
];

/// The table whose rows a statement changes.
const ROWS: [(&str, Right); 3] =
    [("INSERT INTO", Right::Insert), ("UPDATE", Right::Update), ("DELETE FROM", Right::Delete)];

/// Each by its name, and what the statement needs to do with it.
pub(in crate::impact) fn named(statement: &str) -> Vec<(Right, NameParts)> {
    let mut cursor = Cursor::new(statement.as_bytes(), StandardStrings::On);
    if cursor.eat("COMMENT ON COLUMN") {
        let mut table = name(&mut cursor);
        table.pop();
        return vec![(Right::Own, table)];
    }
    if let Some((_, before, right)) = OF_A_TABLE.iter().find(|(words, ..)| cursor.eat(words)) {
        return if cursor.find(before) { vec![(*right, name(&mut cursor))] } else { Vec::new() };
    }
    if let Some((_, right)) = LISTS.iter().find(|(words, _)| cursor.eat(words)) {
        return names(&mut cursor).into_iter().map(|name| (*right, name)).collect();
    }
    if let Some((_, right)) = ROWS.iter().find(|(words, _)| cursor.eat(words)) {
        return vec![(*right, name(&mut cursor))];
    }
    if cursor.eat("COPY") {
        let table = name(&mut cursor);
        return if cursor.find("FROM") { vec![(Right::Insert, table)] } else { Vec::new() };
    }
    if OF_ITS_OWNER.iter().any(|words| cursor.eat(words)) {
        return vec![(Right::Own, name(&mut cursor))];
    }
    Vec::new()
}

fn names(cursor: &mut Cursor<'_>) -> Vec<NameParts> {
    let mut names = vec![name(cursor)];
    while cursor.eat_sign(",") {
        names.push(name(cursor));
    }
    names
}

fn name(cursor: &mut Cursor<'_>) -> NameParts {
    cursor.eat("IF EXISTS");
    cursor.eat("ONLY");
    let mut parts = Vec::new();
    while let Some(part) = cursor.identifier() {
        parts.push(part);
        if !cursor.eat_sign(".") {
            break;
        }
    }
    // All partitions, or children: `t *`.
    cursor.eat_sign("*");
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_statement_changes_is_named_by_its_words() {
        let told = |sql: &str| -> Vec<String> {
            named(sql).into_iter().map(|(right, name)| format!("{right:?} {}", name.join("."))).collect()
        };
        for (sql, expected) in [
            ("ALTER TABLE IF EXISTS ONLY a.\"B\" ADD c int REFERENCES d", vec!["Own a.B"]),
            ("create unique index concurrently if not exists i on ONLY t (a)", vec!["Own t"]),
            ("CREATE INDEX ON t USING btree (a)", vec!["Own t"]),
            ("DROP TABLE IF EXISTS a, b.c CASCADE", vec!["Drop a", "Drop b.c"]),
            ("DROP INDEX CONCURRENTLY i", vec!["Drop i"]),
            ("TRUNCATE a, ONLY b", vec!["Truncate a", "Truncate b"]),
            (
                "CREATE TRIGGER x BEFORE INSERT OR UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f()",
                vec!["Trigger t"],
            ),
            ("COMMENT ON COLUMN s.t.c IS 'x'", vec!["Own s.t"]),
            ("COMMENT ON CONSTRAINT c ON t IS 'x'", vec!["Own t"]),
            ("CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING", vec!["Own t"]),
            ("CREATE TABLE p PARTITION OF t DEFAULT", vec!["Own t"]),
            ("CREATE TABLE p (a int)", vec![]),
            ("COPY t (a) FROM stdin", vec!["Insert t"]),
            ("COPY t TO stdout", vec![]),
            ("UPDATE ONLY t SET a = 1", vec!["Update t"]),
            ("SELECT 1", vec![]),
        ] {
            assert_eq!(told(sql), expected, "{sql}");
        }
    }
}
