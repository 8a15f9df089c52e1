//! `pmdb fill` as text.

use std::fmt::Write;

use super::STRONG;
use super::printable::one_line;
use crate::commands::{FillReport, FilledTable, RestoreReport};
use crate::postgres::load::PutOff;

pub(super) fn text(report: &FillReport) -> String {
    let mut text = String::new();
    let database = &report.database;
    let width = report.tables.iter().map(|table| grouped(table.rows).len()).max().unwrap_or(0);
    for FilledTable { table, rows } in &report.tables {
        let _ = writeln!(text, "{:>width$}  {}", grouped(*rows), one_line(table));
    }
    let rows: u64 = report.tables.iter().map(|table| table.rows).sum();
    let rows = format!(
        "{} {} in {} {}",
        grouped(rows),
        noun(rows, "row"),
        report.tables.len(),
        noun(report.tables.len() as u64, "table")
    );
    if report.dry_run {
        let _ = writeln!(text, "{database}: {STRONG}{rows} would be made{STRONG:#}");
        return text;
    }
    let _ = writeln!(text, "{database}: {STRONG}{rows}{STRONG:#} in {} ms", report.execution_ms);
    text
}

pub(super) fn restored(report: &RestoreReport) -> String {
    let database = report.database.to_string();
    let database = one_line(&database);
    if report.restored == PutOff::default() {
        return format!("{database}: nothing is put off\n");
    }
    format!("{database}: back as before: {}\n", put_off(&report.restored))
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
fn grouped(number: u64) -> String {
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
