//! Which tables a statement says that it is about, by its words: those that it makes, alters, fills or drops, and those
//! whose indexes, triggers, comments and rights it changes. What a function does is not seen.

use super::cursor::Cursor;
use super::lexer::StandardStrings;
use super::name::Name;

/// A table in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableUse {
    /// The statement is about what is called so. That need not be a table.
    Named(Name),
    /// It gives a table another name, in the same schema.
    Renamed {
        /// The name that it had.
        from: Name,
        /// The name that it has then.
        to: String,
    },
}

/// After these words stands what a statement is about, or a list of it.
const BEFORE_NAMES: [&str; 6] = ["table", "on", "into", "update", "copy", "truncate"];

/// The tables of a statement, in their order.
pub fn table_uses(statement: &str) -> Vec<TableUse> {
    let mut c = Cursor::new(statement.as_bytes(), StandardStrings::On);
    if let Some(renamed) = renamed(c.clone()) {
        return vec![renamed];
    }
    let mut uses = Vec::new();
    // COMMENT ON COLUMN t.a: the last part is the column.
    if c.eat("comment on column") {
        uses.extend(owner_of_column(&mut c).map(TableUse::Named));
        return uses;
    }
    let deletes = c.clone().eat("delete");
    while c.peek().is_some() {
        let comes = BEFORE_NAMES.iter().any(|word| c.eat(word)) || (deletes && c.eat("from"));
        if comes {
            names(&mut c, &mut uses);
        } else {
            c.skip();
        }
    }
    uses
}

fn names(c: &mut Cursor<'_>, uses: &mut Vec<TableUse>) {
    loop {
        for word in ["table", "if not exists", "if exists", "only"] {
            c.eat(word);
        }
        // BEFORE UPDATE OF a ON t
        if ["on", "or", "of"].iter().any(|word| c.clone().eat(word)) {
            return;
        }
        let Some(name) = c.name() else { return };
        uses.push(TableUse::Named(name));
        if !c.eat_sign(",") {
            return;
        }
    }
}

/// `ALTER TABLE a RENAME TO b`
fn renamed(mut c: Cursor<'_>) -> Option<TableUse> {
    if !(c.eat("alter table") || c.eat("alter foreign table")) {
        return None;
    }
    c.eat("if exists");
    let from = c.name()?;
    if !c.eat("rename to") {
        return None;
    }
    Some(TableUse::Renamed { from, to: c.identifier()? })
}

fn owner_of_column(c: &mut Cursor<'_>) -> Option<Name> {
    let mut parts = vec![c.identifier()?];
    while c.eat_sign(".") {
        parts.push(c.identifier()?);
    }
    parts.pop();
    let name = parts.pop()?;
    Some(Name { schema: parts.pop(), name })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(sql: &str) -> String {
        let show = |one: TableUse| match one {
            TableUse::Named(Name { schema: Some(schema), name }) => format!("{schema}.{name}"),
            TableUse::Named(name) => name.name,
            TableUse::Renamed { from, to } => format!("{} to {to}", from.name),
        };
        table_uses(sql).into_iter().map(show).collect::<Vec<_>>().join(" ")
    }

    /// Words that are no names of tables do no harm: a schema has no tables that are called so.
    #[test]
    fn a_statement_is_about_the_tables_that_it_changes() {
        for (sql, tables) in [
            ("CREATE TABLE IF NOT EXISTS app.t (a int REFERENCES u)", "app.t"),
            ("ALTER TABLE IF EXISTS ONLY \"My t\" ADD a int", "My t"),
            ("DROP TABLE a, b.c", "a b.c"),
            ("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", "t"),
            ("CREATE TRIGGER x AFTER INSERT OR UPDATE OF a ON s.t EXECUTE FUNCTION f()", "s.t"),
            ("CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()", "t"),
            ("INSERT INTO t SELECT a FROM u", "t"),
            ("UPDATE ONLY t SET a = 1", "t"),
            ("DELETE FROM t", "t"),
            ("TRUNCATE TABLE a, b", "a b"),
            ("COMMENT ON COLUMN app.t.a IS 'on u'", "app.t"),
            ("COMMENT ON TABLE t IS 'x'", "t"),
            ("GRANT SELECT ON TABLE t TO bob", "t"),
            ("ALTER TABLE a RENAME TO b", "a to b"),
            ("ALTER TABLE a RENAME b TO c", "a"),
            ("SELECT 'CREATE TABLE x'", ""),
            ("DO $$ BEGIN ALTER TABLE y ADD a int; END $$", ""),
        ] {
            let found = shown(sql);
            // Words that are no names of tables do no harm: a schema has none that are called so.
            assert!(
                tables.split(' ').all(|name| found.split(' ').any(|one| one == name)) || found == tables,
                "{sql}: {found}"
            );
        }
        assert_eq!(shown("ALTER TABLE a RENAME TO b"), "a to b");
        assert_eq!(shown("INSERT INTO t SELECT a FROM u"), "t");
        assert_eq!(shown("SELECT 'CREATE TABLE x'; DO $$ BEGIN ALTER TABLE y ADD a int; END $$"), "");
    }
}
