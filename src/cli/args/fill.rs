//! Options of `fill`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::shared_args::{ForceArgs, WaitingArgs};
use crate::cli::values::parse_steps;
use crate::cli::{ConnectionString, DryRun};
use crate::fill::{TableRows, parse_rows};

/// Options of `fill`.
#[derive(Debug, Args)]
pub struct FillArgs {
    /// A table and how many rows it gets, as in tasks=100000; the empty tables that it refers to get some, too
    #[arg(value_name = "TABLE=ROWS")]
    pub tables: Vec<TableRows>,

    /// This many rows in all, spread over the empty tables: many for tables that refer to others [default: 10000]
    #[arg(long, value_name = "N", value_parser = parse_rows)]
    pub rows: Option<u64>,

    /// As many rows, NULLs and common values as this other database has, or a file of --save-shape; with --rows, in proportion
    #[arg(long, value_name = "URL|FILE")]
    pub like: Option<ConnectionString>,

    /// Write the shape of the target for --like into this file, and fill nothing: counts and shares, no values
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(conflicts_with_all = ["tables", "rows", "like", "seed", "jobs", "truncate", "dry_run", "restore", "force"])]
    pub save_shape: Option<PathBuf>,

    /// Other rows; the same number gives the same rows again
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// How many tables to fill side by side [default: as many as the machine has processors]
    #[arg(long, value_name = "N", value_parser = parse_steps)]
    pub jobs: Option<usize>,

    /// Empty the tables first
    #[arg(long)]
    pub truncate: bool,

    /// Say how many rows each table would get, and write none
    #[arg(long)]
    pub dry_run: bool,

    /// Only bring back the indexes and foreign keys that a run has put off which was killed; with --truncate, empty their tables first
    #[arg(long, conflicts_with_all = ["tables", "rows", "like", "seed", "dry_run"])]
    pub restore: bool,

    /// Force.
    #[command(flatten)]
    pub force: ForceArgs,

    /// How to wait.
    #[command(flatten)]
    pub waiting: WaitingArgs,
}

impl FillArgs {
    /// Those of `pmdb fill TABLE=ROWS …`, for tables of a database that may be filled.
    pub fn of_tables(tables: Vec<TableRows>, waiting: &WaitingArgs) -> FillArgs {
        FillArgs {
            tables,
            rows: None,
            like: None,
            save_shape: None,
            seed: 1,
            jobs: None,
            truncate: false,
            dry_run: false,
            restore: false,
            force: ForceArgs { force: true },
            waiting: waiting.clone(),
        }
    }

    /// Whether it is only to be shown.
    pub fn dry_run(&self) -> DryRun {
        DryRun::from_flag(self.dry_run)
    }
}
