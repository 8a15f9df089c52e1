//! From what was seen to findings.

use super::citus::without_batches;
use super::finding::Finding;
use super::look::{Case, HalfView};
use super::recipe::{each_once, say_what_is_left_out};
use super::rule::findings::all_findings;
use super::{Options, TargetStats};

/// What pending halves, in the order in which they would run, do to a target of this size; without a size, every table counts
/// as a large one. The findings are in the order of the files and their statements.
pub fn judge(cases: &[Case<'_>], stats: Option<&TargetStats>, options: &Options) -> Vec<Finding> {
    let Some(first) = cases.first() else { return Vec::new() };
    let mut findings: Vec<Finding> = Vec::new();
    for (place, case) in cases.iter().enumerate() {
        let earlier = cases.get(..place).unwrap_or_default();
        let later = cases.get(place + 1..).unwrap_or_default();
        let look = HalfView::new(case, (earlier, later), first.before, stats, options);
        let mut found = all_findings(&look);
        found.sort_by_key(|finding| (finding.statement.unwrap_or(usize::MAX), finding.rule));
        each_once(&mut found);
        say_what_is_left_out(&mut found, &case.trace.statements);
        for finding in found {
            let is_known = |known: &Finding| {
                known.version == finding.version
                    && known.rule == finding.rule
                    && known.statement == finding.statement
                    && known.object == finding.object
            };
            if !findings.iter().any(is_known) {
                findings.push(finding);
            }
        }
    }
    if let Some(stats) = stats {
        without_batches(&mut findings, stats);
    }
    findings
}

#[cfg(test)]
mod tests;
