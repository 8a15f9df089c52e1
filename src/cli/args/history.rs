//! Options of the commands that change what the history says: `accept`, `resolve`, `baseline` and `renumber`.

use clap::Args;

use crate::cli::shared_args::{DryRun, IgnoreArgs, ScratchArgs, WaitingArgs};
use crate::migration::Version;
use crate::postgres::{Force, Resolution};

/// Options of `accept`.
#[derive(Debug, Args)]
pub struct AcceptArgs {
    /// Its version, as `pmdb status` shows it
    pub version: Version,

    /// It is a seed, not a migration
    #[arg(long)]
    pub seed: bool,
}

/// Options of `resolve`.
#[derive(Debug, Args)]
pub struct ResolveArgs {
    /// Its version, as `pmdb status` shows it
    pub version: Version,

    /// The statement is done: the next run goes on after it
    #[arg(long, required_unless_present = "again", conflicts_with = "again")]
    pub done: bool,

    /// The next run sends the statement again
    #[arg(long)]
    pub again: bool,
}

impl ResolveArgs {
    /// What became of the statement.
    pub fn resolution(&self) -> Resolution {
        if self.done { Resolution::Done } else { Resolution::Again }
    }
}

/// Options of `baseline`.
#[derive(Debug, Args)]
pub struct BaselineArgs {
    /// The newest version that the database has; those before it are recorded with it
    #[arg(value_name = "VERSION")]
    pub version: Version,

    /// Record all the same where the database is not what the files build, and say what differs
    #[arg(long)]
    pub force: bool,

    /// Compare, say what would be recorded, and change nothing
    #[arg(long)]
    pub dry_run: bool,

    /// What is known.
    #[command(flatten)]
    pub ignore: IgnoreArgs,

    /// How to wait.
    #[command(flatten)]
    pub waiting: WaitingArgs,

    /// Scratch databases.
    #[command(flatten)]
    pub scratch: ScratchArgs,
}

impl BaselineArgs {
    /// Whether it is only to be shown.
    pub fn dry_run(&self) -> DryRun {
        DryRun::from_flag(self.dry_run)
    }

    /// Whether to record what differs from the files.
    pub fn force(&self) -> Force {
        if self.force { Force::Override } else { Force::Obey }
    }
}

/// Options of `renumber`.
#[derive(Debug, Args)]
pub struct RenumberArgs {
    /// The version that the migration was applied as
    #[arg(value_name = "FROM")]
    pub from: Version,

    /// The version that its file has now
    #[arg(value_name = "TO")]
    pub to: Version,

    /// Say what would be renumbered, and change nothing
    #[arg(long)]
    pub dry_run: bool,

    /// How to wait.
    #[command(flatten)]
    pub waiting: WaitingArgs,
}

impl RenumberArgs {
    /// Whether it is only to be shown.
    pub fn dry_run(&self) -> DryRun {
        DryRun::from_flag(self.dry_run)
    }
}
