//! `pmdb status` as a table.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::STRONG;
use crate::commands::{StatusReport, StatusRow};
use crate::migration::State;

/// `2026-01-31T12:00` has so many characters. Seconds are left to `--json`: with them, names of a usual length make
/// the table wider than a terminal.
const UP_TO_MINUTES: usize = 16;

pub(super) fn text(report: &StatusReport) -> String {
    if report.migrations.is_empty() {
        return format!("{}: no migrations, in files or in {}\n", report.database, report.table);
    }
    format!("{}\n{}\n", table(&report.migrations), summary(report))
}

const TITLES: [&str; 6] = ["version", "name", "state", "applied at (UTC)", "by", "took"];

/// Laid out by hand, since a general table takes longer over a thousand rows than all the rest of `pmdb status`.
fn table(rows: &[StatusRow]) -> String {
    let rows: Vec<([String; 6], Style)> = rows.iter().map(|row| (cells(row), colour(row.state))).collect();
    let mut widths = TITLES.map(str::width);
    for (cells, _) in &rows {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.width());
        }
    }
    let mut text = line(&TITLES.map(str::to_owned), widths, [STRONG; 6]);
    for (cells, colour) in &rows {
        text.push('\n');
        let plain = Style::new();
        text += &line(cells, widths, [plain, plain, *colour, plain, plain, plain]);
    }
    text
}

/// All cells to the left but the last. Where the answer is written, the colours are taken out if they are not wanted.
fn line(cells: &[String; 6], widths: [usize; 6], styles: [Style; 6]) -> String {
    let mut text = String::new();
    for (column, ((cell, width), style)) in cells.iter().zip(widths).zip(styles).enumerate() {
        let blanks = width - cell.width();
        let (before, behind) = if column == 5 { (blanks, 0) } else { (0, blanks + 2) };
        let _ = write!(text, "{:before$}{style}{cell}{style:#}{:behind$}", "", "");
    }
    text.truncate(text.trim_end().len());
    text
}

fn cells(row: &StatusRow) -> [String; 6] {
    let applied_at: String =
        row.applied_at.iter().flat_map(|time| time.chars()).take(UP_TO_MINUTES).collect();
    [
        row.version.to_string(),
        super::snippet::printable(&row.name),
        state(row),
        applied_at.replace('T', " "),
        row.applied_by.clone().unwrap_or_default(),
        row.execution_ms.map_or_else(String::new, |took| format!("{took} ms")),
    ]
}

fn state(row: &StatusRow) -> String {
    let word = row.state.word();
    match (row.statements_done, row.statements_total) {
        (Some(done), Some(total)) => format!("{word} ({done} of {total})"),
        _ if !row.reversible => format!("{word}, irreversible"),
        _ => word.to_owned(),
    }
}

fn colour(state: State) -> Style {
    let colour = match state {
        State::Applied => AnsiColor::Green,
        State::Pending | State::HalfApplied | State::HalfUndone => AnsiColor::Yellow,
        State::Late | State::Changed | State::Missing => AnsiColor::Red,
    };
    colour.on_default()
}

fn summary(report: &StatusReport) -> String {
    let mut parts = vec![format!("{} applied", report.applied), format!("{} pending", report.pending)];
    for (state, word) in
        [(State::Late, "late"), (State::Changed, "changed"), (State::Missing, "without a file")]
    {
        let count = report.migrations.iter().filter(|row| row.state == state).count();
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    format!("{}: {}", report.database, parts.join(", "))
}
