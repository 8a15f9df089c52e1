//! A part of a schema: some tables, and those around them.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{Column, DisplayName, Enum, Schema, Table};
use crate::ignore::matches;

/// A pattern that no table and no view is called by.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no table {pattern}")]
pub struct UnknownTable {
    /// As it was written.
    pub pattern: String,
    /// What is called much like it, the best first.
    pub similar: Vec<String>,
}

impl Schema {
    /// The tables and views that are called so (`tasks`, `app.tasks`, `app.*`; a partition stands for its table), with the
    /// tables that foreign keys join to them in this many steps, and the enums that these use.
    ///
    /// # Errors
    /// Where a pattern fits nothing.
    pub fn only(&self, patterns: &[String], depth: usize) -> Result<Schema, UnknownTable> {
        for pattern in patterns {
            if !self.names().any(|name| name.fits(pattern)) {
                return Err(self.unknown(pattern));
            }
        }
        let is_named = |name: &DisplayName| patterns.iter().any(|pattern| name.fits(pattern));
        let is_chosen = |table: &&Table| is_named(&table.name) || table.partitions.iter().any(is_named);
        let named = self.tables.iter().filter(is_chosen).map(|table| table.name.clone());
        let tables = self.around(named.collect(), depth);
        Ok(self.with_tables(&tables, is_named))
    }

    /// These tables, with the tables that foreign keys join to them in this many steps.
    pub fn around(&self, mut tables: BTreeSet<DisplayName>, depth: usize) -> BTreeSet<DisplayName> {
        for _ in 0..depth {
            let before = tables.len();
            let joined: Vec<DisplayName> = self
                .tables
                .iter()
                .flat_map(|child| {
                    child.foreign_keys.iter().map(move |key| (&child.name, &key.references.table))
                })
                .filter(|(child, parent)| tables.contains(child) != tables.contains(parent))
                .flat_map(|(child, parent)| [child.clone(), parent.clone()])
                .collect();
            tables.extend(joined);
            if tables.len() == before {
                break;
            }
        }
        tables
    }

    /// Of these tables alone, with these views. Functions belong to no table and are left out.
    pub fn with_tables(
        &self,
        tables: &BTreeSet<DisplayName>,
        has_view: impl Fn(&DisplayName) -> bool,
    ) -> Schema {
        let mut part = Schema {
            tables: self.tables.iter().filter(|table| tables.contains(&table.name)).cloned().collect(),
            many_to_many: self
                .many_to_many
                .iter()
                .filter(|link| tables.contains(&link.through))
                .cloned()
                .collect(),
            views: self.views.iter().filter(|view| has_view(&view.name)).cloned().collect(),
            ..Schema::default()
        };
        let columns = part.tables.iter().flat_map(|table| &table.columns);
        let columns = columns.chain(part.views.iter().flat_map(|view| &view.columns));
        let used: BTreeSet<&DisplayName> =
            columns.filter_map(|column| Some(&self.enum_of(column)?.name)).collect();
        part.enums = self.enums.iter().filter(|of| used.contains(&of.name)).cloned().collect();
        part
    }

    /// The enum that is the type of a column, or of the elements of its array.
    pub fn enum_of(&self, column: &Column) -> Option<&Enum> {
        let name = DisplayName::from_sql(column.data_type.trim_end_matches("[]"));
        self.enums.iter().find(|of| of.name == name)
    }

    fn names(&self) -> impl Iterator<Item = &DisplayName> {
        let tables =
            self.tables.iter().flat_map(|table| std::iter::once(&table.name).chain(&table.partitions));
        tables.chain(self.views.iter().map(|view| &view.name))
    }

    fn unknown(&self, pattern: &str) -> UnknownTable {
        let names: Vec<String> = self.names().map(DisplayName::to_string).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let similar = similar::get_close_matches(pattern, &names, 3, 0.6);
        UnknownTable {
            pattern: pattern.to_owned(),
            similar: similar.into_iter().map(str::to_owned).collect(),
        }
    }
}

impl DisplayName {
    /// Whether it is called so: with its schema or without, with SQL's quotes or without. `*` stands for any text.
    fn fits(&self, pattern: &str) -> bool {
        let DisplayName { schema, name } = self;
        [name.clone(), format!("{schema}.{name}"), self.to_string()]
            .iter()
            .any(|called| matches(pattern, called))
    }
}
