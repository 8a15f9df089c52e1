//! A schema as people see it: tables with their columns and keys, and how they relate. Made from a [`Catalog`].
//!
//! [`Catalog`]: super::Catalog

mod changes;
mod choice;
mod compare;
mod name;
mod parts;
mod read;
mod relations;
#[cfg(test)]
mod tests;
mod touched;

use serde::Serialize;

pub use changes::{Changes, Mark, Part};
pub use choice::UnknownTable;
pub use compare::Comparison;
pub use name::DisplayName;

/// What is there. Everything is in the order of its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Schema {
    /// The tables, foreign ones included. A partition is named in its table only.
    pub tables: Vec<Table>,
    /// The tables that do nothing but link two others, many rows to many.
    pub many_to_many: Vec<ManyToMany>,
    /// The views, materialized ones included.
    pub views: Vec<View>,
    /// The enum types.
    pub enums: Vec<Enum>,
    /// Functions, procedures and aggregates.
    pub functions: Vec<Function>,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Table {
    /// What it is called.
    #[serde(flatten)]
    pub name: DisplayName,
    /// Its comment.
    pub comment: Option<String>,
    /// The columns, in their order.
    pub columns: Vec<Column>,
    /// The columns of the primary key; empty without one.
    pub primary_key: Vec<String>,
    /// Other sets of columns that no two rows share, each in the order of its key.
    pub unique_keys: Vec<Vec<String>>,
    /// References to other tables.
    pub foreign_keys: Vec<ForeignKey>,
    /// CHECK and EXCLUDE constraints.
    pub checks: Vec<Constraint>,
    /// The indexes, except those that a constraint brings along.
    pub indexes: Vec<Index>,
    /// The triggers.
    pub triggers: Vec<Trigger>,
    /// The partitions of a partitioned table, and theirs.
    pub partitions: Vec<DisplayName>,
    /// How Citus spreads it over its servers; absent where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distribution: Option<Distribution>,
}

/// How Citus spreads a table over its servers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Distribution {
    /// `by project_id`, `reference`, `local`, `with its schema`, `one shard`.
    pub kind: String,
    /// How many shards it has.
    pub shards: Option<u32>,
    /// The first, by its name, of the tables that it is kept together with; its own name where that is itself.
    pub co_located_with: Option<DisplayName>,
}

/// A column of a table or view.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Column {
    /// What it is called.
    pub name: String,
    /// Its type, as the server writes it: `character varying(80)`.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Whether it may be without a value.
    pub nullable: bool,
    /// The expression that gives it a value where none is named.
    pub default: Option<String>,
    /// The expression that always gives it its value.
    pub generated: Option<String>,
    /// `always` or `by default`, where the server counts up.
    pub identity: Option<String>,
    /// Whether it belongs to the primary key.
    pub primary_key: bool,
    /// Whether it belongs to a foreign key.
    pub foreign_key: bool,
    /// Whether no two rows share its value; the primary key does not count.
    pub unique: bool,
    /// Its comment.
    pub comment: Option<String>,
}

/// A reference to another table, or to the table's own rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ForeignKey {
    /// What it is called.
    pub name: String,
    /// The columns that refer.
    pub columns: Vec<String>,
    /// What they refer to.
    pub references: Reference,
    /// How many rows may refer to the same one.
    pub cardinality: Cardinality,
    /// Whether a row may refer to none, since a column may be NULL.
    pub optional: bool,
    /// As SQL says it.
    pub definition: String,
}

/// What a foreign key refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Reference {
    /// The table.
    #[serde(flatten)]
    pub table: DisplayName,
    /// The columns, each for the one at its place in the foreign key.
    pub columns: Vec<String>,
}

/// How many rows may refer to the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cardinality {
    /// At most one: the columns that refer hold a key.
    OneToOne,
    /// Any number.
    OneToMany,
}

/// Two tables that a third one links: its primary key is made of two foreign keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ManyToMany {
    /// The table that links.
    pub through: DisplayName,
    /// The tables that it links; twice the same when rows of one table are linked with each other.
    pub between: [DisplayName; 2],
}

