//! How tables relate.

use std::collections::BTreeMap;

use super::parts::{SchemaParts, owned};
use super::{Cardinality, DisplayName, ForeignKey, ManyToMany, Reference, Table};
use crate::catalog::{Catalog, Kind, Object};

/// The foreign keys of a table whose columns and other keys are known.
pub(super) fn foreign_keys(sql_name: &str, table: &Table, parts: &SchemaParts<'_>) -> Vec<ForeignKey> {
    let keys = parts.constraints(sql_name, "foreign key");
    keys.filter_map(|(name, object)| foreign_key(name, object, table)).collect()
}

fn foreign_key(name: &str, object: &Object, table: &Table) -> Option<ForeignKey> {
    let columns = object.list("columns");
    let nullable = |name: &String| table.columns.iter().any(|column| column.name == *name && column.nullable);
    Some(ForeignKey {
        name: name.to_owned(),
        references: Reference {
            table: DisplayName::from_sql(object.get("references")?),
            columns: object.list("referenced columns"),
        },
        cardinality: cardinality(&columns, table),
        optional: columns.iter().any(nullable),
        definition: owned(object, "definition").unwrap_or_default(),
        columns,
    })
}

/// Two rows can refer to the same one only if they can have the same values in the columns that refer. They cannot
/// when those columns hold a whole key.
fn cardinality(columns: &[String], table: &Table) -> Cardinality {
    let holds = |key: &Vec<String>| !key.is_empty() && key.iter().all(|column| columns.contains(column));
    if holds(&table.primary_key) || table.unique_keys.iter().any(holds) {
        Cardinality::OneToOne
    } else {
        Cardinality::OneToMany
    }
}

/// What a table links, if its primary key is made of two foreign keys.
pub(super) fn many_to_many(table: &Table) -> Option<ManyToMany> {
    let inside = |key: &&ForeignKey| key.columns.iter().all(|column| table.primary_key.contains(column));
    let keys: Vec<&ForeignKey> = table.foreign_keys.iter().filter(inside).collect();
    for (index, one) in keys.iter().enumerate() {
        for other in &keys[index + 1..] {
            let apart = !one.columns.iter().any(|column| other.columns.contains(column));
            if apart && one.columns.len() + other.columns.len() == table.primary_key.len() {
                let between = [one.references.table.clone(), other.references.table.clone()];
                return Some(ManyToMany { through: table.name.clone(), between });
            }
        }
    }
    None
}

/// Gives each partitioned table the names of its partitions, and of theirs.
pub(super) fn partitions_of(catalog: &Catalog, tables: &mut [Table]) {
    let mut parents: BTreeMap<DisplayName, DisplayName> = BTreeMap::new();
    for (identity, object) in &catalog.objects {
        let is_table = matches!(identity.kind, Kind::Table | Kind::ForeignTable);
        let parent = object.list("inherits").into_iter().next();
        if let (true, Some(_), Some(parent)) = (is_table, object.get("partition bound"), parent) {
            parents.insert(DisplayName::from_sql(&identity.name), DisplayName::from_sql(&parent));
        }
    }
    for partition in parents.keys() {
        let ancestors = std::iter::successors(Some(partition), |name| parents.get(*name));
        let root = ancestors.take(parents.len() + 1).last().unwrap_or(partition);
        if let Ok(index) = tables.binary_search_by(|table| table.name.cmp(root)) {
            tables[index].partitions.push(partition.clone());
        }
    }
}
