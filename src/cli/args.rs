//! The options of each command, and what they mean.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};
use clap_complete::Shell;

use super::ConnectionString;
use super::shared_args::*;
use super::values::{parse_duration, parse_steps};
use crate::advise::{self, Rule};
use crate::catalog::Strictness;
use crate::migration::{
    Direction, DownTarget, Goal, MissingFiles, OutOfOrder, StoredHalves, Unfilled, UpTarget, Version,
};
use crate::postgres::verify::Scope;
use crate::postgres::{Force, Resolution};

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

    /// How to wait.
    #[command(flatten)]
    pub waiting: WaitingArgs,
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

    /// How to wait.
    #[command(flatten)]
    pub waiting: WaitingArgs,
}

/// Options of `redo`.
#[derive(Debug, Args)]
pub struct RedoArgs {
    /// Force.
    #[command(flatten)]
    pub force: ForceArgs,

    /// How to wait.
    #[command(flatten)]
    pub waiting: WaitingArgs,
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

/// Options of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Only these tables and views, as in tasks or 'app.*', in which * stands for anything
    #[arg(value_name = "TABLE")]
    pub tables: Vec<String>,

    /// Also the tables that foreign keys join to them, in up to N steps [default: 0; 1 with --diff]
    #[arg(long, value_name = "N")]
    pub depth: Option<usize>,

    /// In which form
    #[arg(long, value_enum, value_name = "FORM", default_value_t = SchemaFormat::Tree)]
    pub format: SchemaFormat,

    /// What stands above the picture [default: the name of the database, or of the project]
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,

    /// Draw what differs between these two databases, as `pmdb diff A B` names it: for --format svg, html and mermaid
    #[arg(long, num_args = 1..=2, value_names = ["A", "B"])]
    pub diff: Vec<ConnectionString>,

    /// Instead of B: what the migrations up to and with this version build on a scratch database
    #[arg(long, value_name = "VERSION", requires = "diff")]
    pub to: Option<Version>,

    /// Scratch databases.
    #[command(flatten)]
    pub scratch: ScratchArgs,
}

/// The forms of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaFormat {
    /// Text for a terminal
    Tree,
    /// One JSON document, the same as with --json
    Json,
    /// A diagram for Markdown
    Mermaid,
    /// For Graphviz
    Dot,
    /// A picture
    Svg,
    /// A page for a browser, with the picture and all that is known of each table
    Html,
}

/// Options of `new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// What the migration does, as in create_users
    pub name: String,

    /// Take the time as its version, in UTC, whatever the numbers of the other files are
    #[arg(long)]
    pub timestamp: bool,
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

/// Options of `accept`.
#[derive(Debug, Args)]
pub struct AcceptArgs {
    /// Its version, as `pmdb status` shows it
    pub version: Version,

    /// It is a seed, not a migration
    #[arg(long)]
    pub seed: bool,
}

/// Options of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(required_unless_present = "tables")]
    pub shell: Option<Shell>,

    /// Print what the tables are called that the migrations make: for the scripts
    #[arg(long, hide = true, conflicts_with_all = ["shell", "json"])]
    pub tables: bool,
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

/// Options of `advise`.
#[derive(Debug, Args)]
pub struct AdviseArgs {
    /// For pipelines: exit with 3 if there is something to advise
    #[arg(long)]
    pub check: bool,

    /// Leave out the findings of a rule, or those about this object (* stands for anything); may be given many times
    #[arg(long, value_name = "RULE[:OBJECT]")]
    pub ignore: Vec<advise::Ignore>,

    /// A file of known findings.
    #[arg(
        help = "A file with one RULE[:OBJECT] a line; # begins a comment [default: advise.ignore, if it is there]"
    )]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ignore_file: Option<PathBuf>,

    /// Say why a rule is there, with an example, and look at no database
    #[arg(long, value_name = "RULE", conflicts_with_all = ["check", "ignore", "ignore_file"])]
    #[arg(value_parser = PossibleValuesParser::new(Rule::ALL.map(Rule::id)).try_map(|id| id.parse::<Rule>()))]
    #[arg(hide_possible_values = true)]
    pub explain: Option<Rule>,
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

