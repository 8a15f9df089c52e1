//! `pmdb fill` as text.

use std::fmt::Write;

use super::STRONG;
use super::printable::one_line;
use crate::commands::{FillReport, FilledTable};
use crate::postgres::load::PutOff;

pub(super) fn text(report: &FillReport) -> String {
    let mut text = String::new();
    let database = &report.database;
    if report.restores {
        let _ = match put_off(report.put_off) {
            Some(what) => writeln!(text, "{database}: {STRONG}{what} back{STRONG:#}"),
            None => writeln!(text, "{database}: nothing is put off"),
        };
        return text;
    }
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
    let seconds = std::time::Duration::from_millis(report.execution_ms).as_secs_f64();
    let _ = writeln!(text, "{database}: {STRONG}{rows}{STRONG:#} in {seconds:.1} s");
    text
}

fn put_off(put_off: PutOff) -> Option<String> {
    let parts = [(put_off.indexes, "index"), (put_off.foreign_keys, "foreign key")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| {
            format!(
                "{count} {}",
                if what == "index" && count > 1 { "indexes".to_owned() } else { noun(count as u64, what) }
            )
        })
        .collect();
    let verb = if put_off.indexes + put_off.foreign_keys == 1 { "is" } else { "are" };
    (!parts.is_empty()).then(|| format!("{} {verb}", parts.join(" and ")))
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
