//! Annotations for GitHub Actions: each finding beside its line (GitHub's documentation, "Workflow commands").

use super::{file, level, line};
use crate::impact::Finding;
use crate::output::github::{data, property};

/// A line for each finding, and for each thing of the target that could not be seen.
pub(super) fn annotations(findings: &[Finding], gaps: &[String]) -> String {
    let gaps = gaps.iter().map(|gap| format!("::notice title=pmdb plan::{}\n", data(gap)));
    findings.iter().map(annotation).chain(gaps).collect()
}

fn annotation(finding: &Finding) -> String {
    let level = match level(finding.class) {
        "note" => "notice",
        level => level,
    };
    let mut message = finding.what.clone();
    if let Some(recipe) = &finding.recipe {
        message += &format!("\n\nThe safe way:\n{}", recipe.sql().trim_end());
    }
    let column = finding.location.map_or_else(String::new, |location| format!(",col={}", location.column));
    format!(
        "::{level} file={},line={}{column},title={}::{}\n",
        property(&file(finding)),
        line(finding),
        property(&format!("{} {} ({})", finding.object, finding.class, finding.rule)),
        data(&message)
    )
}
