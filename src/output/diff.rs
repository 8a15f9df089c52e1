//! `pmdb diff` as text.

use std::fmt::Write;

use anstyle::Style;

use super::snippet::printable;
use super::{BAD, FAINT, GOOD, STRONG, UNDONE};
use crate::catalog::{Class, Item, Strictness};
use crate::commands::DiffReport;

pub(super) fn text(report: &DiffReport) -> String {
    let mut text = String::new();
    for item in &report.differences.items {
        for line in item.lines() {
            let line = printable(&line);
            let style = style(item, &line);
            let _ = writeln!(text, "{style}{line}{style:#}");
        }
    }
    let _ = writeln!(text, "{STRONG}{} and {}: {}{STRONG:#}", report.before, report.after, summary(report));
    text
}

fn style(item: &Item, line: &str) -> Style {
    match line.trim_start().chars().next() {
        _ if item.class() < Class::Real => FAINT,
        Some('+') => GOOD,
        Some('-') => BAD,
        Some('~') => UNDONE,
        _ => FAINT,
    }
}

fn summary(report: &DiffReport) -> String {
    let items = &report.differences.items;
    let soft = items.iter().filter(|item| item.class() < Class::Real).count();
    let real = items.len() - soft;
    let objects = |count: usize| format!("{count} object{}", if count == 1 { "" } else { "s" });
    match (real, soft, report.strictness) {
        (0, 0, _) => "the schemas are the same".to_owned(),
        (real, 0, _) => format!("{} differ{}", objects(real), if real == 1 { "s" } else { "" }),
        (0, soft, Strictness::Usual) => {
            format!("the schemas are the same, but for the layout of {}", objects(soft))
        }
        (real, soft, _) => format!("{} differ, {soft} of them in layout only", objects(real + soft)),
    }
}
