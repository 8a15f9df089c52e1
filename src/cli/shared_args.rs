//! Options that several commands have, and what they mean.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use super::ConnectionString;
use super::values::{parse_duration, parse_lock_timeout, parse_size};
use crate::catalog::AnyKind;
use crate::ignore::Ignore;
use crate::postgres::scratch::Shared;
use crate::postgres::{BackfillPace, Force};

/// How to wait for others.
#[derive(Debug, Clone, Args)]
pub struct WaitingArgs {
    /// How long to wait while another pmdb is at work, as in 500ms, 60s or 5m
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_duration)]
    #[arg(help_heading = "Waiting")]
    pub lock_wait: Duration,

    /// How long a statement may wait for a lock on a table; then the file is rolled back and tried again
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_lock_timeout)]
    #[arg(help_heading = "Waiting")]
    pub lock_timeout: Duration,

    /// How often a file is tried again
    #[arg(long, value_name = "N", default_value_t = 10, help_heading = "Waiting")]
    pub lock_retries: u32,
}

/// How backfills run.
#[derive(Debug, Clone, Copy, Args)]
pub struct BatchArgs {
    /// How long a batch of a backfill is to take: the rows that it changes are locked meanwhile
    #[arg(long, value_name = "TIME", default_value = "500ms", value_parser = parse_lock_timeout)]
    #[arg(help_heading = "Backfills")]
    pub batch_time: Duration,

    /// A backfill waits while a replica lags by more than this
    #[arg(long, value_name = "SIZE", default_value = "64MB", value_parser = parse_size)]
    #[arg(help_heading = "Backfills")]
    pub max_lag: u64,
}

impl BatchArgs {
    /// How backfills share the server with others.
    pub fn pace(self) -> BackfillPace {
        BackfillPace { batch_time: self.batch_time, max_lag: self.max_lag }
    }
}

/// Whether a protected database may be touched.
#[derive(Debug, Clone, Copy, Args)]
pub struct ForceArgs {
    /// Go ahead even if the database is protected (ALTER DATABASE … SET pmdb.protected = on)
    #[arg(long)]
    pub force: bool,
}

/// Whether a database that is protected, or in use, may be dropped.
#[derive(Debug, Clone, Copy, Args)]
pub struct ForceDropArgs {
    /// Go ahead even if the database is protected (ALTER DATABASE … SET pmdb.protected = on), and end the sessions that use it
    #[arg(long)]
    pub force: bool,
}

/// Whether somebody has to confirm what destroys the data of a database.
#[derive(Debug, Clone, Copy, Args)]
pub struct YesArgs {
    /// Do not ask for the name of the database, as pmdb does before all data on another machine are lost
    #[arg(long)]
    pub yes: bool,
}

/// How scratch databases are made.
#[derive(Debug, Args)]
pub struct ScratchArgs {
    /// A server to make scratch databases on [else a private one that is thrown away]
    #[arg(long, value_name = "URL", help_heading = "Scratch databases")]
    pub scratch_url: Option<ConnectionString>,

    /// Let migrations change what is outside of them: roles, settings, other databases
    #[arg(long, help_heading = "Scratch databases")]
    pub allow_shared: bool,

    /// SQL to run first in each: a file, or a folder of them [default: the folder scratch, if it is there]
    #[arg(long = "before", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    #[arg(help_heading = "Scratch databases")]
    pub run_first: Vec<PathBuf>,

    /// What one on a private server is called [default: as the target's, if one is configured]
    #[arg(long, value_name = "NAME", help_heading = "Scratch databases")]
    pub database_name: Option<String>,
}

/// Differences that are known.
#[derive(Debug, Args)]
pub struct IgnoreArgs {
    /// Leave out objects of a kind, or those with this name, in which * stands for anything; may be given many times
    #[arg(long, value_name = "KIND[:NAME]")]
    pub ignore: Vec<Ignore<AnyKind>>,

    /// A file of known differences.
    #[arg(
        help = "A file with one KIND[:NAME] a line; # begins a comment [default: drift.ignore, if it is there]"
    )]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ignore_file: Option<PathBuf>,
}

/// Whether a run is only to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DryRun {
    /// It is to be done.
    No,
    /// It is to be shown.
    Yes,
}

impl DryRun {
    pub(super) fn from_flag(flag: bool) -> DryRun {
        if flag { DryRun::Yes } else { DryRun::No }
    }
}

impl ScratchArgs {
    /// Whether a server that is named may be changed outside of the scratch databases.
    pub fn shared(&self) -> Shared {
        if self.allow_shared { Shared::Allowed } else { Shared::Untouched }
    }

    /// Whether any of them was given.
    pub fn is_given(&self) -> bool {
        let ScratchArgs { scratch_url, allow_shared, run_first, database_name } = self;
        scratch_url.is_some() || *allow_shared || !run_first.is_empty() || database_name.is_some()
    }
}

impl ForceDropArgs {
    /// Whether it may be dropped all the same.
    pub fn force(&self) -> Force {
        if self.force { Force::Override } else { Force::Obey }
    }
}

impl YesArgs {
    /// Whether it is confirmed.
    pub fn consent(&self) -> Consent {
        if self.yes { Consent::Given } else { Consent::Wanted }
    }
}

/// Whether somebody has confirmed that data are to be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// On the command line.
    Given,
    /// Not yet.
    Wanted,
}

impl ForceArgs {
    /// Whether a protected database may be touched.
    pub fn force(&self) -> Force {
        if self.force { Force::Override } else { Force::Obey }
    }
}

/// Whether what a command sees decides its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// No.
    No,
    /// Yes.
    Yes,
}

impl Check {
    pub(super) fn from_flag(flag: bool) -> Check {
        if flag { Check::Yes } else { Check::No }
    }
}