/// Options of `diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// A database, as postgresql://user@host/name or in key=value pairs
    #[arg(value_name = "A")]
    pub before: ConnectionString,

    /// Another one
    #[arg(value_name = "B", required_unless_present = "to", conflicts_with = "to")]
    pub after: Option<ConnectionString>,

    /// Instead of B: what the migrations up to and with this version build on a scratch database
    #[arg(long, value_name = "VERSION")]
    pub to: Option<Version>,

    /// What is known.
    #[command(flatten)]
    pub ignore: IgnoreArgs,

    /// Scratch databases.
    #[command(flatten)]
    pub scratch: ScratchArgs,

    /// Let the order of columns, white space and comments count too
    #[arg(long)]
    pub strict: bool,
}

/// Options of `drift`.
#[derive(Debug, Args)]
pub struct DriftArgs {
    /// What is known.
    #[command(flatten)]
    pub ignore: IgnoreArgs,

    /// Scratch databases.
    #[command(flatten)]
    pub scratch: ScratchArgs,

    /// Let the order of columns, white space and comments count too
    #[arg(long)]
    pub strict: bool,
}

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Begin with this version; those before it are only applied
    #[arg(long, value_name = "VERSION", conflicts_with = "only")]
    pub from: Option<Version>,

    /// Verify this version alone; those before it are only applied
    #[arg(long, value_name = "VERSION")]
    pub only: Option<Version>,

    /// Let the order of columns, white space, comments and lost data count too
    #[arg(long)]
    pub strict: bool,

    /// Scratch databases.
    #[command(flatten)]
    pub scratch: ScratchArgs,

    /// How many databases to use side by side; otherwise what suits the machine and the migrations
    #[arg(long, value_name = "N", value_parser = parse_steps)]
    pub jobs: Option<usize>,

    /// How to print the answer
    #[arg(long, value_enum, default_value_t = VerifyFormat::Text)]
    pub format: VerifyFormat,
}

/// How `verify` prints its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum VerifyFormat {
    /// A line for each migration
    Text,
    /// Annotations on files and lines, for GitHub Actions
    Github,
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
        Goal::Up { target, late, missing, unfilled }
    }

    /// Whether it is only to be shown.
    pub fn dry_run(&self) -> DryRun {
        DryRun::from_flag(self.dry_run)
    }
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

impl RenumberArgs {
    /// Whether it is only to be shown.
    pub fn dry_run(&self) -> DryRun {
        DryRun::from_flag(self.dry_run)
    }
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

impl SeedArgs {
    /// In or out.
    pub fn direction(&self) -> Direction {
        if self.down { Direction::Down } else { Direction::Up }
    }
}

impl NewArgs {
    /// How the version is found.
    pub fn numbering(&self) -> Numbering {
        if self.timestamp { Numbering::Timestamp } else { Numbering::OfTheFolder }
    }
}

/// How `new` finds a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbering {
    /// The one after those of the folder.
    OfTheFolder,
    /// The time.
    Timestamp,
}

impl StatusArgs {
    /// Whether the state decides the exit code.
    pub fn check(&self) -> Check {
        Check::from_flag(self.check)
    }
}

impl AdviseArgs {
    /// Whether what is found decides the exit code.
    pub fn check(&self) -> Check {
        Check::from_flag(self.check)
    }
}

impl DiffArgs {
    /// Which differences count.
    pub fn strictness(&self) -> Strictness {
        if self.strict { Strictness::Strict } else { Strictness::Default }
    }
}

impl DriftArgs {
    /// Which differences count.
    pub fn strictness(&self) -> Strictness {
        if self.strict { Strictness::Strict } else { Strictness::Default }
    }
}

impl VerifyArgs {
    /// Which migrations.
    pub fn scope(&self) -> Scope {
        match (&self.from, &self.only) {
            (_, Some(version)) => Scope::Only(version.clone()),
            (Some(version), None) => Scope::From(version.clone()),
            (None, None) => Scope::All,
        }
    }

    /// Which differences count.
    pub fn strictness(&self) -> Strictness {
        if self.strict { Strictness::Strict } else { Strictness::Default }
    }
}
