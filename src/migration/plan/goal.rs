//! What a run is to reach, and the rules that it follows.

use crate::migration::{AppliedMigration, Version};

/// What a run is to reach.
#[derive(Debug, Clone)]
pub enum Goal {
    /// Apply what is pending.
    Up {
        /// How far.
        target: UpTarget,
        /// What to do with late files.
        late: OutOfOrder,
        /// What to do with versions that have no file.
        missing: MissingFiles,
        /// What to do with files without SQL.
        unfilled: Unfilled,
        /// What to do with deferred backfills.
        deferred: DeferredBackfills,
    },
    /// Undo what is applied.
    Down {
        /// How far.
        target: DownTarget,
        /// What to do with versions that have no file.
        stored: StoredHalves,
    },
    /// Undo the newest applied migration and apply it again.
    Redo,
}

impl Goal {
    /// Everything that is pending, with the rules that hold when no option says otherwise.
    pub fn newest() -> Goal {
        Goal::up(UpTarget::Newest)
    }

    /// What is pending, so far, with the same rules.
    pub fn up(target: UpTarget) -> Goal {
        let (late, missing) = (OutOfOrder::Refuse, MissingFiles::Note);
        let (unfilled, deferred) = (Unfilled::Apply, DeferredBackfills::Pass);
        Goal::Up { target, late, missing, unfilled, deferred }
    }

    /// The same, and deferred backfills in their turn: for a database that nobody waits for.
    pub fn with_backfills(self) -> Goal {
        match self {
            Goal::Up { target, late, missing, unfilled, .. } => {
                Goal::Up { target, late, missing, unfilled, deferred: DeferredBackfills::Run }
            }
            other => other,
        }
    }

    /// The same, and late files too.
    pub fn out_of_order(self) -> Goal {
        match self {
            Goal::Up { target, missing, unfilled, deferred, .. } => {
                Goal::Up { target, late: OutOfOrder::Apply, missing, unfilled, deferred }
            }
            other => other,
        }
    }
}

/// How far up.
#[derive(Debug, Clone)]
pub enum UpTarget {
    /// All of it.
    Newest,
    /// Up to and with this version.
    To(Version),
    /// This many migrations.
    Steps(usize),
}

/// How far down.
#[derive(Debug, Clone)]
pub enum DownTarget {
    /// This many migrations.
    Steps(usize),
    /// All that are newer than this version, which stays. Version 0 stands for "before the first".
    To(Version),
    /// All of it.
    All,
}

/// What to do with a version to be undone that has no file, where the history keeps its down half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredHalves {
    /// Stop: another project, or a newer release, may have applied it.
    Refuse,
    /// Run the half of the history.
    Run,
}

/// What to do with a pending file that is older than the newest applied migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutOfOrder {
    /// Stop.
    Refuse,
    /// Apply it now.
    Apply,
}

/// What to do with an applied version that has no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingFiles {
    /// Say so and go on: an older release may be running.
    Note,
    /// Stop.
    Refuse,
}

/// What to do with a pending file in whose up half nothing is written, not even a comment: as `pmdb new` makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfilled {
    /// Stop.
    Refuse,
    /// Record it as applied; nothing runs.
    Apply,
}

/// What to do with a backfill that says `deferred:true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeferredBackfills {
    /// Pass it, and apply what comes after. Where nothing is applied yet, nobody uses the database: there it runs in its turn.
    Pass,
    /// Run it in its turn.
    Run,
    /// Run these alone.
    Only,
}

impl DeferredBackfills {
    /// What that comes to on a database with this history.
    pub(super) fn given(self, history: &[AppliedMigration]) -> DeferredBackfills {
        match self {
            DeferredBackfills::Pass if history.is_empty() => DeferredBackfills::Run,
            other => other,
        }
    }
}
