//! Options of `new` and `completions`.

use clap::Args;
use clap_complete::Shell;

/// Options of `new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// What the migration does, as in create_users
    pub name: String,

    /// Take the time as its version, in UTC, whatever the numbers of the other files are
    #[arg(long)]
    pub timestamp: bool,
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
