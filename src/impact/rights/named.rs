//! The relations that a statement names, and what one may do to each only with a right.

use super::{Right, roles};
use crate::impact::names::{begins, mentions};
use crate::impact::table_actions::table_actions;
use crate::migration::sql::{Cursor, StandardStrings, TokenKind, assigned_columns};

/// A name in its parts, without quotes.
pub(in crate::impact) type NameParts = Vec<String>;

/// A relation, and what a statement needs to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::impact) struct NamedRelation {
    pub right: Right,
    pub name: NameParts,
    /// On each of these columns; none where any will do.
    pub columns: Vec<String>,
    /// The role that becomes its owner.
    pub new_owner: Option<String>,
    /// Whether the right is one on its schema.
    pub is_of_schema: bool,
}

impl NamedRelation {
    fn new(right: Right, name: NameParts) -> NamedRelation {
        NamedRelation { right, name, columns: Vec::new(), new_owner: None, is_of_schema: false }
    }

    /// Something new beside it.
    fn beside(name: NameParts) -> NamedRelation {
        NamedRelation { is_of_schema: true, ..NamedRelation::new(Right::Create, name) }
    }
}

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
const OF_A_TABLE: [(&str, &str, Right); 19] = [
    ("CREATE INDEX", "ON", Right::Own),
    ("CREATE UNIQUE INDEX", "ON", Right::Own),
    ("CREATE POLICY", "ON", Right::Own),
    ("ALTER POLICY", "ON", Right::Own),
    ("DROP POLICY", "ON", Right::Own),
    ("CREATE RULE", "TO", Right::Own),
    ("CREATE OR REPLACE RULE", "TO", Right::Own),
    ("DROP RULE", "ON", Right::Own),
    ("CREATE STATISTICS", "FROM", Right::Own),
    ("CREATE PUBLICATION", "FOR TABLE", Right::Own),
    ("CREATE TRIGGER", "ON", Right::Trigger),
    ("CREATE OR REPLACE TRIGGER", "ON", Right::Trigger),
    ("CREATE CONSTRAINT TRIGGER", "ON", Right::Trigger),
    ("ALTER TRIGGER", "ON", Right::Own),
    ("DROP TRIGGER", "ON", Right::Own),
    ("COMMENT ON CONSTRAINT", "ON", Right::Own),
    ("COMMENT ON TRIGGER", "ON", Right::Own),
    ("COMMENT ON POLICY", "ON", Right::Own),
    ("REINDEX", "TABLE", Right::Maintain),
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

/// Each by its name, and what the statement needs to do with it.
pub(in crate::impact) fn named(statement: &str) -> Vec<NamedRelation> {
    let mut cursor = Cursor::new(statement.as_bytes(), StandardStrings::On);
    if cursor.eat("COMMENT ON COLUMN") {
        let mut table = name(&mut cursor);
        table.pop();
        return vec![NamedRelation::new(Right::Own, table)];
    }
    if let Some((words, before, right)) = OF_A_TABLE.iter().find(|(words, ..)| cursor.eat(words)) {
        let table = if cursor.find(before) { name(&mut cursor) } else { return Vec::new() };
        let is_index = words.ends_with("INDEX") && begins(statement, "CREATE");
        let new = is_index.then(|| NamedRelation::beside(table.clone()));
        return [NamedRelation::new(*right, table)].into_iter().chain(new).collect();
    }
    if let Some((_, right)) = LISTS.iter().find(|(words, _)| cursor.eat(words)) {
        return names(&mut cursor).into_iter().map(|name| NamedRelation::new(*right, name)).collect();
    }
    if cursor.eat("CREATE TABLE") {
        return tables_above(&mut cursor);
    }
    if cursor.eat("REFRESH MATERIALIZED VIEW") {
        cursor.eat("CONCURRENTLY");
        return vec![NamedRelation::new(Right::Maintain, name(&mut cursor))];
    }
    if cursor.eat("LOCK") {
        cursor.eat("TABLE");
        return locked(&mut cursor);
    }
    if cursor.eat("COPY") {
        let table = name(&mut cursor);
        let columns = columns(&mut cursor);
        let is_from = cursor.find("FROM");
        return is_from
            .then(|| NamedRelation { columns, ..NamedRelation::new(Right::Insert, table) })
            .into_iter()
            .collect();
    }
    if OF_ITS_OWNER.iter().any(|words| cursor.eat(words)) {
        let table = name(&mut cursor);
        return of_its_owner(statement, table, &mut cursor);
    }
    changed_rows(statement, cursor)
}

/// What a statement needs that only the owner may run. The cursor stands after the name.
fn of_its_owner(statement: &str, table: NameParts, cursor: &mut Cursor<'_>) -> Vec<NamedRelation> {
    let mut all = vec![NamedRelation::new(Right::Own, table.clone())];
    if cursor.eat("RENAME TO") || begins(statement, "CREATE") {
        all.push(NamedRelation::beside(table));
        return all;
    }
    let actions = table_actions(statement);
    let actions = if actions.is_empty() { vec![cursor.rest()] } else { actions };
    for action in actions {
        let mut cursor = Cursor::new(action.as_bytes(), StandardStrings::On);
        if cursor.eat("OWNER TO") {
            let role = roles::role(&mut cursor);
            let to =
                |right| NamedRelation { new_owner: role.clone(), ..NamedRelation::new(right, table.clone()) };
            all.extend(role.iter().flat_map(|_| [to(Right::GiveAway), to(Right::TakeOver)]));
        } else if ["INHERIT", "NO INHERIT", "ATTACH PARTITION"].iter().any(|words| cursor.eat(words)) {
            all.push(NamedRelation::new(Right::Own, name(&mut cursor)));
        } else if makes_sequence(action) || makes_index(action) {
            all.push(NamedRelation::beside(table.clone()));
        }
    }
    all
}

/// Whether an action makes a sequence beside the table.
fn makes_sequence(action: &str) -> bool {
    const SERIAL: [&str; 6] = ["serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"];
    let mut cursor = Cursor::new(action.as_bytes(), StandardStrings::On);
    if cursor.eat("ALTER") {
        return cursor.find("ADD GENERATED") && mentions(action, "IDENTITY");
    }
    if !cursor.eat("ADD") || cursor.eat("CONSTRAINT") {
        return false;
    }
    cursor.eat("COLUMN");
    // It makes none where the column is there.
    let is_certain = !cursor.eat("IF NOT EXISTS") && cursor.identifier().is_some();
    let is_serial = cursor.clone().identifier().is_some_and(|name| SERIAL.contains(&name.as_str()));
    is_certain && (is_serial || cursor.find("AS IDENTITY"))
}

/// Whether an action makes the index of a key beside the table.
fn makes_index(action: &str) -> bool {
    let mut cursor = Cursor::new(action.as_bytes(), StandardStrings::On);
    let keys = ["PRIMARY KEY", "UNIQUE", "EXCLUDE"];
    if !cursor.eat("ADD") || cursor.clone().find("USING INDEX") {
        return false;
    }
    if cursor.eat("CONSTRAINT") {
        cursor.identifier();
    } else if !keys.iter().any(|words| cursor.clone().eat(words)) {
        cursor.eat("COLUMN");
        // It makes none where the column is there.
        let is_certain = !cursor.eat("IF NOT EXISTS") && cursor.identifier().is_some();
        return is_certain && ["PRIMARY KEY", "UNIQUE"].iter().any(|words| cursor.clone().find(words));
    }
    keys.iter().any(|words| cursor.clone().eat(words))
}

/// The tables that a new one is a partition or a child of.
fn tables_above(cursor: &mut Cursor<'_>) -> Vec<NamedRelation> {
    let mut child = cursor.clone();
    if child.find("INHERITS") && child.eat_sign("(") {
        return names(&mut child).into_iter().map(|name| NamedRelation::new(Right::Own, name)).collect();
    }
    if cursor.find("PARTITION OF") { vec![NamedRelation::new(Right::Own, name(cursor))] } else { Vec::new() }
}

/// The tables of `LOCK a, b IN … MODE`, in a mode for which changing rows is not enough.
fn locked(cursor: &mut Cursor<'_>) -> Vec<NamedRelation> {
    let tables = names(cursor);
    let weak = ["IN ACCESS SHARE", "IN ROW SHARE", "IN ROW EXCLUSIVE"];
    if weak.iter().any(|mode| cursor.eat(mode)) {
        return Vec::new();
    }
    tables.into_iter().map(|name| NamedRelation::new(Right::Lock, name)).collect()
}

/// The tables whose rows a statement changes, also within `WITH`.
fn changed_rows(statement: &str, mut cursor: Cursor<'_>) -> Vec<NamedRelation> {
    const CHANGING: [&str; 5] = ["INSERT", "UPDATE", "DELETE", "MERGE", "WITH"];
    let mut all = Vec::new();
    if !CHANGING.iter().any(|word| begins(statement, word)) {
        return all;
    }
    // A change begins the statement, or a parenthesis, or follows one: what stands after FOR or DO does not.
    let mut may_begin = true;
    while let Some((kind, _)) = cursor.peek() {
        if may_begin && cursor.eat("INSERT INTO") {
            all.extend(inserted(statement, &mut cursor));
        } else if may_begin && cursor.eat("UPDATE") {
            all.push(updated(statement, name(&mut cursor)));
        } else if may_begin && cursor.eat("DELETE FROM") {
            all.push(NamedRelation::new(Right::Delete, name(&mut cursor)));
        } else if may_begin && cursor.eat("MERGE INTO") {
            let table = name(&mut cursor);
            let does = |words: &str| cursor.clone().find(words);
            all.extend(does("THEN UPDATE").then(|| updated(statement, table.clone())));
            all.extend(does("THEN DELETE").then(|| NamedRelation::new(Right::Delete, table.clone())));
            all.extend(does("THEN INSERT").then(|| NamedRelation::new(Right::Insert, table)));
        } else {
            cursor.skip();
        }
        may_begin = matches!(kind, TokenKind::OpenParenthesis | TokenKind::CloseParenthesis);
    }
    all
}

fn inserted(statement: &str, cursor: &mut Cursor<'_>) -> Vec<NamedRelation> {
    let table = name(cursor);
    if cursor.eat("AS") {
        cursor.identifier();
    }
    let columns = columns(cursor);
    let updates = cursor.clone().find("DO UPDATE SET").then(|| updated(statement, table.clone()));
    [NamedRelation { columns, ..NamedRelation::new(Right::Insert, table) }]
        .into_iter()
        .chain(updates)
        .collect()
}

fn updated(statement: &str, table: NameParts) -> NamedRelation {
    let assigned = assigned_columns(statement, StandardStrings::On).into_iter();
    let of_table = assigned.filter(|one| Some(&one.table.name) == table.last());
    let columns = of_table.map(|one| one.column).collect();
    NamedRelation { columns, ..NamedRelation::new(Right::Update, table) }
}

/// The columns in parentheses that come next. A query stands in some as well.
fn columns(cursor: &mut Cursor<'_>) -> Vec<String> {
    let mut ahead = cursor.clone();
    let mut columns = Vec::new();
    if !ahead.eat_sign("(")
        || ["SELECT", "WITH", "VALUES", "TABLE"].iter().any(|word| ahead.clone().eat(word))
    {
        return columns;
    }
    while let Some(column) = ahead.identifier() {
        columns.push(column);
        if !ahead.eat_sign(",") {
            break;
        }
    }
    if ahead.eat_sign(")") { columns } else { Vec::new() }
}

fn names(cursor: &mut Cursor<'_>) -> Vec<NameParts> {
    let mut names = vec![name(cursor)];
    while cursor.eat_sign(",") {
        names.push(name(cursor));
    }
    names
}

fn name(cursor: &mut Cursor<'_>) -> NameParts {
    cursor.eat("CONCURRENTLY");
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
            let told = |one: &NamedRelation| {
                let of = if one.is_of_schema { " beside" } else { "" };
                let columns =
                    if one.columns.is_empty() { String::new() } else { format!(" {:?}", one.columns) };
                let to = one.new_owner.as_ref().map(|role| format!(" to {role}")).unwrap_or_default();
                format!("{:?}{of} {}{columns}{to}", one.right, one.name.join("."))
            };
            named(sql).iter().map(told).collect()
        };
        for (sql, expected) in [
            ("ALTER TABLE IF EXISTS ONLY a.\"B\" ADD c int REFERENCES d", vec!["Own a.B"]),
            (
                "create unique index concurrently if not exists i on ONLY t (a)",
                vec!["Own t", "Create beside t"],
            ),
            ("CREATE INDEX ON t USING btree (a)", vec!["Own t", "Create beside t"]),
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
            ("COPY t (a, b) FROM stdin", vec!["Insert t [\"a\", \"b\"]"]),
            ("COPY t TO stdout", vec![]),
            ("UPDATE ONLY t SET a = 1", vec!["Update t [\"a\"]"]),
            ("UPDATE t AS u SET (a, b) = (1, 2) WHERE c = 3", vec!["Update t [\"a\", \"b\"]"]),
            (
                "INSERT INTO t AS u (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1",
                vec!["Insert t [\"a\"]", "Update t [\"b\"]"],
            ),
            ("INSERT INTO t (SELECT 1)", vec!["Insert t"]),
            ("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", vec!["Insert t"]),
            (
                "WITH d AS (DELETE FROM t RETURNING *), l AS (SELECT FROM x FOR UPDATE) INSERT INTO u SELECT FROM d",
                vec!["Delete t", "Insert u"],
            ),
            ("WITH x AS (SELECT 1) SELECT * FROM t FOR UPDATE", vec![]),
            (
                "MERGE INTO t USING s ON a = b WHEN MATCHED THEN UPDATE SET c = 1 WHEN NOT MATCHED THEN INSERT VALUES (1)",
                vec!["Update t [\"c\"]", "Insert t"],
            ),
            ("ALTER TABLE t RENAME TO u", vec!["Own t", "Create beside t"]),
            ("ALTER TABLE t RENAME a TO b", vec!["Own t"]),
            (
                "ALTER TABLE t ADD a bigserial, OWNER TO r",
                vec!["Own t", "Create beside t", "GiveAway t to r", "TakeOver t to r"],
            ),
            ("ALTER TABLE t ADD COLUMN a int GENERATED ALWAYS AS IDENTITY", vec!["Own t", "Create beside t"]),
            ("ALTER TABLE t ALTER a ADD GENERATED BY DEFAULT AS IDENTITY", vec!["Own t", "Create beside t"]),
            ("ALTER TABLE t ADD a int GENERATED ALWAYS AS (b + 1) STORED", vec!["Own t"]),
            ("ALTER TABLE t ADD COLUMN IF NOT EXISTS a serial", vec!["Own t"]),
            ("ALTER TABLE t ADD CONSTRAINT k UNIQUE (a)", vec!["Own t", "Create beside t"]),
            ("ALTER TABLE t ADD UNIQUE (a), ADD b int", vec!["Own t", "Create beside t"]),
            ("ALTER TABLE t ADD COLUMN a int PRIMARY KEY", vec!["Own t", "Create beside t"]),
            ("ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0)", vec!["Own t"]),
            ("ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX i", vec!["Own t"]),
            ("ALTER VIEW v OWNER TO CURRENT_USER", vec!["Own v"]),
            ("ALTER TABLE t ATTACH PARTITION p DEFAULT", vec!["Own t", "Own p"]),
            ("CREATE TABLE a (b int) INHERITS (t, s.u)", vec!["Own t", "Own s.u"]),
            ("CREATE OR REPLACE VIEW v AS SELECT 1", vec!["Own v", "Create beside v"]),
            ("REFRESH MATERIALIZED VIEW CONCURRENTLY v", vec!["Maintain v"]),
            ("REINDEX (VERBOSE) TABLE CONCURRENTLY t", vec!["Maintain t"]),
            ("LOCK t, u", vec!["Lock t", "Lock u"]),
            ("LOCK TABLE t IN ROW EXCLUSIVE MODE", vec![]),
            ("CREATE PUBLICATION p FOR TABLE t", vec!["Own t"]),
            ("SELECT 1", vec![]),
        ] {
            assert_eq!(told(sql), expected, "{sql}");
        }
    }
}
