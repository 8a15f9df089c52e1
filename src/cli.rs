//! The command line: clap's definitions, and nothing that acts on them.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use crate::advise::Ignore;
use crate::catalog::Strictness;
use crate::migration::{Direction, DownTarget, Goal, LateFiles, MissingFiles, UpTarget, Version};
use crate::postgres::verify::Scope;
use crate::postgres::{Force, HistoryTable};

mod help;
mod values;

use values::{parse_duration, parse_lock_timeout, parse_steps, parse_table};

/// Migrates and seeds PostgreSQL: every file once, all or nothing, and back again.
#[derive(Debug, Parser)]
#[command(name = "pmdb", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = help::PMDB, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// Options that every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that stand before or after the command.
#[derive(Debug, Clone, Args)]
pub struct GlobalArgs {
    /// The database, as postgresql://user@host/name or in key=value pairs [else DATABASE_URL, PGHOST …]
    #[arg(long, global = true, value_name = "URL", help_heading = "Target")]
    pub url: Option<ConnectionString>,

    /// A private server that runs as long as the command; its data stay in .pmdb/
    #[arg(long, global = true, help_heading = "Target")]
    pub embedded: bool,

    /// The table that records what is applied; schema_seeds beside it records the seeds
    #[arg(long, global = true, value_name = "[SCHEMA.]NAME", default_value = "public.schema_migrations")]
    #[arg(value_parser = parse_table, help_heading = "Target")]
    pub table: HistoryTable,

    /// The folder with the migrations [else PMDB_DIR, else migrations]
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Files")]
    pub dir: Option<PathBuf>,

    /// The folder with the seeds [default: seeds]
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Files")]
    pub seeds: Option<PathBuf>,

    /// The example set inside the program (a project-management schema with seeds) instead of folders
    #[arg(long, global = true, help_heading = "Files")]
    pub bundled: bool,

    /// Print the answer, or the error, as one JSON document
    #[arg(long, global = true, help_heading = "Output")]
    pub json: bool,

    /// No progress and no notes: the answer and errors only
    #[arg(long, short, global = true, help_heading = "Output")]
    pub quiet: bool,
}

/// A connection string as it was typed. It may hold a password, so that its `Debug` form shows nothing of it.
#[derive(Clone)]
pub struct ConnectionString(String);

impl ConnectionString {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for ConnectionString {
    fn from(text: String) -> ConnectionString {
        ConnectionString(text)
    }
}

impl fmt::Debug for ConnectionString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectionString(…)")
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Apply pending migrations
    #[command(after_help = help::UP)]
    Up(UpArgs),
    /// Undo the newest migration, or several
    #[command(after_help = help::DOWN)]
    Down(DownArgs),
    /// Undo the newest migration and apply it again
    #[command(after_help = help::REDO)]
    Redo(RedoArgs),
    /// List the migrations and which of them are applied
    #[command(after_help = help::STATUS)]
    Status(StatusArgs),
    /// Show the tables and how they relate, as text or as a picture
    #[command(after_help = help::SCHEMA)]
    Schema(SchemaArgs),
    /// Write an empty migration file with the next number
    #[command(after_help = help::NEW)]
    New(NewArgs),
    /// Load the seeds, which are sample data, or take them out
    #[command(after_help = help::SEED)]
    Seed(SeedArgs),
    /// Accept a file that has changed since it was applied
    #[command(after_help = help::ACCEPT)]
    Accept(AcceptArgs),
    /// Look at a database for what experience advises against, and say how to mend it
    #[command(after_help = help::ADVISE)]
    Advise(AdviseArgs),
    /// Create the database, if it is not there
    Create,
    /// Drop the database, if it is there
    Drop(ForceArgs),
    /// Drop the database, create it and apply all migrations
    #[command(after_help = help::RESET)]
    Reset(ResetArgs),
    /// Name what was changed by hand: compare a database with what its applied migrations build
    #[command(after_help = help::DRIFT)]
    Drift(DriftArgs),
    /// Compare the schemas of two databases, or of a database and what the files build
    #[command(after_help = help::DIFF)]
    Diff(DiffArgs),
    /// Prove on a scratch database that each down half reverses its up half
    #[command(after_help = help::VERIFY)]
    Verify(VerifyArgs),
    /// Wait until the database takes connections
    #[command(after_help = help::WAIT)]
    Wait(WaitArgs),
    /// Write the example migrations and seeds into this project
    #[command(after_help = help::INIT)]
    Init,
    /// Run a private server with migrations and seeds applied, until Ctrl-C
    #[command(after_help = help::DEV)]
    Dev(DevArgs),
    /// Print a completion script for a shell
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// Which shell
        shell: Shell,
    },
}

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

