//! Annotations for GitHub Actions: what is wrong appears beside the line it is about (GitHub's documentation, "Workflow
//! commands").

use crate::commands::{AllDownReport, HalfError, SeedsReport, VerifiedMigration, VerifyReport};
use crate::postgres::verify::Verdict;

use super::printable::printable;
use super::verdict::{AGAIN, THEN, half_error, shown, words};

pub(super) fn annotations(report: &VerifyReport) -> String {
    let mut text: String = report.migrations.iter().filter_map(migration).collect();
    match &report.all_down {
        AllDownReport::Undone { differences, failed: true, .. } => {
            let lines: Vec<String> = differences.items.iter().flat_map(|item| item.lines()).collect();
            text += &format!("::error title=undoing all migrations::{}\n", data(&lines.join("\n")));
        }
        AllDownReport::Fails { error } => text += &failing("undoing all migrations", error),
        AllDownReport::Undone { .. } | AllDownReport::NotTried => {}
    }
    match &report.seeds {
        Some(SeedsReport::Ran { leftovers }) => {
            for leftover in leftovers {
                let message =
                    format!("{}: {} rows before, {} after", leftover.table, leftover.before, leftover.after);
                text += &format!("::error title=the seeds leave rows::{}\n", data(&message));
            }
        }
        Some(SeedsReport::Fails { error }) => text += &failing("the seeds fail", error),
        Some(SeedsReport::BackfillFails { error }) => {
            text += &failing("a backfill fails on the rows of the seeds", error);
        }
        Some(SeedsReport::Irreversible) | None => {}
    }
    text
}

/// On the first line of the down half, or where a half fails if that is what is wrong.
fn migration(migration: &VerifiedMigration) -> Option<String> {
    let mut lines: Vec<String> = migration.differences.items.iter().flat_map(|item| item.lines()).collect();
    if !migration.differences_again.is_empty() {
        lines.push(AGAIN.to_owned());
        lines.extend(migration.differences_again.items.iter().flat_map(|item| item.lines()));
    }
    let then = if migration.verdict == Verdict::NotReversed { THEN } else { "" };
    lines.extend(migration.error.iter().map(|error| format!("{then}{}", half_error(error))));
    lines.extend(migration.loses.iter().map(|identity| format!("loses data: {}", shown(identity))));
    let level = match migration.verdict {
        _ if migration.failed => "error",
        Verdict::Exact | Verdict::Irreversible if lines.is_empty() => return None,
        _ => "warning",
    };
    let failing = migration.error.as_ref().filter(|_| migration.verdict != Verdict::NotReversed);
    let line = failing.and_then(|error| error.location.line);
    let words = match migration.verdict {
        Verdict::Exact | Verdict::Irreversible => "loses data",
        verdict => words(verdict),
    };
    Some(format!(
        "::{level} file={},line={},title={}::{}\n",
        property(&migration.file),
        line.unwrap_or(migration.line),
        property(&format!("{} {}: {}", migration.version, migration.name, words)),
        data(&lines.join("\n"))
    ))
}

fn failing(title: &str, error: &HalfError) -> String {
    let line = error.location.line.map_or_else(String::new, |line| format!(",line={line}"));
    format!(
        "::error file={}{line},title={title}::{}\n",
        property(&error.location.file),
        data(&half_error(error))
    )
}

/// What follows the `::`.
pub(super) fn data(text: &str) -> String {
    printable(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

pub(super) fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
