//! What gets another name: within a half, the names afterwards are those by which what was there before it is known, and the target
//! is asked by those that it has now.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::statements::{NamedTable, Renaming};
use super::{About, NewValue, Question, Statements};
use crate::catalog::{Catalog, Change, Identity, Item, Kind, Object};
use crate::impact::FileTrace;
use crate::impact::identifiers::with_columns;
use crate::impact::names::{bare, parts, quoted};

/// A schema and the name of a table in it, without quotes.
type Table = (String, String);

/// What tables and columns are called before a half, by what they are called after it.
#[derive(Debug, Default)]
pub(super) struct Renamed {
    tables: BTreeMap<Table, Table>,
    /// Columns of a table, by its name afterwards.
    columns: BTreeMap<Table, BTreeMap<String, String>>,
}

impl Renamed {
    /// By a half before which there was this.
    pub fn by(statements: &Statements, before: &Catalog) -> Renamed {
        let tables = before.objects.keys().filter(|identity| identity.kind == Kind::Table);
        let tables = tables.filter_map(|identity| table(&identity.name));
        let columns = before.objects.keys().filter(|identity| identity.kind == Kind::Column);
        let columns = columns.filter_map(|column| Some((table(column.of.as_deref()?)?, bare(&column.name))));
        Renamed::replayed(statements, tables, columns)
    }

    /// By a half of which the difference is known: a table that it has made under a name and given another one was not there.
    fn by_earlier(half: &FileTrace) -> Renamed {
        let statements = Statements::of(half);
        let new_names: Vec<&String> = statements
            .renamings
            .iter()
            .filter_map(|renaming| match renaming {
                Renaming::Table { new, .. } => Some(new),
                _ => None,
            })
            .collect();
        let was_there = |item: &&Item| {
            item.identity.kind == Kind::Table
                && match item.change {
                    Change::Added { .. } => false,
                    Change::Removed { .. } => true,
                    Change::Changed { .. } => new_names.contains(&&bare(&item.identity.name)),
                }
        };
        let items = half.difference.items.iter();
        let gone = items.filter(was_there).filter_map(|item| table(&item.identity.name));
        // A column that gets another name is in a table of which nothing else may have changed.
        let named = statements.renamings.iter().filter_map(|renaming| match renaming {
            Renaming::Column { table, .. } => {
                let items = half.difference.items.iter();
                let mut of = items.filter_map(|item| self::table(item.identity.of.as_deref()?));
                of.find(|of| is_named(table, of))
            }
            _ => None,
        });
        Renamed::replayed(&statements, gone.chain(named), [])
    }

    /// By statements, one after another, where these tables and columns were there.
    fn replayed(
        statements: &Statements,
        tables: impl IntoIterator<Item = Table>,
        columns: impl IntoIterator<Item = (Table, String)>,
    ) -> Renamed {
        if statements.renamings.is_empty() {
            return Renamed::default();
        }
        let mut renamed = Renamed::default();
        renamed.tables.extend(tables.into_iter().map(|table| (table.clone(), table)));
        for (table, column) in columns {
            renamed.columns.entry(table).or_default().insert(column.clone(), column);
        }
        for renaming in &statements.renamings {
            renamed.replay(renaming);
        }
        renamed
    }

    fn replay(&mut self, renaming: &Renaming) {
        match renaming {
            Renaming::Schema { old, new } => {
                let all: Vec<Table> =
                    self.tables.keys().filter(|(schema, _)| schema == old).cloned().collect();
                for from in all {
                    let to = (new.clone(), from.1.clone());
                    self.move_table(&from, to);
                }
            }
            Renaming::Table { table, new } => {
                if let Some(from) = self.find(table) {
                    let to = (from.0.clone(), new.clone());
                    self.move_table(&from, to);
                }
            }
            Renaming::Moved { table, schema } => {
                if let Some(from) = self.find(table) {
                    let to = (schema.clone(), from.1.clone());
                    self.move_table(&from, to);
                }
            }
            Renaming::Column { table, old, new } => {
                let Some(table) = self.find(table) else { return };
                let columns = self.columns.entry(table).or_default();
                let before = columns.remove(old).unwrap_or_else(|| old.clone());
                // What has this name must have been dropped.
                if let Some(dropped) = columns.insert(new.clone(), before) {
                    columns.insert(of_dropped(&dropped), dropped);
                }
            }
        }
    }

    /// The table that is called so by now. Without a schema, the one in `public` comes first.
    fn find(&self, named: &NamedTable) -> Option<Table> {
        let all = || self.tables.keys().filter(|table| is_named(named, table));
        all().find(|(schema, _)| schema == "public").or_else(|| all().next()).cloned()
    }

    fn move_table(&mut self, from: &Table, to: Table) {
        let (Some(before), columns) = (self.tables.remove(from), self.columns.remove(from)) else { return };
        let of_moved_away = self.columns.remove(&to);
        if let Some(dropped) = self.tables.insert(to.clone(), before) {
            let aside = (to.0.clone(), of_dropped(&to.1));
            self.columns.extend(of_moved_away.map(|columns| (aside.clone(), columns)));
            self.tables.insert(aside, dropped);
        }
        self.columns.extend(columns.map(|columns| (to, columns)));
    }