/// Whether a protected database may be touched.
#[derive(Debug, Clone, Copy, Args)]
pub struct ForceArgs {
    /// Go ahead even if the database is protected (ALTER DATABASE … SET pmdb.protected = on)
    #[arg(long)]
    pub force: bool,
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

    /// Print what would run, and run nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Force.
    #[command(flatten)]
    pub force: ForceArgs,

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
}

/// Options of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// In which form
    #[arg(long, value_enum, value_name = "FORM", default_value_t = SchemaFormat::Tree)]
    pub format: SchemaFormat,
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
}

/// Options of `new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// What the migration does, as in create_users
    pub name: String,
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
}

/// Options of `advise`.
#[derive(Debug, Args)]
pub struct AdviseArgs {
    /// For pipelines: exit with 3 if there is something to advise
    #[arg(long)]
    pub check: bool,

    /// Leave out the findings of a rule, or the one about this object; may be given many times
    #[arg(long, value_name = "RULE[:OBJECT]")]
    pub ignore: Vec<Ignore>,

    /// A file with one RULE[:OBJECT] a line; # begins a comment [default: advise.ignore, if it is there]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ignore_file: Option<PathBuf>,
}

/// Options of `reset`.
#[derive(Debug, Args)]
pub struct ResetArgs {
    /// Force.
    #[command(flatten)]
    pub force: ForceArgs,

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

    /// A server to make the scratch database on [else a private one that is thrown away]
    #[arg(long, value_name = "URL", conflicts_with = "after")]
    pub scratch_url: Option<ConnectionString>,

    /// Let the order of columns, white space and comments count too
    #[arg(long)]
    pub strict: bool,
}

/// Options of `drift`.
#[derive(Debug, Args)]
pub struct DriftArgs {
    /// A server to make the scratch database on [else a private one that is thrown away]
    #[arg(long, value_name = "URL")]
    pub scratch_url: Option<ConnectionString>,

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

    /// A server to make scratch databases on [else a private one that is thrown away]
    #[arg(long, value_name = "URL")]
    pub scratch_url: Option<ConnectionString>,

    /// How many databases to use side by side
    #[arg(long, value_name = "N", default_value = "1", value_parser = parse_steps)]
    pub jobs: usize,

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
    /// How to wait.
    #[command(flatten)]
    pub waiting: WaitingArgs,
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
    fn from_flag(flag: bool) -> DryRun {
        if flag { DryRun::Yes } else { DryRun::No }
    }
}

impl GlobalArgs {
    /// Two options that exclude each other. clap's own check does not see that when one of them stands before the
    /// command and the other one behind it.
    fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        let pairs = [
            (self.url.is_some() && self.embedded, ("--url", "--embedded")),
            (self.dir.is_some() && self.bundled, ("--dir", "--bundled")),
            (self.seeds.is_some() && self.bundled, ("--seeds", "--bundled")),
        ];
        pairs.into_iter().find_map(|(both, names)| both.then_some(names))
    }
}

impl Cli {
    /// Whether the answer, or the error, is wanted as JSON.
    pub fn wants_json(&self) -> bool {
        self.global.json || self.command.schema_format() == Some(SchemaFormat::Json)
    }

