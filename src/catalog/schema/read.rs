//! From a catalog to what people see of it.

use std::collections::BTreeMap;

use super::parts::{SchemaParts, owned};
use super::relations::{foreign_keys, many_to_many, partitions_of};
use super::{
    Column, Constraint, DisplayName, Distribution, Enum, Function, Index, Schema, Table, Trigger, View,
};
use crate::catalog::{Catalog, Kind, Object};

impl Schema {
    /// From a catalog.
    pub fn of(catalog: &Catalog) -> Schema {
        let parts = SchemaParts::new(catalog);
        let mut schema = Schema::default();
        for (identity, object) in &catalog.objects {
            match identity.kind {
                // A partition has what its table has.
                Kind::Table | Kind::ForeignTable if object.get("partition bound").is_none() => {
                    schema.tables.push(table(&identity.name, object, &parts));
                }
                Kind::View | Kind::MaterializedView => schema.views.push(View {
                    name: DisplayName::from_sql(&identity.name),
                    materialized: identity.kind == Kind::MaterializedView,
                    comment: owned(object, "comment"),
                    columns: columns(&identity.name, object, &parts),
                }),
                Kind::Enum => schema.enums.push(Enum {
                    name: DisplayName::from_sql(&identity.name),
                    labels: object.list("labels"),
                }),
                Kind::Function | Kind::Procedure | Kind::Aggregate => {
                    schema.functions.push(function(identity.kind, &identity.name, object));
                }
                _ => {}
            }
        }
        schema.tables.sort_by(|one, other| one.name.cmp(&other.name));
        schema.views.sort_by(|one, other| one.name.cmp(&other.name));
        schema.functions.sort_by(|one, other| one.name.cmp(&other.name));
        partitions_of(catalog, &mut schema.tables);
        schema.many_to_many = schema.tables.iter().filter_map(many_to_many).collect();
        schema
    }
}

fn table(sql_name: &str, object: &Object, parts: &SchemaParts<'_>) -> Table {
    let of_constraint = |word| parts.constraints(sql_name, word).map(|(_, key)| key.list("columns"));
    let mut table = Table {
        name: DisplayName::from_sql(sql_name),
        comment: owned(object, "comment"),
        columns: columns(sql_name, object, parts),
        primary_key: of_constraint("primary key").next().unwrap_or_default(),
        unique_keys: of_constraint("unique").chain(unique_indexes(sql_name, parts)).collect(),
        checks: checks(sql_name, parts),
        indexes: indexes(sql_name, parts),
        triggers: triggers(sql_name, parts),
        distribution: distribution(object),
        ..Table::default()
    };
    table.unique_keys.sort();
    table.unique_keys.dedup();
    table.foreign_keys = foreign_keys(sql_name, &table, parts);
    for column in &mut table.columns {
        column.primary_key = table.primary_key.contains(&column.name);
        column.unique = table.unique_keys.iter().any(|key| *key == [column.name.as_str()]);
        column.foreign_key = table.foreign_keys.iter().any(|key| key.columns.contains(&column.name));
    }
    table
}

fn distribution(table: &Object) -> Option<Distribution> {
    Some(Distribution {
        kind: owned(table, "distribution")?,
        shards: table.get("shards").and_then(|count| count.parse().ok()),
        co_located_with: table.get("co-located with").map(DisplayName::from_sql),
    })
}

/// In the order that the table gives.
fn columns(sql_name: &str, table: &Object, parts: &SchemaParts<'_>) -> Vec<Column> {
    let order = table.list("columns");
    let place: BTreeMap<&str, usize> =
        order.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
    let mut columns: Vec<Column> =
        parts.get(sql_name, Kind::Column).iter().map(|(name, object)| column(name, object)).collect();
    columns.sort_by_key(|column| place.get(column.name.as_str()).copied());
    columns
}

fn column(name: &str, object: &Object) -> Column {
    Column {
        name: name.to_owned(),
        data_type: owned(object, "type").unwrap_or_default(),
        nullable: object.get("not null").is_none(),
        default: owned(object, "default"),
        generated: owned(object, "generated"),
        identity: owned(object, "identity"),
        comment: owned(object, "comment"),
        ..Column::default()
    }
}

/// The columns of indexes that keep rows apart as a constraint does. One with a condition or an expression does not,
/// nor does one whose building has failed.
fn unique_indexes(sql_name: &str, parts: &SchemaParts<'_>) -> Vec<Vec<String>> {
    let names: Vec<&String> = parts.get(sql_name, Kind::Column).iter().map(|(name, _)| name).collect();
    let keeps_apart = |index: &Object| {
        index.get("unique").is_some()
            && index.get("valid").is_none()
            && index.get("predicate").is_none()
            && index.get("constraint").is_none()
            && index.list("columns").iter().all(|column| names.contains(&column))
    };
    let unique = parts.get(sql_name, Kind::Index).iter().filter(|(_, index)| keeps_apart(index));
    unique.map(|(_, index)| index.list("columns")).collect()
}

fn checks(sql_name: &str, parts: &SchemaParts<'_>) -> Vec<Constraint> {
    let both = parts.constraints(sql_name, "check").chain(parts.constraints(sql_name, "exclude"));
    let constraint = |(name, object): &(String, &Object)| Constraint {
        name: name.clone(),
        definition: owned(object, "definition").unwrap_or_default(),
    };
    both.map(constraint).collect()
}

fn indexes(sql_name: &str, parts: &SchemaParts<'_>) -> Vec<Index> {
    let own = parts.get(sql_name, Kind::Index).iter().filter(|(_, index)| index.get("constraint").is_none());
    let index = |(name, object): &(String, &Object)| Index {
        name: name.clone(),
        unique: object.get("unique").is_some(),
        definition: owned(object, "definition").unwrap_or_default(),
    };
    own.map(index).collect()
}

fn triggers(sql_name: &str, parts: &SchemaParts<'_>) -> Vec<Trigger> {
    let trigger = |(name, object): &(String, &Object)| Trigger {
        name: name.clone(),
        definition: owned(object, "definition").unwrap_or_default(),
        enabled: object.get("enabled") != Some("no"),
    };
    parts.get(sql_name, Kind::Trigger).iter().map(trigger).collect()
}

/// `public.f(integer, text)`. A parenthesis in the name itself stands in quotes.
fn function(kind: Kind, sql_name: &str, object: &Object) -> Function {
    let mut quoted = false;
    let opens = sql_name.find(|c: char| {
        quoted ^= c == '"';
        c == '(' && !quoted
    });
    let (name, arguments) = sql_name.split_at(opens.unwrap_or(sql_name.len()));
    Function {
        name: DisplayName::from_sql(name),
        kind: kind.word().to_owned(),
        arguments: arguments.to_owned(),
        result: owned(object, "result"),
    }
}
