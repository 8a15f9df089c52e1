//! The findings of `pmdb plan` in the forms that others read: a comment on a pull request, annotations, a code scanner's report.

pub mod github;
pub mod markdown;
pub mod sarif;
#[cfg(test)]
mod tests;

use crate::impact::{Class, Finding};

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
