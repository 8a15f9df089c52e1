//! From tables and foreign keys to boxes and lines.

use super::super::card::{Card, TITLE};
use super::super::layout::{Anchor, Edge, Graph};
use super::enums::EnumBox;
use crate::catalog::schema::{DisplayName, ForeignKey, Schema, Table};

/// The foreign keys that can be drawn: those between tables that are shown.
pub(super) fn drawn<'s>(schema: &'s Schema) -> Vec<(&'s Table, &'s ForeignKey)> {
    let of = |table: &'s Table| {
        let keys = table.foreign_keys.iter();
        keys.filter(|key| schema.table(&key.references.table).is_some()).map(move |key| (table, key))
    };
    schema.tables.iter().flat_map(of).collect()
}

/// The boxes of tables come first, then those of enums. The schemas are groups, if there are several.
pub(super) fn graph(
    schema: &Schema,
    cards: &[Card],
    enums: &[EnumBox],
    drawn: &[(&Table, &ForeignKey)],
    schemas: &[&str],
) -> Graph {
    let port = |table: &Table, column: Option<&String>| {
        let node = number(schema, &table.name);
        let row = column.and_then(|name| table.columns.iter().position(|column| column.name == *name));
        Anchor { node, y: row.map_or(TITLE / 2, |row| cards[node].middle(row)) }
    };
    let edge = |(table, key): &(&Table, &ForeignKey)| {
        let parent = schema.table(&key.references.table)?;
        let place = telling(table, key);
        Some(Edge {
            parent: port(parent, key.references.columns.get(place)),
            child: port(table, key.columns.get(place)),
            trunk: u8::from(key.optional),
        })
    };
    let group = |name: &DisplayName| schemas.binary_search(&name.schema.as_str()).unwrap_or_default();
    let names = schema.tables.iter().map(|table| &table.name).chain(schema.enums.iter().map(|of| &of.name));
    Graph {
        boxes: cards.iter().map(|card| card.size).chain(enums.iter().map(|of| of.size)).collect(),
        groups: names.map(group).collect(),
        edges: drawn.iter().filter_map(edge).collect(),
    }
}

/// The place of a table in the list of all.
pub(super) fn number(schema: &Schema, table: &DisplayName) -> usize {
    schema.tables.binary_search_by(|other| other.name.cmp(table)).unwrap_or_default()
}

/// At which of its columns a foreign key of several is drawn: at the one that is in the fewest foreign keys. Of several
/// such, the last one tells the most: `(tenant_id, project_id)`.
fn telling(table: &Table, key: &ForeignKey) -> usize {
    let uses = |column| table.foreign_keys.iter().filter(|other| other.columns.contains(column)).count();
    let places = key.columns.iter().enumerate().rev();
    places.min_by_key(|(_, column)| uses(column)).map_or(0, |(place, _)| place)
}
