//! `pmdb verify` as text.

use std::fmt::Write;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::printable::printable;
use super::verdict::{AGAIN, THEN, half_error, shown, words};
use super::{BAD, FAINT, GOOD, STRONG, UNDONE, github};
use crate::catalog::{Change, Difference, DifferenceClass, Item};
use crate::cli::Format;
use crate::commands::{AllDownReport, SeedsReport, VerifiedMigration, VerifyReport};
use crate::postgres::verify::Verdict;

pub(super) fn text(report: &VerifyReport, format: Format) -> String {
    if format == Format::Github {
        return format!("{}{}", github::annotations(report), summary(report));
    }
    if report.migrations.is_empty() {
        return "there is no migration to verify\n".to_owned();
    }
    let width = width(report);
    let mut text = migrations(report, width);
    all_down(&mut text, width, report);
    if let Some(report) = &report.seeds {
        seeds(&mut text, width, report);
    }
    text + &summary(report)
}

/// What was found before an up half failed.
pub(super) fn so_far(report: &VerifyReport, format: Format) -> String {
    if format == Format::Github {
        return github::annotations(report);
    }
    migrations(report, width(report)) + &summary(report)
}

fn width(report: &VerifyReport) -> usize {
    let widths = report.migrations.iter().map(|migration| title(migration).width());
    widths.max().unwrap_or_default().max("all down".len())
}

fn migrations(report: &VerifyReport, width: usize) -> String {
    let mut text = String::new();
    for migration in &report.migrations {
        line(&mut text, &title(migration), width, style(migration), words(migration.verdict));
        text.push_str(&details(migration));
    }
    text
}

fn title(migration: &VerifiedMigration) -> String {
    printable(&format!("{} {}", migration.version, migration.name)).trim_end().replace('\n', " ")
}

fn line(text: &mut String, name: &str, width: usize, style: Style, words: &str) {
    let blanks = " ".repeat(width.saturating_sub(name.width()));
    let _ = writeln!(text, "{name}{blanks}  {style}{words}{style:#}");
}

fn style(migration: &VerifiedMigration) -> Style {
    match migration.verdict {
        _ if migration.failed => BAD,
        Verdict::Exact => GOOD,
        _ => UNDONE,
    }
}

fn details(migration: &VerifiedMigration) -> String {
    let mut text = differences(&migration.differences, remark);
    if !migration.differences_again.is_empty() {
        let _ = writeln!(text, "    {AGAIN}");
        text.push_str(&differences(&migration.differences_again, remark_again));
    }
    if let Some(error) = &migration.error {
        let then = if migration.verdict == Verdict::NotReversed { THEN } else { "" };
        let _ = writeln!(text, "    {then}{BAD}{}{BAD:#}", half_error(error));
    }
    for identity in &migration.loses {
        let _ = writeln!(text, "    {UNDONE}loses data:{UNDONE:#} {}", shown(identity));
    }
    text
}

/// Each object that is not what it was.
fn differences(difference: &Difference, remark: fn(&Item) -> &'static str) -> String {
    let mut text = String::new();
    for item in &difference.items {
        for line in item.lines() {
            let line = printable(&line).into_owned();
            let style = if item.class() < DifferenceClass::Structural { FAINT } else { STRONG };
            let _ = writeln!(text, "    {style}{line}{style:#}{FAINT}{}{FAINT:#}", remark(item));
        }
    }
    text
}

fn remark(item: &Item) -> &'static str {
    match item.change {
        Change::Added { .. } => "  left over",
        Change::Removed { .. } => "  lost",
        Change::Changed { .. } => "",
    }
}

fn remark_again(item: &Item) -> &'static str {
    match item.change {
        Change::Added { .. } => "  the second time only",
        Change::Removed { .. } => "  the first time only",
        Change::Changed { .. } => "",
    }
}

fn all_down(text: &mut String, width: usize, report: &VerifyReport) {
    match &report.all_down {
        AllDownReport::Undone { to, differences: found, failed } => {
            let down_to = to.as_ref().map_or_else(String::new, |version| format!(" (to {version})"));
            let (style, word) = match (failed, found.is_empty()) {
                (true, _) => (BAD, "not as before"),
                (false, false) => (UNDONE, "differs in column order, white space or comments"),
                (false, true) => (GOOD, "exact"),
            };
            line(text, "all down", width, style, &format!("{word}{down_to}"));
            text.push_str(&differences(found, remark));
        }
        AllDownReport::Fails { error } => {
            line(text, "all down", width, BAD, "fails");
            let _ = writeln!(text, "    {BAD}{}{BAD:#}", half_error(error));
        }
        AllDownReport::NotTried if report.migrations.iter().any(|migration| migration.failed) => {
            line(text, "all down", width, UNDONE, "not tried, since not every down half is right");
        }
        AllDownReport::NotTried => {}
    }
}

fn seeds(text: &mut String, width: usize, report: &SeedsReport) {
    match report {
        SeedsReport::Ran { leftovers } if leftovers.is_empty() => {
            line(text, "seeds", width, GOOD, "leave no rows");
        }
        SeedsReport::Ran { leftovers } => {
            line(text, "seeds", width, BAD, "leave rows, or take some away");
            for leftover in leftovers {
                let _ = writeln!(
                    text,
                    "    {}: {} rows before, {} after",
                    printable(&leftover.table),
                    leftover.before,
                    leftover.after
                );
            }
        }
        SeedsReport::Fails { error } => {
            line(text, "seeds", width, BAD, "fail");
            let _ = writeln!(text, "    {BAD}{}{BAD:#}", half_error(error));
        }
        SeedsReport::BackfillFails { error } => {
            line(text, "seeds", width, BAD, "a backfill fails on their rows");
            let _ = writeln!(text, "    {BAD}{}{BAD:#}", half_error(error));
        }
        SeedsReport::Irreversible => line(text, "seeds", width, UNDONE, "irreversible: no down half"),
    }
}

const VERDICTS: [Verdict; 8] = [
    Verdict::Exact,
    Verdict::ColumnOrder,
    Verdict::Layout,
    Verdict::Irreversible,
    Verdict::NotReversed,
    Verdict::UpAgainDiffers,
    Verdict::DownFails,
    Verdict::UpAgainFails,
];

fn summary(report: &VerifyReport) -> String {
    let count = |verdict| report.migrations.iter().filter(|migration| migration.verdict == verdict).count();
    let parts: Vec<String> = VERDICTS
        .into_iter()
        .map(|verdict| (count(verdict), words(verdict)))
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    let many = report.migrations.len();
    let migrations = if many == 1 { "migration" } else { "migrations" };
    let what = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
    format!("{STRONG}{many} {migrations} verified in {} ms{what}{STRONG:#}\n", report.verified_ms)
}
