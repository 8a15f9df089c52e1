//! The answer of `pmdb plan`, and its findings in the forms that others read: a comment on a pull request, annotations, a code scanner's report.

mod github;
mod markdown;
mod sarif;
#[cfg(test)]
mod tests;

use super::impact;
use crate::cli::Format;
use crate::commands::ImpactReport;
use crate::impact::{Class, Finding};

/// The answer in the form that was asked for.
pub(super) fn text(report: &ImpactReport, format: Format) -> String {
    let (findings, gaps) = (&report.findings, &report.gaps);
    let backfills = impact::backfills(report);
    let notes = || [gaps.as_slice(), backfills.as_slice()].concat();
    match format {
        Format::Markdown => markdown::comment(findings, gaps, &backfills),
        Format::Github => github::annotations(findings, &notes()),
        Format::Sarif => sarif::document(findings, &notes()),
        _ => impact::text(report),
    }
}

/// The file of a finding, as it is named everywhere: with slashes.
fn file(finding: &Finding) -> String {
    finding.path.to_string_lossy().replace('\\', "/")
}

/// The line of a finding; the first one, where it is about the file as a whole.
fn line(finding: &Finding) -> usize {
    finding.location.map_or(1, |location| location.line)
}

/// How bad it is, in the words of GitHub and of SARIF.
fn level(class: Class) -> &'static str {
    match class {
        Class::Fails => "error",
        Class::Blocks | Class::Breaks | Class::Loses => "warning",
        Class::Careless => "note",
    }
}
