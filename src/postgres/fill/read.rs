//! From the rows of the answer to tables.

mod columns;
mod constraints;
mod row;
mod types;

use tokio_postgres::SimpleQueryRow;

use self::columns::{CatalogColumn, described, without_computed};
use self::constraints::{Numbered, checks, exclusions, foreign_keys, keys};
use self::row::{list, number, text, value};
use self::types::{Types, catalog_type};
use crate::fill::{FillColumn, FillTable};
use crate::postgres::history::HistoryTable;

pub(super) fn tables(rows: &[SimpleQueryRow], own: &[HistoryTable]) -> Vec<FillTable> {
    let of_types = rows.iter().filter_map(|row| Some((number(row, "type_oid")?, catalog_type(row))));
    let types: Types = of_types.collect();
    let is_own = |row: &SimpleQueryRow| {
        own.iter().any(|table| table.schema() == text(row, "schema") && table.name() == text(row, "name"))
    };
    let of_tables: Vec<&SimpleQueryRow> =
        rows.iter().filter(|row| value(row, "table_oid").is_some() && !is_own(row)).collect();
    let numbers: Vec<Vec<i16>> = of_tables
        .iter()
        .map(|row| {
            let columns: Vec<CatalogColumn> = list(row, "columns");
            columns.iter().map(|column| column.number).collect()
        })
        .collect();
    let oids: Vec<u32> = of_tables.iter().filter_map(|row| number(row, "table_oid")).collect();
    let mut tables: Vec<FillTable> = of_tables
        .iter()
        .zip(&numbers)
        .map(|(row, of_this)| table(row, of_this, &types, &oids, &numbers))
        .collect();
    mark_what_is_referred_to(&mut tables);
    for row in rows.iter().filter(|row| value(row, "distributed_oid").is_some()) {
        let (oid, column) = (number(row, "distributed_oid"), number(row, "distribution_column"));
        let Some(place) = oids.iter().position(|one| Some(*one) == oid) else { continue };
        let columns = tables[place].columns.iter_mut().zip(&numbers[place]);
        columns.filter(|(_, number)| Some(**number) == column).for_each(|(column, _)| column.not_null = true);
    }
    tables
}

fn mark_what_is_referred_to(tables: &mut [FillTable]) {
    let keys = tables.iter().flat_map(|table| &table.foreign_keys);
    let referred_to: Vec<(usize, usize)> =
        keys.flat_map(|key| key.parent_columns.iter().map(|column| (key.parent, *column))).collect();
    for (table, column) in referred_to {
        if let Some(column) = tables.get_mut(table).and_then(|table| table.columns.get_mut(column)) {
            column.is_referred_to = true;
        }
    }
}

fn table(row: &SimpleQueryRow, numbers: &[i16], types: &Types, oids: &[u32], all: &[Vec<i16>]) -> FillTable {
    let columns: Vec<CatalogColumn> = list(row, "columns");
    let numbered = Numbered { columns: &columns, numbers };
    let (mut checks, mut keys) = (checks(row, numbered, types), keys(row, numbered));
    let (foreign_keys, out_of_reach) = foreign_keys(row, numbered, (oids, all));
    let mut described: Vec<FillColumn> =
        columns.iter().map(|column| described(column, &columns, types)).collect();
    for (place, column) in described.iter_mut().enumerate() {
        // As DDL writes it that nobody has said NOT NULL to.
        let says_so = format!("({} IS NOT NULL)", column.sql);
        column.not_null |= checks.iter().any(|check| check.columns == [place] && check.expression == says_so);
    }
    let predicates = keys.iter_mut().filter_map(|key| key.predicate.as_mut());
    for check in checks.iter_mut().chain(predicates) {
        check.columns = without_computed(&check.columns, &described);
    }
    FillTable {
        schema: text(row, "schema"),
        name: text(row, "name"),
        sql: text(row, "sql"),
        is_partitioned: value(row, "is_partitioned") == Some("t"),
        is_of_an_extension: value(row, "is_of_an_extension") == Some("t"),
        takes_rows: value(row, "takes_rows") == Some("t") && value(row, "is_foreign") != Some("t"),
        is_foreign: value(row, "is_foreign") == Some("t"),
        out_of_reach,
        can_be_read: value(row, "can_be_read") == Some("t"),
        has_row_security: value(row, "has_row_security") == Some("t"),
        rows: None,
        keys,
        foreign_keys,
        checks,
        exclusions: exclusions(row, numbered),
        columns: described,
    }
}
