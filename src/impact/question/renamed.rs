//! What gets another name: within a stage, the names afterwards are those by which what was there before it is known, and the target
//! is asked by those that it has now.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{About, NewValue, Question};
use crate::catalog::{Catalog, Identity, Kind, Lineage, Object};
use crate::impact::identifiers::with_columns;
use crate::impact::names::{bare, parts, quoted};

/// A schema and the name of a table in it, without quotes.
type QualifiedName = (String, String);

/// What tables and columns are called before a stage, by what they are called after it.
#[derive(Debug, Default)]
pub(super) struct Renamed {
    /// The tables that have another name.
    tables: BTreeMap<QualifiedName, QualifiedName>,
    /// Columns of a table, by its name afterwards: those that have another name.
    columns: BTreeMap<QualifiedName, BTreeMap<String, String>>,
    /// Tables that are new.
    made_tables: BTreeSet<QualifiedName>,
    /// Columns that are new, with their table.
    made_columns: BTreeSet<(QualifiedName, String)>,
}

impl Renamed {
    /// By statements of which this came.
    pub fn by(lineage: &Lineage) -> Renamed {
        let mut renamed = Renamed::default();
        for (old, new) in lineage.renamed() {
            match old.kind {
                Kind::Table => renamed.tables.extend(table(&new.name).zip(table(&old.name))),
                Kind::Column => renamed.column_is(new, old),
                _ => {}
            }
        }
        for gone in &lineage.gone {
            match gone.kind {
                Kind::Table if lineage.is_taken_over(gone) => {
                    let aside = |(schema, name): QualifiedName| (schema, of_dropped(&name));
                    let old = table(&gone.name);
                    renamed.tables.extend(old.clone().map(aside).zip(old));
                }
                Kind::Column => renamed.set_aside(gone, lineage),
                _ => {}
            }
        }
        for made in &lineage.made {
            match made.kind {
                Kind::Table => renamed.made_tables.extend(table(&made.name)),
                Kind::Column => {
                    let of = made.of.as_deref().and_then(table);
                    renamed.made_columns.extend(of.map(|of| (of, bare(&made.name))));
                }
                _ => {}
            }
        }
        renamed
    }

    fn column_is(&mut self, new: &Identity, old: &Identity) {
        let (new_name, old_name) = (bare(&new.name), bare(&old.name));
        let of = new.of.as_deref().and_then(table).filter(|_| new_name != old_name);
        if let Some(of) = of {
            self.columns.entry(of).or_default().insert(new_name, old_name);
        }
    }

    /// A column that is gone, where its table is there and has another one of its name.
    fn set_aside(&mut self, gone: &Identity, lineage: &Lineage) {
        let of = gone.of.as_deref().map(super::table);
        let Some(of) = of.as_ref().and_then(|of| lineage.after(of)) else { return };
        let name = Identity { of: Some(of.name.clone()), ..gone.clone() };
        if let Some(of) = table(&of.name).filter(|_| lineage.is_taken_over(&name)) {
            let old = bare(&gone.name);
            self.columns.entry(of).or_default().insert(of_dropped(&old), old);
        }
    }

    /// Whether a table of a question is new.
    pub fn makes_table_of(&self, question: &Question) -> bool {
        question.tables().iter().any(|name| self.makes(name))
    }

    /// Whether a table is new.
    pub fn makes(&self, name: &str) -> bool {
        table(name).is_some_and(|table| self.made_tables.contains(&table))
    }

    /// Whether a column that a question looks at is new.
    pub fn makes_column_of(&self, question: &Question) -> bool {
        let of = table(&question.table);
        let mut columns = self.made_columns.iter().filter(|(table, _)| of.as_ref() == Some(table));
        columns.any(|(_, column)| question.about.looks_at(column))
    }

    /// Whether any name is another one afterwards.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.columns.is_empty()
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
        }
        for (after, columns) in &self.columns {
            let before = self.tables.get(after).unwrap_or(after);
            let columns = columns.iter().map(|(after, before)| (before.clone(), after.clone()));
            reversed.columns.insert(before.clone(), columns.collect());
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
            About::Orphans { name, columns, parent, parent_columns, deleted, parent_rows } => {
                About::Orphans {
                    name,
                    parent_rows,
                    columns: columns.into_iter().map(other).collect(),
                    parent_columns: parent_columns
                        .into_iter()
                        .map(|column| self.expression(&parent, &column))
                        .collect(),
                    deleted: deleted.iter().map(|condition| self.expression(&parent, condition)).collect(),
                    parent: self.table(&parent),
                }
            }
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

fn table(name: &str) -> Option<QualifiedName> {
    match <[String; 2]>::try_from(parts(name)) {
        Ok([schema, name]) => Some((schema, name)),
        Err(_) => None,
    }
}

/// What is gone has its name no more: something else has it.
fn of_dropped(name: &str) -> String {
    format!("{name} (dropped)")
}
