//! The command line: clap's definitions, and nothing that acts on them.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueHint};

use crate::postgres::HistoryTable;

mod args;
mod completions;
mod format;
mod help;
mod layout;
mod man;
mod shared_args;
mod suggestions;
mod values;

pub use args::*;
pub use completions::completion_script;
pub use format::Format;
pub use man::{ManPage, man_pages};
pub use shared_args::*;
pub(crate) use values::parse_table;

/// Migrates and seeds PostgreSQL: every file once, all or nothing, and back again.
#[derive(Debug, Parser)]
#[command(name = "pmdb", version, max_term_width = 100)]
#[command(subcommand_value_name = "COMMAND", after_help = help::PMDB, subcommand_required = true, arg_required_else_help = true)]
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
    /// The database, as postgresql://user@host/name or in key=value pairs [env: DATABASE_URL, else PGHOST, PGDATABASE …]
    #[arg(long, global = true, value_name = "URL", help_heading = "Target")]
    pub url: Option<ConnectionString>,

    /// Do everything as this role, of which the one that logs in is a member; the history names who logged in
    #[arg(long, global = true, value_name = "NAME", help_heading = "Target")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub role: Option<String>,

    /// A private server that runs as long as the command; its data stay in .pmdb/
    #[arg(long, global = true, help_heading = "Target")]
    pub embedded: bool,

    /// The table that records what is applied; schema_seeds beside it records the seeds [env:
    /// PMDB_TABLE] [default: public.schema_migrations]
    #[arg(long, global = true, value_name = "[SCHEMA.]NAME", value_parser = parse_table)]
    #[arg(help_heading = "Target")]
    pub table: Option<HistoryTable>,

    /// The folder with the migrations [env: PMDB_DIR] [default: migrations]
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Files")]
    pub dir: Option<PathBuf>,

    /// The folder with the seeds [env: PMDB_SEEDS] [default: seeds]
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
    /// See what a deploy will do to this database: who has to wait, for how much work
    #[command(after_help = help::PLAN)]
    Plan(PlanArgs),
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
    /// Fill the tables with made-up rows that keep all constraints
    #[command(after_help = help::FILL)]
    Fill(FillArgs),
    /// Accept a file that has changed since it was applied
    #[command(after_help = help::ACCEPT)]
    Accept(AcceptArgs),
    /// Say what became of a statement that was running when a run broke off
    #[command(after_help = help::RESOLVE)]
    Resolve(ResolveArgs),
    /// Record migrations as applied and run nothing, for a database built without pmdb
    #[command(after_help = help::BASELINE)]
    Baseline(BaselineArgs),
    /// Give an applied migration the number that its file has by now
    #[command(after_help = help::RENUMBER)]
    Renumber(RenumberArgs),
    /// Lint the database, and say how to fix what is found
    #[command(after_help = help::ADVISE)]
    Advise(AdviseArgs),
    /// Create the database, if it is not there
    #[command(after_help = help::CREATE)]
    Create,
    /// Drop the database, if it is there
    #[command(after_help = help::DROP)]
    Drop(DropArgs),
    /// Drop the database, create it and apply all migrations
    #[command(after_help = help::RESET)]
    Reset(ResetArgs),
    /// Detect drift: what was changed by hand in a database
    #[command(after_help = help::DRIFT)]
    Drift(DriftArgs),
    /// Compare the schemas of two databases, or of one and the files
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
    #[command(after_help = help::COMPLETIONS, override_usage = "pmdb completions [OPTIONS] <SHELL>")]
    Completions(CompletionsArgs),
    /// Write the man pages into a folder
    #[command(after_help = help::MAN)]
    Man {
        /// The folder
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
    },
}

impl GlobalArgs {
    /// Two options that exclude each other. clap's own check does not see that when one of them stands before the
    /// command and the other one after it.
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
    /// Reads a command line.
    ///
    /// # Errors
    /// What clap stops at, with what to type instead where that can be guessed. `--help` and `--version` are such errors, too.
    pub fn read<T: Into<OsString> + Clone>(line: impl IntoIterator<Item = T>) -> Result<Cli, clap::Error> {
        let line: Vec<OsString> = line.into_iter().map(Into::into).collect();
        // The help is laid out where there is something to show: that takes longer than to read the line.
        let matches = Cli::command().try_get_matches_from(&line);
        let matches = matches.or_else(|_| definition().try_get_matches_from(&line));
        matches.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|mut error| {
            let words: Vec<&str> = line.iter().skip(1).filter_map(|word| word.to_str()).collect();
            suggestions::add_to(&mut error, &words);
            error
        })
    }

    /// How the answer is to be written.
    pub fn format(&self) -> Format {
        match &self.command {
            _ if self.global.json => Format::Json,
            Command::Schema(args) => args.format.into(),
            Command::Verify(args) => args.format.into(),
            Command::Plan(args) => args.format.into(),
            _ => Format::Text,
        }
    }

    /// Two options that exclude each other, which clap's own check does not see.
    pub fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        let schema = self.command.schema_format().filter(|_| self.global.json);
        let plan = match &self.command {
            Command::Plan(args) if self.global.json => Some(args.format),
            _ => None,
        };
        let format = match (schema, &self.command) {
            (Some(SchemaFormat::Mermaid), _) => Some("--format mermaid"),
            (Some(SchemaFormat::Dot), _) => Some("--format dot"),
            (Some(SchemaFormat::Svg), _) => Some("--format svg"),
            (Some(SchemaFormat::Html), _) => Some("--format html"),
            (_, Command::Verify(VerifyArgs { format: VerifyFormat::Github, .. })) if self.global.json => {
                Some("--format github")
            }
            _ if plan == Some(PlanFormat::Github) => Some("--format github"),
            _ if plan == Some(PlanFormat::Markdown) => Some("--format markdown"),
            _ if plan == Some(PlanFormat::Sarif) => Some("--format sarif"),
            _ => None,
        };
        let dev = match &self.command {
            Command::Dev(args) if self.global.json && args.exec.is_some() => Some(("--json", "--exec")),
            Command::Dev(args) if self.global.bundled && args.watch => Some(("--bundled", "--watch")),
            _ => None,
        };
        format
            .map(|format| ("--json", format))
            .or(dev)
            .or_else(|| self.global.contradiction())
            .or_else(|| self.files_and_database())
    }
}

