//! Options of the commands that compare schemas: `diff`, `drift` and `verify`.

use clap::Args;

use crate::catalog::Strictness;
use crate::cli::ConnectionString;
use crate::cli::shared_args::{IgnoreArgs, ScratchArgs};
use crate::cli::values::parse_steps;
use crate::migration::Version;
use crate::postgres::verify::Scope;

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

impl DiffArgs {
    /// Which differences count.
    pub fn strictness(&self) -> Strictness {
        if self.strict { Strictness::Strict } else { Strictness::Default }
    }
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

impl DriftArgs {
    /// Which differences count.
    pub fn strictness(&self) -> Strictness {
        if self.strict { Strictness::Strict } else { Strictness::Default }
    }
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

/// How `verify` prints its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum VerifyFormat {
    /// A line for each migration
    Text,
    /// Annotations on files and lines, for GitHub Actions
    Github,
}
