//! What a table asks of its rows: checks, keys, foreign keys and exclusion constraints.

use serde::Deserialize;
use tokio_postgres::SimpleQueryRow;

use super::columns::{CatalogColumn, columns_in, keeps_apart, sources_of_computed};
use super::row::{list, value};
use super::types::{Types, domain_checks};
use crate::fill::{Exclusion, FillForeignKey, RowCheck, UniqueKey};

#[derive(Deserialize)]
struct CatalogKey {
    name: String,
    expressions: Option<String>,
    /// Not known before 15.
    nulls_are_equal: Option<bool>,
    /// Which rows are in it, of a partial index.
    predicate: Option<String>,
    columns: Option<Vec<i16>>,
    /// Columns in its expressions and in its predicate.
    rests_on: Option<Vec<i16>>,
}

#[derive(Deserialize)]
struct CatalogForeignKey {
    name: String,
    columns: Vec<i16>,
    parent: u32,
    parent_columns: Vec<i16>,
    deferrable: bool,
}

#[derive(Deserialize)]
struct CatalogCheck {
    name: String,
    expression: Option<String>,
    columns: Option<Vec<i16>>,
}

#[derive(Deserialize)]
struct CatalogExclusion {
    name: String,
    columns: Vec<i16>,
    operators: Vec<String>,
}

/// The columns of a table, which constraints name by their numbers.
#[derive(Clone, Copy)]
pub(super) struct Numbered<'a> {
    pub columns: &'a [CatalogColumn],
    pub numbers: &'a [i16],
}

impl Numbered<'_> {
    fn place(&self, number: i16) -> Option<usize> {
        self.numbers.iter().position(|one| *one == number)
    }

    fn places(&self, numbers: &[i16]) -> Vec<usize> {
        numbers.iter().filter_map(|number| self.place(*number)).collect()
    }
}

/// The checks of a table, of the domains of its columns, and of its partitions.
pub(super) fn checks(row: &SimpleQueryRow, numbered: Numbered<'_>, types: &Types) -> Vec<RowCheck> {
    let columns = numbered.columns;
    let mut checks: Vec<RowCheck> = columns
        .iter()
        .enumerate()
        .flat_map(|(at, column)| domain_checks(column.of, (at, &column.sql), types))
        .collect();
    let own: Vec<CatalogCheck> = list(row, "checks");
    let partitions: Option<CatalogCheck> =
        value(row, "partitions").and_then(|text| serde_json::from_str(text).ok());
    checks.extend(own.into_iter().chain(partitions).filter_map(|check| {
        Some(RowCheck {
            name: check.name,
            expression: check.expression?,
            columns: numbered.places(&check.columns.unwrap_or_default()),
        })
    }));
    let of_partitions: Vec<CatalogCheck> = list(row, "partition_checks");
    checks.extend(of_partitions.into_iter().filter_map(|check| {
        let expression = check.expression?;
        Some(RowCheck { name: check.name, columns: columns_in(&expression, columns), expression })
    }));
    checks
}

/// Its keys. Partitions have the same ones, which are told once.
pub(super) fn keys(row: &SimpleQueryRow, numbered: Numbered<'_>) -> Vec<UniqueKey> {
    let columns = numbered.columns;
    let all: Vec<CatalogKey> = list(row, "keys");
    let all = all.into_iter().map(|key| {
        let expressions = key.expressions.as_deref().unwrap_or_default();
        let rests_on = key.rests_on.unwrap_or_default();
        // A word of an expression may be a type with the name of a column.
        let in_expressions = columns_in(expressions, columns);
        let in_expressions = in_expressions.iter().filter_map(|at| Some(columns.get(*at)?.number));
        let in_expressions = in_expressions.filter(|number| rests_on.contains(number));
        let numbers = key.columns.unwrap_or_default().into_iter().chain(in_expressions).collect();
        UniqueKey {
            is_computed: !keeps_apart(expressions, columns),
            nulls_are_equal: key.nulls_are_equal == Some(true),
            predicate: key.predicate.map(|expression| RowCheck {
                name: key.name.clone(),
                columns: columns_in(&expression, columns),
                expression,
            }),
            name: key.name,
            columns: numbered.places(&sources_of_computed(numbers, columns)),
        }
    });
    all.fold(Vec::new(), |mut keys, key| {
        let is_same = |one: &UniqueKey| {
            let told = |key: &UniqueKey| (key.is_computed, key.nulls_are_equal, key.predicate.clone());
            one.columns == key.columns && told(one) == told(&key)
        };
        if key.predicate.is_some() || !keys.iter().any(is_same) {
            keys.push(key);
        }
        keys
    })
}

/// Its foreign keys, and those that lead to something that is none of the tables, whose numbers of columns are these.
pub(super) fn foreign_keys(
    row: &SimpleQueryRow,
    numbered: Numbered<'_>,
    (oids, numbers): (&[u32], &[Vec<i16>]),
) -> (Vec<FillForeignKey>, Vec<UniqueKey>) {
    let (mut keys, mut out_of_reach) = (Vec::new(), Vec::new());
    let all: Vec<CatalogForeignKey> = list(row, "foreign_keys");
    for CatalogForeignKey { name, columns, parent, parent_columns, deferrable } in all {
        let columns = numbered.places(&columns);
        let parent = oids.iter().position(|oid| *oid == parent);
        let Some((parent, there)) = parent.and_then(|parent| Some((parent, numbers.get(parent)?))) else {
            let (is_computed, nulls_are_equal) = (false, false);
            out_of_reach.push(UniqueKey { name, columns, is_computed, nulls_are_equal, predicate: None });
            continue;
        };
        let parent_columns =
            parent_columns.iter().filter_map(|number| there.iter().position(|one| one == number)).collect();
        keys.push(FillForeignKey { name, columns, parent, parent_columns, is_deferrable: deferrable });
    }
    (keys, out_of_reach)
}

/// Its exclusion constraints.
pub(super) fn exclusions(row: &SimpleQueryRow, numbered: Numbered<'_>) -> Vec<Exclusion> {
    let all: Vec<CatalogExclusion> = list(row, "exclusions");
    let all = all.into_iter().map(|CatalogExclusion { name, columns, operators }| {
        let places = columns.into_iter().map(|number| numbered.place(number));
        Exclusion { name, parts: places.zip(operators).collect() }
    });
    all.collect()
}