impl Cli {
    /// For `schema`: files are drawn instead of a database.
    fn files_and_database(&self) -> Option<(&'static str, &'static str)> {
        let Command::Schema(SchemaArgs { diff, .. }) = &self.command else { return None };
        if !diff.is_empty() {
            return None;
        }
        let GlobalArgs { dir, bundled, url, embedded, .. } = &self.global;
        let files = dir.as_ref().map(|_| "--dir").or(bundled.then_some("--bundled"))?;
        let database = url.as_ref().map(|_| "--url").or(embedded.then_some("--embedded"))?;
        Some((files, database))
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
            Command::Plan(_) => "plan",
            Command::Status(_) => "status",
            Command::Schema(_) => "schema",
            Command::New(_) => "new",
            Command::Seed(_) => "seed",
            Command::Fill(_) => "fill",
            Command::Accept(_) => "accept",
            Command::Resolve(_) => "resolve",
            Command::Baseline(_) => "baseline",
            Command::Renumber(_) => "renumber",
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
            Command::Completions(_) => "completions",
            Command::Man { .. } => "man",
        }
    }
}

/// Whether a command line asks for JSON, even one that clap cannot read.
pub fn asks_for_json(arguments: impl Iterator<Item = OsString>) -> bool {
    arguments.take_while(|argument| argument != "--").any(|argument| argument == "--json")
}

/// The definition, with the help laid out.
pub fn definition() -> clap::Command {
    layout::laid_out(Cli::command())
}

/// Whether pmdb has a command of that name.
fn is_command(name: &str) -> bool {
    Cli::command().find_subcommand(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        definition().debug_assert();
    }

    #[test]
    fn the_debug_form_of_a_command_line_shows_no_password() {
        let cli = Cli::read(["pmdb", "up", "--url", "postgresql://al:s3cret@h/d"]).unwrap();
        assert!(!format!("{cli:?}").contains("s3cret"));
    }

    /// The lines below "Examples:" of each command's help, and of pmdb's own.
    fn examples() -> Vec<(String, Vec<String>)> {
        let definition = definition();
        let all = std::iter::once(&definition).chain(definition.get_subcommands());
        let examples = all.map(|command| {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let (_, examples) = help.split_once("Examples:\n").unwrap_or_default();
            (command.get_name().to_owned(), examples.lines().map(str::to_owned).collect())
        });
        examples.collect()
    }

    #[test]
    fn each_help_ends_in_examples_of_its_command() {
        for (command, lines) in examples() {
            assert!(!lines.is_empty(), "{command}");
            for line in lines {
                let begins = line.starts_with(&format!("  pmdb {command}")) || command == "pmdb";
                assert!(begins && line.chars().count() <= 100, "{command}: {line}");
            }
        }
    }

    #[test]
    fn each_example_is_a_command_line_that_pmdb_takes() {
        for line in examples().into_iter().flat_map(|(_, lines)| lines) {
            // What the line does stands after it, away from it.
            let typed = line.trim_start().split("  ").next().unwrap_or_default();
            for command in typed.split("&&") {
                let command = command.split(['>', '|']).next().unwrap_or_default().trim();
                let (mut words, mut is_quoted) = (vec![String::new()], false);
                for c in command.chars() {
                    match c {
                        '\'' => is_quoted = !is_quoted,
                        ' ' if !is_quoted => words.push(String::new()),
                        c => words.last_mut().unwrap().push(c),
                    }
                }
                if let Err(error) = Cli::read(&words) {
                    assert_eq!(error.kind(), clap::error::ErrorKind::DisplayHelp, "{line}: {error}");
                }
            }
        }
    }

    #[test]
    fn global_options_stand_before_or_after_the_command() {
        for line in [["pmdb", "--quiet", "up"], ["pmdb", "up", "--quiet"]] {
            assert!(Cli::read(line).is_ok_and(|cli| cli.global.quiet));
        }
    }
}
