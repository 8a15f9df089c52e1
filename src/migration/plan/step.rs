//! A plan is a list of steps: halves to run, and where an interrupted run left them.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::NothingToDo;
use crate::migration::{BackfillProgress, Direction, Half, Migration, Position, Version};

/// The steps of a run, in order.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What is to be run.
    pub steps: Vec<Step>,
    /// Applied versions without a file, with their names.
    pub missing: Vec<(Version, String)>,
    /// Why nothing is to be run, where that is so.
    pub nothing: Option<NothingToDo>,
    /// Backfills that are passed.
    pub deferred: Vec<Passed>,
    /// The same, with what it takes to see whether they can still run.
    pub pending_backfills: Vec<PendingBackfill>,
    /// What comes next, and has to wait for another migration.
    pub held: Option<Held>,
}

/// A deferred backfill that a plan passes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Passed {
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// How much of it is done, in percent, where that is known.
    pub percent: Option<u64>,
}

/// A deferred backfill that is still to run when the steps of a plan are done.
#[derive(Debug, Clone)]
pub struct PendingBackfill {
    /// Its file.
    pub migration: Migration,
    /// How far it has come.
    pub done: Option<BackfillProgress>,
    /// The versions of the steps whose turn comes after its own: what these take away is missing when it runs.
    pub passed_by: Vec<Version>,
}

/// A migration that waits for another one, as its file says (`requires:`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Held {
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// Which one has to be applied before.
    pub requires: Version,
    /// Whether that is a deferred backfill.
    pub is_backfill: bool,
    /// How much of it is done, in percent, where that is known.
    pub percent: Option<u64>,
}

/// One half to run.
#[derive(Debug, Clone)]
pub enum Step {
    /// Apply a migration.
    Up(UpStep),
    /// Undo a migration.
    Down(DownStep),
}

/// Apply a migration.
#[derive(Debug, Clone)]
pub struct UpStep {
    /// The file.
    pub migration: Migration,
    /// Where an interrupted run left it. `None`: there is no row yet.
    pub resume: Option<Resume>,
}

/// Where an interrupted run left a half.
#[derive(Debug, Clone)]
pub struct Resume {
    /// The version as the row has it.
    pub version: Version,
    /// How far it came.
    pub position: Position,
    /// The half as it was sent, where a statement of it was running: the file may say something else by now.
    pub sent: Option<Half>,
    /// How far it has come, where it is a backfill.
    pub backfill: Option<BackfillProgress>,
    /// Whether that counts for nothing, and the backfill begins at the first row.
    pub begins_anew: bool,
}

/// Undo a migration.
#[derive(Debug, Clone)]
pub struct DownStep {
    /// The version as the history has it.
    pub version: Version,
    /// The name.
    pub name: String,
    /// The down half.
    pub half: Half,
    /// The file that the half comes from; `None` when it comes from the history.
    pub path: Option<PathBuf>,
    /// Where an interrupted run left it. `None`: not begun.
    pub resume: Option<Resume>,
    /// The up half, where a run has begun it and no statement of it is done. Then there is nothing to undo: `half` is empty,
    /// and only what a failed statement has left behind goes, with the row.
    pub begun: Option<Box<UpStep>>,
}

impl Step {
    /// Up or down.
    pub fn direction(&self) -> Direction {
        match self {
            Step::Up(_) => Direction::Up,
            Step::Down(_) => Direction::Down,
        }
    }

    /// The version, as the history has it or will have it.
    pub fn version(&self) -> &Version {
        match self {
            Step::Up(UpStep { resume: Some(resume), .. }) => &resume.version,
            Step::Up(up) => &up.migration.version,
            Step::Down(down) => &down.version,
        }
    }

    /// The migration's name.
    pub fn name(&self) -> &str {
        match self {
            Step::Up(up) => &up.migration.name,
            Step::Down(down) => &down.name,
        }
    }

    /// The SQL to run.
    pub fn half(&self) -> &Half {
        match self {
            Step::Up(up) => &up.migration.up,
            Step::Down(down) => &down.half,
        }
    }

    /// The file that the SQL comes from; `None` when it comes from the history.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Step::Up(up) => Some(&up.migration.path),
            Step::Down(down) => down.path.as_deref(),
        }
    }

    /// Where an interrupted run left it.
    pub fn resume(&self) -> Option<&Resume> {
        match self {
            Step::Up(up) => up.resume.as_ref(),
            Step::Down(down) => down.resume.as_ref(),
        }
    }

    /// How many statements of the half an interrupted run has done.
    pub fn done(&self) -> usize {
        self.resume().map_or(0, |resume| resume.position.done())
    }

    /// Whether a statement of it was running when a run broke off.
    pub fn is_in_flight(&self) -> bool {
        self.resume().is_some_and(|resume| matches!(resume.position, Position::InFlight(_)))
    }
}

pub(super) fn new_up(migration: &Migration) -> Step {
    Step::Up(UpStep { migration: migration.clone(), resume: None })
}
