//! Everything that can go wrong with a migrator.

use thiserror::Error;

use super::event::StepReport;
#[cfg(feature = "inspect")]
use super::failure::StepState;
use super::failure::{Cause, RunFailure};
use super::history::HistoryError;
use super::lock::LockError;
use crate::diagnosis::{Diagnose, Diagnosis};
use crate::exit::Exit;
use crate::migration::{BaselineError, PlanError, RenumberError};

/// Everything that can go wrong with a migrator.
#[derive(Debug, Error)]
pub enum MigratorError {
    /// The history table cannot be used.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// There is no plan for the goal; nothing was touched.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A migration does not get another number; nothing was touched.
    #[error("it cannot be renumbered: {0}")]
    Renumber(#[from] RenumberError),
    /// Migrations are not recorded as applied; nothing was touched.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// Another runner is at work; nothing was touched.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A half failed, or the run was interrupted.
    #[error(transparent)]
    Run(Box<RunFailure>),
    /// The user asked to stop before anything was run.
    #[error("interrupted")]
    Interrupted,
    /// All that was wanted is committed on this server, but the wait for a synchronous standby to confirm it was broken
    /// off.
    #[error("{}", unconfirmed(finished.len()))]
    Unconfirmed {
        /// What was run and recorded; nothing, where it was the history table that was written.
        finished: Vec<StepReport>,
        /// Whether somebody wished it to stop.
        stopped: bool,
    },
    /// The database is protected, and the command would destroy something.
    #[error("the database {database} is protected")]
    Protected {
        /// The database.
        database: String,
    },
}

impl MigratorError {
    /// What a half has changed outside of its scratch database, or somebody else meanwhile, if another run can go on.
    #[cfg(feature = "inspect")]
    pub(super) fn changed_outside_and_undone(&self) -> Option<&str> {
        match self {
            MigratorError::Run(failure) => match (&failure.cause, &failure.step_state) {
                (Cause::ChangedOutside { what }, StepState::RolledBack | StepState::Stopped { .. }) => {
                    Some(what)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether somebody wished it to stop.
    pub fn is_interruption(&self) -> bool {
        match self {
            MigratorError::Interrupted | MigratorError::Lock(LockError::Interrupted) => true,
            MigratorError::Run(failure) => matches!(failure.cause, Cause::Interrupted),
            MigratorError::Unconfirmed { stopped, .. } => *stopped,
            _ => false,
        }
    }
}

impl Diagnose for MigratorError {
    fn diagnosis(&self) -> Diagnosis {
        match self {
            MigratorError::History(error) => error.diagnosis(),
            MigratorError::Plan(error) => error.diagnosis(),
            MigratorError::Renumber(error) => error.diagnosis().told_as(self),
            MigratorError::Baseline(error) => error.diagnosis(),
            MigratorError::Lock(error) => error.diagnosis(),
            MigratorError::Run(failure) => failure.diagnosis(),
            MigratorError::Interrupted => Diagnosis::interrupted(self),
            MigratorError::Unconfirmed { finished, stopped } => Diagnosis::of(self, "unconfirmed")
                .exit(if *stopped { Exit::Interrupted } else { Exit::Failed })
                .hint(
                    "it is lost if a standby without it takes over; once the standbys are back, `pmdb status` shows where \
                     things stand, and `pmdb up` goes on from there",
                )
                .done("steps", finished),
            MigratorError::Protected { .. } => Diagnosis::of(self, "protected").hint(
                "use --force if you mean it; `ALTER DATABASE … RESET pmdb.protected` takes the protection away",
            ),
        }
    }
}

fn unconfirmed(finished: usize) -> String {
    let what = match finished {
        0 => "what was written to the history is".to_owned(),
        1 => "1 migration is run, recorded and".to_owned(),
        many => format!("{many} migrations are run, recorded and"),
    };
    format!(
        "the wait for a synchronous standby was broken off: {what} committed on this server, and not confirmed by the standby"
    )
}
