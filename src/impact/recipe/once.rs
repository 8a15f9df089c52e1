//! The same advice is given once.

use crate::impact::PlanRule;
use crate::impact::finding::{Finding, Recipe};

/// Leaves out what the recipe of an earlier finding in the same half does already.
pub(in crate::impact) fn each_once(findings: &mut [Finding]) {
    for place in 1..findings.len() {
        let (earlier, [finding, ..]) = findings.split_at_mut(place) else { continue };
        let Some(recipe) = &finding.recipe else { continue };
        if recipe.files.is_empty() {
            continue;
        }
        let does_all = |other: &&mut Finding| {
            let files = other.recipe.as_ref().map(|other| other.files.as_slice()).unwrap_or_default();
            // A way for the whole file is the same, whichever statement asks for it.
            let is_for_file = finding.rule == PlanRule::LockHeldDuringWork && other.rule == finding.rule;
            (is_for_file || other.statement == finding.statement)
                && recipe.files.iter().all(|file| files.contains(file))
        };
        if let Some(other) = earlier.iter_mut().find(does_all) {
            let note = format!(
                "What is written at {} ({}) is the safe way for this, too.",
                other.rule, other.object
            );
            finding.recipe = Some(Recipe::note(note));
        }
    }
}
