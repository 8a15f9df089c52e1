//! `pmdb status` as a table.

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};

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

fn table(rows: &[StatusRow]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    // Where the answer is written, the colours are taken out if they are not wanted there.
    table.enforce_styling();
    let header = ["version", "name", "state", "applied at (UTC)", "by", "took"];
    table.set_header(header.map(|title| Cell::new(title).add_attribute(Attribute::Bold)));
    for row in rows {
        table.add_row(cells(row));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    if let Some(last) = table.column_mut(5) {
        last.set_cell_alignment(CellAlignment::Right);
        last.set_padding((0, 0));
    }
    table.trim_fmt()
}

fn cells(row: &StatusRow) -> [Cell; 6] {
    let text = |value: &Option<String>| Cell::new(value.as_deref().unwrap_or(""));
    let applied_at: String =
        row.applied_at.iter().flat_map(|time| time.chars()).take(UP_TO_MINUTES).collect();
    [
        Cell::new(&row.version),
        Cell::new(super::snippet::printable(&row.name)),
        Cell::new(state(row)).fg(colour(row.state)),
        Cell::new(applied_at.replace('T', " ")),
        text(&row.applied_by),
        Cell::new(row.execution_ms.map_or_else(String::new, |took| format!("{took} ms"))),
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

fn colour(state: State) -> Color {
    match state {
        State::Applied => Color::DarkGreen,
        State::Pending | State::HalfApplied | State::HalfUndone => Color::DarkYellow,
        State::Late | State::Changed | State::Missing => Color::DarkRed,
    }
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
