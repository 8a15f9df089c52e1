//! Options of the commands that run migrations and seeds, and of `status`.

use clap::Args;

use crate::cli::shared_args::{BatchArgs, Check, DryRun, ForceArgs, WaitingArgs, YesArgs};
use crate::cli::values::parse_steps;
use crate::migration::{
    DeferredBackfills, Direction, DownTarget, Goal, MissingFiles, OutOfOrder, StoredHalves, Unfilled,
    UpTarget, Version,
};

/// Options of `up`.
#[derive(Debug, Args)]
pub struct UpArgs {
    /// Stop after this version
    #[arg(long, value_name = "VERSION", conflicts_with = "steps")]
    pub to: Option<Version>,

    /// Apply only the next N
    #[arg(long, value_name = "N", value_parser = parse_steps)]
    pub steps: Option<usize>,

    /// Print what would run, and run nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Also apply files with a lower number than the newest applied one
    #[arg(long)]
    pub out_of_order: bool,

    /// Fail if an applied migration has no file here
    #[arg(long)]
    pub strict: bool,

    /// A folder without migrations, or a migration without SQL, is meant so
    #[arg(long)]
    pub allow_empty: bool,

    /// Run the backfills that are marked `deferred:true`, and nothing else; deploys go on beside
    #[arg(long, help_heading = "Backfills")]
    pub backfills: bool,

    /// Backfills.
    #[command(flatten)]
    pub batches: BatchArgs,

    /// How to wait.
    #[command(flatten)]
    pub waiting: WaitingArgs,
}

impl UpArgs {
    /// What is to be reached.
    pub fn goal(&self) -> Goal {
        let target = match (&self.to, self.steps) {
            (Some(version), _) => UpTarget::To(version.clone()),
            (None, Some(steps)) => UpTarget::Steps(steps),
            (None, None) => UpTarget::Newest,
        };
        let late = if self.out_of_order { OutOfOrder::Apply } else { OutOfOrder::Refuse };
        let missing = if self.strict { MissingFiles::Refuse } else { MissingFiles::Note };
        let unfilled = if self.allow_empty { Unfilled::Apply } else { Unfilled::Refuse };
        let deferred = if self.backfills { DeferredBackfills::Only } else { DeferredBackfills::Pass };
        Goal::Up { target, late, missing, unfilled, deferred }
    }

    /// Whether it is only to be shown.
    pub fn dry_run(&self) -> DryRun {
        DryRun::from_flag(self.dry_run)
    }
}

/// Options of `down`.
#[derive(Debug, Args)]
pub struct DownArgs {
    /// Undo the newest N [default: 1]
    #[arg(long, value_name = "N", conflicts_with_all = ["to", "all"], value_parser = parse_steps)]
    pub steps: Option<usize>,

    /// Undo everything newer than this version; 0 undoes all
    #[arg(long, value_name = "VERSION", conflicts_with = "all")]
    pub to: Option<Version>,

    /// Undo all of them
    #[arg(long)]
    pub all: bool,

    /// Undo also what has no file here, by the down half that the history keeps
    #[arg(long)]
    pub stored: bool,

    /// Print what would run, and run nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Force.
    #[command(flatten)]
    pub force: ForceArgs,

    /// Yes.
    #[command(flatten)]
    pub yes: YesArgs,

    /// Backfills.
    #[command(flatten)]
    pub batches: BatchArgs,

    /// How to wait.
    #[command(flatten)]
    pub waiting: WaitingArgs,
}

impl DownArgs {
    /// Whether all that the migrations made may be to go.
    pub fn may_undo_all(&self) -> bool {
        self.undoes_all_of(0)
    }

    /// Whether all of this many applied migrations are to go. One step is meant for one.
    pub fn undoes_all_of(&self, applied: usize) -> bool {
        self.all
            || self.to.as_ref().is_some_and(|version| version.unpadded() == "0")
            || self.steps.is_some_and(|steps| steps > 1 && steps >= applied)
    }

    /// What is to be reached.
    pub fn goal(&self) -> Goal {
        let target = match (&self.to, self.steps) {
            _ if self.all => DownTarget::All,
            (Some(version), _) => DownTarget::To(version.clone()),
            (None, steps) => DownTarget::Steps(steps.unwrap_or(1)),
        };
        let stored = if self.stored { StoredHalves::Run } else { StoredHalves::Refuse };
        Goal::Down { target, stored }
    }

    /// Whether it is only to be shown.
    pub fn dry_run(&self) -> DryRun {
        DryRun::from_flag(self.dry_run)
    }
}

/// Options of `redo`.
#[derive(Debug, Args)]
pub struct RedoArgs {
    /// Force.
    #[command(flatten)]
    pub force: ForceArgs,

    /// Backfills.
    #[command(flatten)]
    pub batches: BatchArgs,

    /// How to wait.
    #[command(flatten)]
    pub waiting: WaitingArgs,
}

/// Options of `seed`.
#[derive(Debug, Args)]
pub struct SeedArgs {
    /// Take the seeds out again
    #[arg(long)]
    pub down: bool,

    /// Force.
    #[command(flatten)]
    pub force: ForceArgs,

    /// How to wait.
    #[command(flatten)]
    pub waiting: WaitingArgs,
}

impl SeedArgs {
    /// In or out.
    pub fn direction(&self) -> Direction {
        if self.down { Direction::Down } else { Direction::Up }
    }
}

/// Options of `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// For pipelines: exit with 3 if something is pending, with 4 if history and files disagree
    #[arg(long)]
    pub check: bool,

    /// With --check: a folder without migrations is meant so
    #[arg(long)]
    pub allow_empty: bool,
}

impl StatusArgs {
    /// Whether the state decides the exit code.
    pub fn check(&self) -> Check {
        Check::from_flag(self.check)
    }
}
