//! Why nothing was run, or would be.

use super::printable::printable;
use crate::commands::Nothing;
use crate::migration::NothingToDo;

/// Why nothing was run, or would be; `noun` is what it is about.
pub(super) fn nothing_text(Nothing { why, folder }: &Nothing, noun: &str) -> String {
    match why {
        NothingToDo::NoFiles => format!("nothing to apply: there are no {noun}s in {}", printable(folder)),
        NothingToDo::AllApplied => "nothing to apply".to_owned(),
        NothingToDo::Passed { target, newest: None } => format!("nothing to apply: {target} is applied"),
        NothingToDo::Passed { target, newest: Some(newest) } => format!(
            "nothing to apply: {target} is applied, and {newest} after it; `pmdb down --to {target}` goes back to it"
        ),
        NothingToDo::NothingApplied => format!("nothing to undo: no {noun} is applied"),
        NothingToDo::NothingNewer { target } => {
            format!("nothing to undo: nothing newer than {target} is applied")
        }
    }
}
