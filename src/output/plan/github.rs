//! Annotations for GitHub Actions: each finding beside its line (GitHub's documentation, "Workflow commands").

use super::{file, level, line};
use crate::impact::Finding;
use crate::output::github::{data, property};
use crate::output::printable::one_line;

/// A line for each finding, and for each sentence beside them.
pub(super) fn annotations(findings: &[Finding], notes: &[String]) -> String {
    let notes = notes.iter().map(|note| format!("::notice title=pmdb plan::{}\n", data(&one_line(note))));
    findings.iter().map(annotation).chain(notes).collect()
}

fn annotation(finding: &Finding) -> String {
    let level = match level(finding.class) {
        "note" => "notice",
        level => level,
    };
    let mut message = one_line(&finding.what).into_owned();
    if let Some(recipe) = &finding.recipe {
        message += &format!("\n\nThe safe way:\n{}", recipe.sql().trim_end());
    }
    let column = finding.location.map_or_else(String::new, |location| format!(",col={}", location.column));
    format!(
        "::{level} file={},line={}{column},title={}::{}\n",
        property(&file(finding)),
        line(finding),
        property(&format!("{} {} ({})", one_line(&finding.object), finding.class, finding.rule)),
        data(&message)
    )
}
