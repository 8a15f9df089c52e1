//! Options of `plan`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};

use crate::cli::shared_args::{Check, ScratchArgs};
use crate::cli::values::{parse_lock_timeout, parse_size, parse_steps, parse_throughput};
use crate::impact;
use crate::migration::{
    DeferredBackfills, Direction, DownTarget, Goal, MissingFiles, OutOfOrder, StoredHalves, Unfilled,
    UpTarget, Version,
};

/// Options of `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Stop after this version; with --down: undo everything newer
    #[arg(long, value_name = "VERSION", conflicts_with = "steps")]
    pub to: Option<Version>,

    /// Only the next N; with --down: the newest N [default: 1]
    #[arg(long, value_name = "N", value_parser = parse_steps)]
    pub steps: Option<usize>,

    /// The way down: what `pmdb down` would do
    #[arg(long, conflicts_with_all = ["out_of_order", "allow_empty"])]
    pub down: bool,

    /// Also files with a lower number than the newest applied one
    #[arg(long)]
    pub out_of_order: bool,

    /// A folder without migrations, or a migration without SQL, is meant so
    #[arg(long)]
    pub allow_empty: bool,

    /// For pipelines: exit with 3 if there is a finding
    #[arg(long)]
    pub check: bool,

    /// How to print the answer
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub format: PlanFormat,

    /// Leave out the findings of a rule, or those about this object (* stands for anything); may be given many times
    #[arg(long, value_name = "RULE[:OBJECT]")]
    pub ignore: Vec<impact::PlanIgnore>,

    /// A file of known findings.
    #[arg(
        help = "A file with one RULE[:OBJECT] a line; # begins a comment [default: plan.ignore, if it is there]"
    )]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ignore_file: Option<PathBuf>,

    /// Say why a rule is there, with an example, and look at no database
    #[arg(long, value_name = "RULE", conflicts_with_all = ["check", "ignore", "ignore_file"])]
    #[arg(value_parser = PossibleValuesParser::new(impact::PlanRule::ALL.iter().map(|rule| rule.id())).try_map(|id| id.parse::<impact::PlanRule>()))]
    #[arg(hide_possible_values = true)]
    pub explain: Option<impact::PlanRule>,

    /// A table with fewer bytes than this, and fewer than 100,000 rows, is small: work on it is no finding, unless it is in heavy use
    #[arg(long, value_name = "SIZE", default_value = "16MB", value_parser = parse_size, help_heading = "Sizes")]
    pub small: u64,

    /// How much of a table the target reads in a second, to say how long work will take
    #[arg(long, value_name = "SIZE", default_value = "200MB", value_parser = parse_throughput, help_heading = "Sizes")]
    pub throughput: u64,

    /// Take the sizes and the traffic from this file instead of the target
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Sizes")]
    pub sizes: Option<PathBuf>,

    /// Write the sizes and the traffic of the target into this file, for --sizes; no data are in it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "sizes")]
    #[arg(help_heading = "Sizes")]
    pub save_sizes: Option<PathBuf>,

    /// How long the target may take for each question about its rows, as in 500ms, 5s or 1m
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_lock_timeout)]
    #[arg(help_heading = "Target's rows")]
    pub ask_timeout: Duration,

    /// Do not ask the target about its rows
    #[arg(long, conflicts_with = "ask_timeout", help_heading = "Target's rows")]
    pub no_questions: bool,

    /// Scratch databases.
    #[command(flatten)]
    pub scratch: ScratchArgs,
}

impl PlanArgs {
    /// What is to be reached.
    pub fn goal(&self) -> Goal {
        if self.down {
            let steps = self.steps.unwrap_or(1);
            let target = self.to.clone().map_or(DownTarget::Steps(steps), DownTarget::To);
            return Goal::Down { target, stored: StoredHalves::Refuse };
        }
        let target = match (&self.to, self.steps) {
            (Some(version), _) => UpTarget::To(version.clone()),
            (None, Some(steps)) => UpTarget::Steps(steps),
            (None, None) => UpTarget::Newest,
        };
        let late = if self.out_of_order { OutOfOrder::Apply } else { OutOfOrder::Refuse };
        let unfilled = if self.allow_empty { Unfilled::Apply } else { Unfilled::Refuse };
        let deferred = DeferredBackfills::Pass;
        Goal::Up { target, late, missing: MissingFiles::Note, unfilled, deferred }
    }

    /// Which way.
    pub fn direction(&self) -> Direction {
        if self.down { Direction::Down } else { Direction::Up }
    }

    /// Whether what is found decides the exit code.
    pub fn check(&self) -> Check {
        Check::from_flag(self.check)
    }

    /// What counts as small, and how fast the target is taken to be.
    pub fn limits(&self) -> impact::Options {
        impact::Options { small_bytes: self.small, throughput: self.throughput, ..impact::Options::default() }
    }

    /// Whether the target is asked about its rows.
    pub fn questions(&self) -> Questions {
        if self.no_questions { Questions::None } else { Questions::Within(self.ask_timeout) }
    }
}

/// How `plan` prints its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PlanFormat {
    /// File by file: who waits, for what work, and what was found
    Text,
    /// The findings as a comment on a pull request
    Markdown,
    /// The findings as annotations on files and lines, for GitHub Actions
    Github,
    /// The findings as SARIF 2.1.0, for code scanning
    Sarif,
}

/// Whether the target is asked about its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Questions {
    /// No.
    None,
    /// Each question may take as long as this.
    Within(Duration),
}
