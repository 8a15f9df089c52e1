//! What all rules find.

use super::{
    PlanRule, answers, by_hand_refusals, calls, checks, columns, dependents, enum_values, indexes, keys,
    left_behind, locks, not_null, partitions, pending_triggers, privileges, publications, read_only_columns,
    removals, rewrites, rights, row_security, rows, sequence_starts, sequences, taken_along, taken_names,
    trial, types, unique_keys,
};
use crate::impact::finding::Finding;
use crate::impact::look::HalfView;

/// What all rules find in a half.
pub(in crate::impact) fn all_findings(look: &HalfView<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(trial::find(look));
    findings.extend(answers::find(look));
    findings.extend(indexes::find(look));
    findings.extend(keys::find(look));
    findings.extend(checks::find(look));
    findings.extend(not_null::find(look));
    findings.extend(types::find(look));
    findings.extend(columns::find(look));
    findings.extend(read_only_columns::find(look));
    findings.extend(rewrites::find(look));
    findings.extend(partitions::find(look));
    findings.extend(rows::find(look));
    findings.extend(taken_along::find(look));
    findings.extend(taken_names::find(look));
    findings.extend(pending_triggers::find(look));
    findings.extend(rights::find(look));
    findings.extend(publications::find(look));
    findings.extend(sequences::find(look));
    findings.extend(sequence_starts::find(look));
    findings.extend(removals::find(look));
    findings.extend(calls::find(look));
    findings.extend(dependents::find(look));
    findings.extend(by_hand_refusals::find(look));
    findings.extend(unique_keys::find(look));
    findings.extend(privileges::find(look));
    findings.extend(left_behind::find(look));
    findings.extend(enum_values::find(look));
    findings.extend(row_security::find(look));
    // What no other rule explains.
    let explained: Vec<Finding> = findings
        .iter()
        .filter(|finding| finding.blocked.is_some() || finding.rule == PlanRule::NewColumnWithoutDefault)
        .cloned()
        .collect();
    findings.extend(locks::find(look, &explained));
    findings
}