    /// Whether any name is another one afterwards.
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(|(after, before)| after == before)
            && self.columns.values().flatten().all(|(after, before)| after == before)
    }

    /// What was there, by its names afterwards.
    pub fn catalog(&self, before: &Catalog) -> Catalog {
        let after = self.reversed();
        let objects = before.objects.iter().map(|(identity, object)| after.object(identity, object));
        Catalog { objects: objects.collect() }
    }

    /// From the names before to those afterwards.
    fn reversed(&self) -> Renamed {
        let mut reversed = Renamed::default();
        for (after, before) in &self.tables {
            reversed.tables.insert(before.clone(), after.clone());
            if let Some(columns) = self.columns.get(after) {
                let columns = columns.iter().map(|(after, before)| (before.clone(), after.clone()));
                reversed.columns.insert(before.clone(), columns.collect());
            }
        }
        reversed
    }

    fn object(&self, identity: &Arc<Identity>, object: &Arc<Object>) -> (Arc<Identity>, Arc<Object>) {
        let of = identity.of.as_deref();
        let table = match identity.kind {
            Kind::Table => Some(identity.name.as_str()),
            Kind::Column | Kind::Constraint | Kind::Index => of,
            _ => None,
        };
        let Some(table) = table.filter(|table| self::table(table).is_some()) else {
            return (Arc::clone(identity), Arc::clone(object));
        };
        let name = match identity.kind {
            Kind::Table => self.table(&identity.name),
            Kind::Column => self.column(table, &identity.name),
            _ => identity.name.clone(),
        };
        let renamed = Identity { kind: identity.kind, of: of.map(|of| self.table(of)), name };
        let attributes = object.attributes.iter();
        let attributes =
            attributes.map(|(name, value)| (name.clone(), self.attribute(table, object, name, value)));
        (Arc::new(renamed), Arc::new(Object { attributes: attributes.collect() }))
    }

    fn attribute(&self, table: &str, object: &Object, name: &str, value: &str) -> String {
        let list = |all: Vec<String>| serde_json::to_string(&all).unwrap_or_default();
        let bare_columns = |of: &str| {
            let columns = object.list(name);
            list(columns.iter().map(|column| self.in_list(of, column)).collect())
        };
        match name {
            "columns" => bare_columns(table),
            "referenced columns" => bare_columns(object.get("references").unwrap_or_default()),
            "references" => self.table(value),
            "inherits" => list(object.list(name).iter().map(|whole| self.table(whole)).collect()),
            "definition" => {
                let whole = format!(" ON {table} USING ");
                let value = value.replace(&whole, &format!(" ON {} USING ", self.table(table)));
                self.expression(table, &value)
            }
            "predicate" | "generated" | "partition by" => self.expression(table, value),
            _ => value.to_owned(),
        }
    }

    /// A list holds the names of columns as they are, and expressions of an index as SQL writes them.
    fn in_list(&self, table: &str, column: &str) -> String {
        let columns = self::table(table).and_then(|table| self.columns.get(&table));
        let known = columns.and_then(|columns| columns.get(column));
        known.cloned().unwrap_or_else(|| self.expression(table, column))
    }

    /// Another name of a table, both as SQL writes them.
    fn table(&self, name: &str) -> String {
        let other = self::table(name).and_then(|own| self.tables.get(&own).filter(|other| **other != own));
        other.map_or_else(|| name.to_owned(), |(schema, name)| format!("{}.{}", quoted(schema), quoted(name)))
    }

    fn column(&self, table: &str, name: &str) -> String {
        let own = bare(name);
        let other = self::table(table).and_then(|table| self.columns.get(&table)?.get(&own));
        other.filter(|other| **other != own).map_or_else(|| name.to_owned(), |other| quoted(other))
    }

    /// Another name of a column, both without quotes.
    fn bare_column(&self, table: &str, name: String) -> String {
        let columns = self::table(table).and_then(|table| self.columns.get(&table));
        columns.and_then(|columns| columns.get(&name)).cloned().unwrap_or(name)
    }

    /// An expression over the columns of a table, by other names.
    fn expression(&self, table: &str, sql: &str) -> String {
        let Some(columns) = self::table(table).and_then(|table| self.columns.get(&table)) else {
            return sql.to_owned();
        };
        let other = |name: &str| columns.get(name).filter(|other| *other != name).map(|other| quoted(other));
        with_columns(sql, other)
    }

    /// The same question by the names before.
    pub fn undone(&self, question: Question) -> Question {
        let table = question.table.as_str();
        let other = |sql: String| self.expression(table, &sql);
        let about = match question.about {
            About::Orphans { name, columns, parent, parent_columns } => About::Orphans {
                name,
                columns: columns.into_iter().map(other).collect(),
                parent_columns: parent_columns
                    .into_iter()
                    .map(|column| self.expression(&parent, &column))
                    .collect(),
                parent: self.table(&parent),
            },
            about => about.with_columns(other),
        };
        let new_values = question
            .new_values
            .into_iter()
            .map(|new| NewValue { column: self.bare_column(table, new.column), value: other(new.value) })
            .collect();
        Question { table: self.table(table), about, new_values, ..question }
    }
}

/// The question by the names that the target has now, before the earlier halves run.
pub(super) fn on_target(question: Question, earlier: &[FileTrace]) -> Question {
    earlier.iter().rev().fold(question, |question, half| Renamed::by_earlier(half).undone(question))
}

fn table(name: &str) -> Option<Table> {
    match <[String; 2]>::try_from(parts(name)) {
        Ok([schema, name]) => Some((schema, name)),
        Err(_) => None,
    }
}

fn is_named(named: &NamedTable, (schema, name): &Table) -> bool {
    named.name == *name && named.schema.as_ref().is_none_or(|named| named == schema)
}

/// What is gone has its name no more: something else has it.
fn of_dropped(name: &str) -> String {
    format!("{name} (dropped)")
}
