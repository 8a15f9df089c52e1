//! `pmdb baseline` as text.

use std::fmt::Write;

use super::diff::{counts, ignored, lines, objects};
use super::printable::printable;
use super::{GOOD, STRONG};
use crate::commands::BaselineReport;

pub(super) fn text(report: &BaselineReport) -> String {
    let mut text = report.differences.as_ref().map(lines).unwrap_or_default();
    let records = match report.dry_run {
        true => "would record",
        false => "recorded",
    };
    for one in &report.recorded {
        let _ = writeln!(text, "{GOOD}{records}{GOOD:#} {} {}", one.version, printable(&one.name));
    }
    let _ =
        writeln!(text, "{STRONG}{}:{STRONG:#} {}", printable(&report.database.to_string()), summary(report));
    text
}

fn summary(report: &BaselineReport) -> String {
    let how = match report.dry_run {
        true => "would be recorded as applied, and nothing would run",
        false => "recorded as applied; nothing ran",
    };
    let version = &report.version;
    let what = match report.recorded.len() {
        0 => return format!("everything up to {version} is recorded already; nothing was changed"),
        1 => "1 migration".to_owned(),
        many => format!("{many} migrations"),
    };
    format!("{what} {how}; {}", comparison(report))
}

fn comparison(report: &BaselineReport) -> String {
    if let Some(reason) = &report.not_compared {
        return format!("the database was not compared with the files: {}", printable(reason));
    }
    let counted = report.differences.as_ref().map(counts).unwrap_or_default();
    let found = match counted {
        (0, 0) => "the database is what the files build".to_owned(),
        (0, soft) => {
            format!("the database is what the files build, except for the layout of {}", objects(soft))
        }
        (1, _) => "1 object is not what the files build".to_owned(),
        (many, _) => format!("{} are not what the files build", objects(many)),
    };
    found + &ignored(report.ignored)
}
