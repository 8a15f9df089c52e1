//! What a schema asks of the rows of its tables, as far as it matters for filling them.

use super::types::Type;

/// A table that can be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Qualified and quoted, as SQL names it.
    pub sql: String,
    /// Whether it consists of partitions.
    pub is_partitioned: bool,
    /// Whether an extension has made it.
    pub is_of_an_extension: bool,
    /// How many rows it has; `None` where that was not asked.
    pub rows: Option<u64>,
    /// The columns, in their order.
    pub columns: Vec<Column>,
    /// Primary keys, unique constraints and unique indexes.
    pub keys: Vec<Key>,
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// Checks, those of domains, and what the partitions take, each as an expression over the columns.
    pub checks: Vec<Check>,
    /// Exclusion constraints.
    pub exclusions: Vec<Exclusion>,
}

impl Table {
    /// What a query takes its rows from. The tables that inherit from it have rows of their own.
    pub fn from(&self) -> String {
        if self.is_partitioned { self.sql.clone() } else { format!("ONLY {}", self.sql) }
    }

    /// Its name alone, quoted.
    pub fn alias(&self) -> String {
        format!("\"{}\"", self.name.replace('"', "\"\""))
    }

    /// As people call it: without the schema where that is `public`.
    pub fn shown(&self) -> String {
        match self.schema.as_str() {
            "public" => self.name.clone(),
            schema => format!("{schema}.{}", self.name),
        }
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its name as SQL wants it.
    pub sql: String,
    /// Its type; of a domain the one below it.
    pub of: Type,
    /// The type as people call it: `public.citext`.
    pub type_name: String,
    /// The type as SQL names it; of a domain the one below it.
    pub base_name: String,
    /// Whether it takes no NULL.
    pub not_null: bool,
    /// Whether something fills it that is left out: a default or an identity.
    pub has_default: bool,
    /// Whether the server computes it.
    pub is_generated: bool,
    /// The largest value of a column of whole numbers that is a key, where its table has rows.
    pub largest: Option<i64>,
}

/// Columns whose values together are there once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The name of the constraint or index.
    pub name: String,
    /// Its columns, by their places.
    pub columns: Vec<usize>,
    /// Whether it is made of expressions whose results may be the same for different values.
    pub is_computed: bool,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Its name.
    pub name: String,
    /// Its columns, by their places.
    pub columns: Vec<usize>,
    /// The table that it refers to, by its place.
    pub parent: usize,
    /// The columns there, by their places.
    pub parent_columns: Vec<usize>,
}

/// A condition that each row has to meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The name of the constraint.
    pub name: String,
    /// The condition, over the names of the columns.
    pub expression: String,
    /// The columns in it, by their places.
    pub columns: Vec<usize>,
}

/// Rows that may not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// The name of the constraint.
    pub name: String,
    /// The column and the operator of each part; no column for an expression.
    pub parts: Vec<(Option<usize>, String)>,
}
