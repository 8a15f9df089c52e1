//! What became of the half that failed.

use serde::Serialize;

use super::FailedStep;
use crate::migration::{Direction, Version};

/// What became of the half that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum StepState {
    /// It had not begun.
    NotBegun,
    /// Its transaction was rolled back: the database is as before it.
    RolledBack,
    /// This many statements are done and recorded; the next run goes on after them.
    Stopped {
        /// Statements done.
        done: usize,
        /// Statements in all.
        total: usize,
    },
    /// It is a backfill: the batches so far are done and recorded; the next run goes on after them.
    Backfilling {
        /// How many rows it has passed.
        rows: u64,
        /// About how many rows there were when it began.
        of: Option<u64>,
    },
    /// It is a backfill, and what is recorded of it was changed by somebody else.
    Displaced,
    /// The connection was lost: it is either wholly there or not at all.
    Unknown,
    /// The connection was lost in a half outside a transaction: this many statements are done and recorded, and the
    /// next run finds out about the one that was running.
    Lost {
        /// Statements done.
        done: usize,
        /// Statements in all.
        total: usize,
    },
    /// A statement that commits by itself failed, or was running when the connection was lost: this many before it are
    /// done and recorded, and what it has committed stays.
    MayHaveCommitted {
        /// Statements done before it.
        done: usize,
        /// Statements in all.
        total: usize,
        /// Whether the server has said that it failed.
        answer: ServerAnswer,
    },
    /// It was tried on a scratch database, which is gone.
    Scratch,
}

/// Whether the server has said what became of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ServerAnswer {
    /// It failed.
    Failed,
    /// There was no answer.
    None,
    /// It is done, but the history could not be written.
    Done,
}

impl StepState {
    /// The same in one sentence.
    pub(super) fn sentence(self, step: &FailedStep) -> String {
        let FailedStep { direction, version, name, .. } = step;
        match self {
            StepState::NotBegun => format!("{version} {name} was not begun."),
            StepState::RolledBack => match direction {
                Direction::Up => {
                    format!("The transaction was rolled back: nothing of {version} {name} remains.")
                }
                Direction::Down => {
                    format!("The transaction was rolled back: {version} {name} is still applied.")
                }
            },
            StepState::Stopped { done, total } => format!(
                "{version} {name} runs outside a transaction: {done} of {total} statements are done and stay done; \
                 the next run goes on at statement {}.",
                done + 1
            ),
            StepState::Backfilling { rows, of } => format!(
                "{version} {name} is a backfill: {rows}{} rows are done and stay done; the next run goes on after them.",
                of.filter(|of| of >= &rows).map_or_else(String::new, |of| format!(" of about {of}"))
            ),
            StepState::Displaced => format!(
                "{version} {name} is a backfill: this run has done its batches, and what is recorded of them is no longer its own."
            ),
            StepState::Unknown => format!(
                "The connection is gone, so this run cannot tell: {version} {name} is either wholly done or not at \
                 all, and `pmdb status` knows."
            ),
            StepState::Lost { done, total } => format!(
                "{version} {name} runs outside a transaction: {done} of {total} statements are done and stay done; the \
                 connection is gone, and the next run finds out what became of the one after them."
            ),
            StepState::MayHaveCommitted { done, total, answer } => format!(
                "{version} {name} runs outside a transaction: {done} of {total} statements are done and stay done; \
                 statement {} commits by itself, and what it has committed stays: {}",
                done + 1,
                match answer {
                    ServerAnswer::Failed => "the next run begins it anew.",
                    ServerAnswer::None => "the next run asks what became of it.",
                    ServerAnswer::Done => "it ran to its end, and the history does not say so yet.",
                }
            ),
            StepState::Scratch => "It was tried on a scratch database, which is gone.".to_owned(),
        }
    }

    /// What to do about it, where the cause does not matter.
    pub(super) fn hint(self, version: &Version) -> Option<String> {
        match self {
            StepState::MayHaveCommitted { answer: ServerAnswer::Done, .. } => {
                Some(format!("`pmdb resolve {version} --done` says so, once the history can be written"))
            }
            _ => None,
        }
    }
}
