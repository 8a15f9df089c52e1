//! Options of the commands that make, drop or start databases: `drop`, `reset`, `wait` and `dev`.

use std::time::Duration;

use clap::{Args, ValueHint};

use crate::cli::shared_args::{ForceDropArgs, WaitingArgs, YesArgs};
use crate::cli::values::parse_duration;

/// Options of `drop`.
#[derive(Debug, Args)]
pub struct DropArgs {
    /// Force.
    #[command(flatten)]
    pub force: ForceDropArgs,

    /// Yes.
    #[command(flatten)]
    pub yes: YesArgs,
}

/// Options of `reset`.
#[derive(Debug, Args)]
pub struct ResetArgs {
    /// Force.
    #[command(flatten)]
    pub force: ForceDropArgs,

    /// Yes.
    #[command(flatten)]
    pub yes: YesArgs,

    /// How to wait.
    #[command(flatten)]
    pub waiting: WaitingArgs,
}

/// Options of `wait`.
#[derive(Debug, Args)]
pub struct WaitArgs {
    /// How long to wait at most, as in 500ms, 60s or 5m
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_duration)]
    pub timeout: Duration,
}

/// Options of `dev`.
#[derive(Debug, Args)]
pub struct DevArgs {
    /// Take connections on this port of 127.0.0.1 from now on [else the same one as the last time, if it is free]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,

    /// Run this command of the shell with DATABASE_URL set, and stop with it
    #[arg(long, value_name = "COMMAND", value_hint = ValueHint::CommandString)]
    pub exec: Option<String>,

    /// When a file changes, undo what was applied from it and apply it again
    #[arg(long)]
    pub watch: bool,

    /// How to wait.
    #[command(flatten)]
    pub waiting: WaitingArgs,
}