/// A constraint that is no key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Constraint {
    /// What it is called.
    pub name: String,
    /// As SQL says it: `CHECK ((priority > 0))`.
    pub definition: String,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Index {
    /// What it is called.
    pub name: String,
    /// Whether no two rows share its values.
    pub unique: bool,
    /// As SQL says it.
    pub definition: String,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Trigger {
    /// What it is called.
    pub name: String,
    /// As SQL says it.
    pub definition: String,
    /// Whether it fires at all.
    pub enabled: bool,
}

/// A view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct View {
    /// What it is called.
    #[serde(flatten)]
    pub name: DisplayName,
    /// Whether it keeps its rows (CREATE MATERIALIZED VIEW).
    pub materialized: bool,
    /// Its comment.
    pub comment: Option<String>,
    /// The columns, in their order.
    pub columns: Vec<Column>,
}

/// An enum type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Enum {
    /// What it is called.
    #[serde(flatten)]
    pub name: DisplayName,
    /// The words that it allows, in their order.
    pub labels: Vec<String>,
}

/// A function, procedure or aggregate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Function {
    /// What it is called.
    #[serde(flatten)]
    pub name: DisplayName,
    /// `function`, `procedure` or `aggregate`.
    pub kind: String,
    /// The types of its arguments, in parentheses: `(integer, text)`.
    pub arguments: String,
    /// The type of what it returns; none for a procedure.
    pub result: Option<String>,
}

impl Schema {
    /// The table of that name.
    pub fn table(&self, name: &DisplayName) -> Option<&Table> {
        self.tables.binary_search_by(|table| table.name.cmp(name)).ok().map(|index| &self.tables[index])
    }

    /// What a table links, if it does nothing but link.
    pub fn link(&self, table: &DisplayName) -> Option<&ManyToMany> {
        let place = self.many_to_many.binary_search_by(|link| link.through.cmp(table));
        place.ok().map(|place| &self.many_to_many[place])
    }
}

impl Table {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Index {
    /// What it holds: `(due_date DESC) WHERE done`, after its method where that is not a B-tree.
    pub fn body(&self) -> &str {
        let body = self.definition.split_once(" USING ").map_or(self.definition.as_str(), |(_, body)| body);
        body.strip_prefix("btree ").unwrap_or(body)
    }
}

impl Column {
    /// The type in few characters, with the short names that SQL also understands: `varchar(80)`.
    pub fn short_type(&self) -> String {
        const SHORT: [(&str, &str, &str); 5] = [
            ("timestamp", " with time zone", "timestamptz"),
            ("timestamp", " without time zone", "timestamp"),
            ("time", " with time zone", "timetz"),
            ("time", " without time zone", "time"),
            ("character varying", "", "varchar"),
        ];
        for (long, end, short) in SHORT {
            let Some(rest) = self.data_type.strip_prefix(long) else { continue };
            // The precision stands in the middle: `timestamp(3) with time zone[]`.
            let cut = rest.find(|c: char| !(c == '(' || c == ')' || c.is_ascii_digit()));
            let (precision, rest) = rest.split_at(cut.unwrap_or(rest.len()));
            if let Some(array) = rest.strip_prefix(end)
                && (array.is_empty() || array.starts_with('['))
            {
                return format!("{short}{precision}{array}");
            }
        }
        without_public(&self.data_type).to_owned()
    }

    /// The default in few characters: without a cast to the column's own type.
    pub fn short_default(&self) -> Option<&str> {
        let default = self.default.as_deref()?;
        let without_cast = default.strip_suffix(&self.data_type).and_then(|rest| rest.strip_suffix("::"));
        Some(without_public(without_cast.unwrap_or(default)))
    }
}

/// People leave the schema `public` out.
pub(crate) fn without_public(text: &str) -> &str {
    text.strip_prefix("public.").unwrap_or(text)
}
