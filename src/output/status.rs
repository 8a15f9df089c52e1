//! `pmdb status` as a table.

use std::borrow::Cow;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::printable::{one_line, printable};
use super::{Colours, STRONG};
use crate::commands::{BackfillShare, StatusReport, StatusRow};
use crate::migration::State;

/// `2026-01-31T12:00` has this many characters. Seconds are left to `--json`: with them, names of a usual length make
/// the table wider than a terminal.
const UP_TO_MINUTES: usize = 16;

pub(super) fn text(report: &StatusReport, colours: Colours) -> String {
    let StatusReport { database, table: name, migrations, folder, .. } = report;
    let no_table = match report.names_no_table {
        true => {
            format!("there is no table {name} yet; `pmdb up` makes it, and records there what it applies\n")
        }
        false => String::new(),
    };
    if migrations.is_empty() {
        let folder = printable(folder);
        return format!("{database}: no migrations in {folder}, and none recorded in {name}\n{no_table}");
    }
    format!("{}\n{}\n{no_table}", table(migrations, colours), summary(report))
}

const COLUMNS: usize = 6;
const TITLES: [&str; COLUMNS] = ["version", "name", "state", "applied at (UTC)", "by", "took"];

/// Laid out by hand: with comfy-table 8.0, colours left out, all of `pmdb status` of a thousand rows takes 49 million
/// instructions instead of 29 million.
fn table(rows: &[StatusRow], colours: Colours) -> String {
    let rows: Vec<([Cow<'_, str>; COLUMNS], State)> =
        rows.iter().map(|row| (cells(row), row.state)).collect();
    let mut widths = TITLES.map(width);
    for (cells, _) in &rows {
        for (widest, cell) in widths.iter_mut().zip(cells) {
            *widest = (*widest).max(width(cell));
        }
    }
    let mut text = String::with_capacity((rows.len() + 1) * (widths.iter().sum::<usize>() + 2 * COLUMNS));
    let plain = Style::new();
    let shown = |style: Style| if colours == Colours::Shown { style } else { plain };
    write_line(&mut text, &TITLES.map(Cow::Borrowed), widths, [shown(STRONG); COLUMNS]);
    for (cells, state) in &rows {
        text.push('\n');
        write_line(&mut text, cells, widths, [plain, plain, shown(colour(*state)), plain, plain, plain]);
    }
    text
}

/// All cells to the left but the last.
fn write_line(
    text: &mut String,
    cells: &[Cow<'_, str>; COLUMNS],
    widths: [usize; COLUMNS],
    styles: [Style; COLUMNS],
) {
    for (column, ((cell, widest), style)) in cells.iter().zip(widths).zip(styles).enumerate() {
        let blanks = widest - width(cell);
        let (before, after) = if column == COLUMNS - 1 { (blanks, 0) } else { (0, blanks + 2) };
        push_blanks(text, before);
        match style.is_plain() {
            true => text.push_str(cell),
            false => _ = write!(text, "{style}{cell}{style:#}"),
        }
        push_blanks(text, after);
    }
    text.truncate(text.trim_end_matches(' ').len());
}

/// A few at a time, since one at a time is what takes longest in a line.
fn push_blanks(text: &mut String, mut count: usize) {
    const BLANKS: &str = "                                ";
    while let Some(blanks) = BLANKS.get(..count.min(BLANKS.len())).filter(|blanks| !blanks.is_empty()) {
        text.push_str(blanks);
        count -= blanks.len();
    }
}

/// In columns of a terminal.
fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

fn cells(row: &StatusRow) -> [Cow<'_, str>; COLUMNS] {
    let minutes = |time: &str| time.get(..UP_TO_MINUTES).unwrap_or(time).replace('T', " ");
    [
        row.version.as_str().into(),
        one_line(&row.name),
        state(row),
        row.applied_at.as_deref().map(minutes).unwrap_or_default().into(),
        row.applied_by.as_deref().map(one_line).unwrap_or_default(),
        row.execution_ms.map(|took| format!("{took} ms")).unwrap_or_default().into(),
    ]
}

fn state(row: &StatusRow) -> Cow<'static, str> {
    let word = row.state.word();
    if let Some(before) = &row.applied_as {
        return format!("{word}, applied as {before}").into();
    }
    let word = match row.deferred && row.state != State::Deferred {
        true => format!("deferred, {word}"),
        false => word.to_owned(),
    };
    match &row.backfill {
        Some(BackfillShare { percent: Some(percent), .. }) => return format!("{word} ({percent} %)").into(),
        Some(BackfillShare { rows, .. }) => return format!("{word} ({rows} rows)").into(),
        None => {}
    }
    match (row.statements_done, row.statements_total) {
        (Some(done), Some(total)) => format!("{word} ({done} of {total})").into(),
        _ if !row.reversible => format!("{word}, irreversible").into(),
        _ => word.into(),
    }
}

fn colour(state: State) -> Style {
    let colour = match state {
        State::Applied => AnsiColor::Green,
        State::Pending | State::Deferred | State::PartiallyApplied | State::PartiallyReverted => {
            AnsiColor::Yellow
        }
        State::OutOfOrder | State::Changed | State::Missing | State::Renumbered => AnsiColor::Red,
    };
    colour.on_default()
}

fn summary(report: &StatusReport) -> String {
    let mut parts = vec![format!("{} applied", report.applied), format!("{} pending", report.pending)];
    for (state, word) in [
        (State::OutOfOrder, "late"),
        (State::Changed, "changed"),
        (State::Missing, "without a file"),
        (State::Renumbered, "renumbered"),
    ] {
        let count = report.migrations.iter().filter(|row| row.state == state).count();
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    let deferred = report.migrations.iter().filter(|row| row.deferred).count();
    if deferred > 0 {
        parts.push(format!("{deferred} deferred"));
    }
    let summary = format!("{}: {}", report.database, parts.join(", "));
    match report.migrations.iter().all(|row| row.file.is_none()) {
        true => format!("{summary}; no migrations in {}", printable(&report.folder)),
        false => summary,
    }
}
