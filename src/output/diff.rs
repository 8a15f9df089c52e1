//! `pmdb diff` as text.

use std::fmt::Write;

use anstyle::Style;

use super::printable::printable;
use super::{BAD, FAINT, GOOD, STRONG, UNDONE};
use crate::catalog::{Difference, DifferenceClass, Item};
use crate::commands::DiffReport;

pub(super) fn text(report: &DiffReport) -> String {
    let mut text = lines(&report.differences);
    let _ = writeln!(text, "{STRONG}{} and {}: {}{STRONG:#}", report.before, report.after, summary(report));
    text
}

/// Every object that differs, with what differs.
pub(super) fn lines(difference: &Difference) -> String {
    let mut text = String::new();
    for item in &difference.items {
        for line in item.lines() {
            let line = printable(&line);
            let style = style(item, &line);
            let _ = writeln!(text, "{style}{line}{style:#}");
        }
    }
    text
}

fn style(item: &Item, line: &str) -> Style {
    match line.trim_start().chars().next() {
        _ if item.class() < DifferenceClass::Structural => FAINT,
        Some('+') => GOOD,
        Some('-') => BAD,
        Some('~') => UNDONE,
        _ => FAINT,
    }
}

fn summary(report: &DiffReport) -> String {
    let (real, soft) = counts(&report.differences);
    let summary = match (real, soft, report.differs) {
        (0, 0, _) => "the schemas are the same".to_owned(),
        (real, 0, _) => format!("{} differ{}", objects(real), if real == 1 { "s" } else { "" }),
        (0, soft, false) => {
            format!("the schemas are the same, except for the layout of {}", objects(soft))
        }
        (real, soft, _) => format!("{} differ, {soft} of them in layout only", objects(real + soft)),
    };
    summary + &ignored(report.ignored)
}

/// `, 2 ignored`, or nothing.
pub(super) fn ignored(count: usize) -> String {
    if count == 0 { String::new() } else { format!(", {count} ignored") }
}

/// How many objects really differ, and how many in layout alone.
pub(super) fn counts(difference: &Difference) -> (usize, usize) {
    let soft = difference.items.iter().filter(|item| item.class() < DifferenceClass::Structural).count();
    (difference.items.len() - soft, soft)
}

/// `1 object`, `2 objects`.
pub(super) fn objects(count: usize) -> String {
    format!("{count} object{}", if count == 1 { "" } else { "s" })
}