    /// Two options that exclude each other, which clap's own check does not see.
    pub fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        let schema = self.command.schema_format().filter(|_| self.global.json);
        let format = match (schema, &self.command) {
            (Some(SchemaFormat::Mermaid), _) => Some("--format mermaid"),
            (Some(SchemaFormat::Dot), _) => Some("--format dot"),
            (Some(SchemaFormat::Svg), _) => Some("--format svg"),
            (_, Command::Verify(VerifyArgs { format: VerifyFormat::Github, .. })) if self.global.json => {
                Some("--format github")
            }
            _ => None,
        };
        format.map(|format| ("--json", format)).or_else(|| self.global.contradiction())
    }
}

impl UpArgs {
    /// What is to be reached.
    pub fn goal(&self) -> Goal {
        let target = match (&self.to, self.steps) {
            (Some(version), _) => UpTarget::To(version.clone()),
            (None, Some(steps)) => UpTarget::Steps(steps),
            (None, None) => UpTarget::Newest,
        };
        let late = if self.out_of_order { LateFiles::Apply } else { LateFiles::Refuse };
        let missing = if self.strict { MissingFiles::Refuse } else { MissingFiles::Note };
        Goal::Up { target, late, missing }
    }

    /// Whether it is only to be shown.
    pub fn dry_run(&self) -> DryRun {
        DryRun::from_flag(self.dry_run)
    }
}

impl DownArgs {
    /// What is to be reached.
    pub fn goal(&self) -> Goal {
        Goal::Down(match (&self.to, self.steps) {
            _ if self.all => DownTarget::All,
            (Some(version), _) => DownTarget::To(version.clone()),
            (None, steps) => DownTarget::Steps(steps.unwrap_or(1)),
        })
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
        if self.strict { Strictness::Strict } else { Strictness::Usual }
    }
}

impl DriftArgs {
    /// Which differences count.
    pub fn strictness(&self) -> Strictness {
        if self.strict { Strictness::Strict } else { Strictness::Usual }
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
        if self.strict { Strictness::Strict } else { Strictness::Usual }
    }
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
    fn from_flag(flag: bool) -> Check {
        if flag { Check::Yes } else { Check::No }
    }
}

impl Command {
    /// In which form `schema` is to answer.
    fn schema_format(&self) -> Option<SchemaFormat> {
        if let Command::Schema(args) = self { Some(args.format) } else { None }
    }

    /// The command's name, as it is typed.
    pub fn name(&self) -> &'static str {
        match self {
            Command::Up(_) => "up",
            Command::Down(_) => "down",
            Command::Redo(_) => "redo",
            Command::Status(_) => "status",
            Command::Schema(_) => "schema",
            Command::New(_) => "new",
            Command::Seed(_) => "seed",
            Command::Accept(_) => "accept",
            Command::Advise(_) => "advise",
            Command::Create => "create",
            Command::Drop(_) => "drop",
            Command::Reset(_) => "reset",
            Command::Drift(_) => "drift",
            Command::Diff(_) => "diff",
            Command::Verify(_) => "verify",
            Command::Wait(_) => "wait",
            Command::Init => "init",
            Command::Dev(_) => "dev",
            Command::Completions { .. } => "completions",
        }
    }
}

/// Whether a command line asks for JSON, even one that clap cannot read.
pub fn asks_for_json(arguments: impl Iterator<Item = std::ffi::OsString>) -> bool {
    arguments.take_while(|argument| argument != "--").any(|argument| argument == "--json")
}

/// The definition, for completion scripts.
pub fn definition() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_debug_form_of_a_command_line_shows_no_password() {
        let cli = Cli::try_parse_from(["pmdb", "up", "--url", "postgresql://al:s3cret@h/d"]).unwrap();
        assert!(!format!("{cli:?}").contains("s3cret"));
    }

    #[test]
    fn global_options_stand_before_or_after_the_command() {
        for line in [["pmdb", "--quiet", "up"], ["pmdb", "up", "--quiet"]] {
            assert!(Cli::try_parse_from(line).is_ok_and(|cli| cli.global.quiet));
        }
    }
}
