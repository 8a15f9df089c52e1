//! Tables that pending halves make and fill with the rows of the table whose name they take.

use super::names::{bare, mentions, parts, says};
use super::rights::named;
use super::sequence_settings::{SequenceNamed, settings};
use super::{FileTrace, Right, RowWork, StatementTrace};
use crate::catalog::{Catalog, Identity, Kind};
use crate::migration::sql::{Cursor, StandardStrings};

/// A table that takes the name of a table of the target in the last of these halves.
pub(super) struct StandIn<'h, 'a> {
    halves: &'h [&'a FileTrace],
    table: &'a Identity,
    /// What it has been called so far, without schemas.
    names: Vec<String>,
}

impl<'h, 'a> StandIn<'h, 'a> {
    pub fn of(halves: &'h [&'a FileTrace]) -> Vec<StandIn<'h, 'a>> {
        let Some((half, target)) = halves.last().zip(target(halves)) else { return Vec::new() };
        let lineage = &half.lineage;
        let gone = lineage.gone.iter().chain(lineage.renamed().map(|(old, _)| old));
        let replaced = gone.filter(|old| {
            let there = halves.iter().rev().skip(1).try_fold(*old, |one, half| half.lineage.before(one));
            let new = halves.iter().rev().try_fold(*old, |one, half| half.lineage.before(one));
            old.kind == Kind::Table
                && lineage.is_taken_over(old)
                && there == Some(old)
                && target.objects.contains_key(*old)
                && new.is_none()
        });
        replaced.map(|table| StandIn { halves, table, names: names(halves, "TABLE", &table.name) }).collect()
    }

    pub fn table(&self) -> &'a Identity {
        self.table
    }

    /// The statement that fills this column of it with values of the table before, by its number, if it is one of the last half;
    /// `None` where no statement does.
    pub fn filled_by(&self, column: &str) -> Option<Option<usize>> {
        let (last, earlier) = self.halves.split_last()?;
        let own = last.statements.iter().rposition(|one| self.fills(one, column));
        let before = || earlier.iter().flat_map(|half| &half.statements).any(|one| self.fills(one, column));
        own.map(Some).or_else(|| before().then_some(None))
    }

    /// Whether a statement may set the sequence of a column of it.
    pub fn may_be_set(&self, column: &str, sequence: &str) -> bool {
        let sequences = names(self.halves, "SEQUENCE", sequence);
        let statements = self.halves.iter().flat_map(|half| &half.statements);
        statements.flat_map(|one| settings(&one.text)).any(|setting| match setting.sequence {
            SequenceNamed::ByName(name) => sequences.contains(&name.name),
            SequenceNamed::OfColumn(table, other) => {
                self.names.contains(&table.name) && other == bare(column)
            }
            SequenceNamed::Any => true,
        })
    }

    fn fills(&self, statement: &StatementTrace, column: &str) -> bool {
        let old = parts(&self.table.name);
        let reads_old = statement.work.iter().any(|work| match work {
            RowWork::Query(table) | RowWork::Scan(table) => {
                let name = table.on_target.as_ref();
                name.is_some_and(|name| [&name.schema, &name.name].into_iter().eq(&old))
            }
            _ => false,
        });
        reads_old && (self.is_made_by(&statement.text) || self.gets_values(&statement.text, column))
    }

    /// `CREATE TABLE … AS`.
    fn is_made_by(&self, text: &str) -> bool {
        let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
        let creates = cursor.eat("CREATE TABLE") || cursor.eat("CREATE UNLOGGED TABLE");
        cursor.eat("IF NOT EXISTS");
        creates && cursor.name().is_some_and(|name| self.names.contains(&name.name))
    }

    fn gets_values(&self, text: &str, column: &str) -> bool {
        named(text).iter().any(|one| {
            one.right == Right::Insert
                && one.name.last().is_some_and(|name| self.names.contains(name))
                && (one.columns.is_empty() || one.columns.contains(&bare(column)))
                && !says(text, "OVERRIDING USER VALUE")
                && !mentions(text, "nextval")
        })
    }
}

/// The schema before all of them.
fn target<'a>(halves: &[&'a FileTrace]) -> Option<&'a Catalog> {
    Some(&halves.first()?.stages.first()?.before)
}

/// What something is called at the end, and what statements say that it was called before: no catalog shows the names in between.
fn names(halves: &[&FileTrace], kind: &str, name: &str) -> Vec<String> {
    let mut names = vec![bare(name)];
    for statement in halves.iter().rev().flat_map(|half| half.statements.iter().rev()) {
        let mut cursor = Cursor::new(statement.text.as_bytes(), StandardStrings::On);
        if !cursor.eat("ALTER") || !cursor.eat(kind) {
            continue;
        }
        cursor.eat("IF EXISTS");
        let old = cursor.name().map(|name| name.name);
        let new = cursor.eat("RENAME TO").then(|| cursor.identifier()).flatten();
        if new.is_some() && new.as_ref() == names.last() {
            names.extend(old);
        }
    }
    names
}
