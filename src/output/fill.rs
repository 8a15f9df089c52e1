//! `pmdb fill` as text.

use std::fmt::Write;

use super::printable::one_line;
use super::{FAINT, GOOD, STRONG};
use crate::commands::{FillReport, FilledTable, RestoreReport, SeedRows};
use crate::postgres::load::PutOff;

pub(super) fn text(report: &FillReport) -> String {
    let mut text = String::new();
    let database = &report.database;
    let width = report.tables.iter().map(|table| grouped(table.rows).len()).max().unwrap_or(0);
    for FilledTable { table, rows } in &report.tables {
        let _ = writeln!(text, "{:>width$}  {}", grouped(*rows), one_line(table));
    }
    let rows = rows_in(&report.tables);
    if report.dry_run {
        let _ = writeln!(text, "{database}: {STRONG}{rows} would be made{STRONG:#}");
        return text;
    }
    let _ = writeln!(text, "{database}: {STRONG}{rows}{STRONG:#} in {} ms", report.execution_ms);
    text
}

/// As in "10,000 rows in 2 tables".
fn rows_in(tables: &[FilledTable]) -> String {
    let rows: u64 = tables.iter().map(|table| table.rows).sum();
    let tables = tables.len();
    format!("{} {} in {tables} {}", grouped(rows), noun(rows, "row"), noun(tables as u64, "table"))
}

/// A line for the rows that comments of a seed have made.
pub(super) fn made(rows: &SeedRows) -> String {
    let of = |table: &FilledTable| format!("{} {}", grouped(table.rows), one_line(&table.table));
    let tables: Vec<String> = rows.tables.iter().map(of).collect();
    let name = one_line(&rows.name);
    format!(
        "{GOOD}filled {GOOD:#} {} {name}: {} {FAINT}({} ms){FAINT:#}\n",
        rows.version,
        tables.join(", "),
        rows.execution_ms
    )
}

/// The same of all seeds, for the answer.
pub(super) fn made_by_all(rows: &[SeedRows]) -> String {
    let all: u64 = rows.iter().flat_map(|rows| &rows.tables).map(|table| table.rows).sum();
    format!("{} {} made", grouped(all), noun(all, "row"))
}

pub(super) fn restored(report: &RestoreReport) -> String {
    let database = report.database.to_string();
    let database = one_line(&database);
    if report.restored == PutOff::default() {
        return format!("{database}: nothing is put off\n");
    }
    let emptied: String =
        report.emptied.iter().map(|table| format!("emptied {}\n", one_line(table))).collect();
    format!("{emptied}{database}: back as before: {}\n", put_off(&report.restored))
}

/// As in "3 indexes and 1 foreign key". A key is its index.
fn put_off(put_off: &PutOff) -> String {
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let parts = [
        counted(put_off.indexes, "index", "indexes"),
        counted(put_off.foreign_keys, "foreign key", "foreign keys"),
    ];
    match parts.into_iter().flatten().collect::<Vec<_>>().as_slice() {
        [] => "keys".to_owned(),
        parts => parts.join(" and "),
    }
}

fn noun(count: u64, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// `1,000,000`
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
