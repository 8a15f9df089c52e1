//! Why a plan has no step: "nothing to do" alone leaves open whether that is good news.

use serde::Serialize;

use super::{DownTarget, Goal, UpTarget};
use crate::migration::Version;
use crate::migration::reconcile::Entry;

/// Why a plan has no step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum NothingToDo {
    /// Up: there is no file.
    NoFiles,
    /// Up: every file is applied.
    AllApplied,
    /// Up to a version: it is applied already.
    Passed {
        /// The version that was asked for, written as the history has it.
        target: Version,
        /// The newest applied version, if that is another one.
        newest: Option<Version>,
    },
    /// Down: nothing is applied.
    NothingApplied,
    /// Down to a version: nothing newer is applied.
    NothingNewer {
        /// The version that was asked for.
        target: Version,
    },
}

/// Why there is no step that leads to a goal.
pub(super) fn why_nothing(entries: &[Entry<'_>], goal: &Goal) -> NothingToDo {
    let as_known = |target: &Version| {
        let known = entries.iter().map(|entry| entry.version).find(|version| *version == target);
        known.unwrap_or(target).clone()
    };
    let newest = entries.iter().rev().find(|entry| entry.applied.is_some()).map(|entry| entry.version);
    let is_deferred =
        |target: &Version| entries.iter().any(|entry| entry.version == target && entry.is_deferred());
    match (goal, newest) {
        (Goal::Up { target: UpTarget::To(target), .. }, Some(newest)) if !is_deferred(target) => {
            NothingToDo::Passed {
                target: as_known(target),
                newest: Some(newest).filter(|newest| *newest != target).cloned(),
            }
        }
        (Goal::Up { .. }, _) if entries.iter().all(|entry| entry.migration.is_none()) => NothingToDo::NoFiles,
        (Goal::Up { .. }, _) => NothingToDo::AllApplied,
        (Goal::Down { target: DownTarget::To(target), .. }, Some(_)) => {
            NothingToDo::NothingNewer { target: as_known(target) }
        }
        (Goal::Down { .. } | Goal::Redo, _) => NothingToDo::NothingApplied,
    }
}
