//! Options of `fill`.

use clap::Args;

use crate::cli::shared_args::WaitingArgs;
use crate::cli::values::parse_steps;

/// Options of `fill`.
#[derive(Debug, Args)]
pub struct FillArgs {
    /// Bring back the indexes and constraints that a run which was killed has put off, and fill nothing
    #[arg(long, required = true)]
    pub restore: bool,

    /// Build N at a time [default: as many as this machine has processors]
    #[arg(long, value_name = "N", value_parser = parse_steps)]
    pub jobs: Option<usize>,

    /// How to wait.
    #[command(flatten)]
    pub waiting: WaitingArgs,
}
