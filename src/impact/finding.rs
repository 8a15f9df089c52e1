//! What a rule has found in pending migrations, and the safe way round it.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::Blocks;
use super::names::on_one_line;
use super::rule::{Class, PlanRule};
use crate::migration::{Direction, Location, Version};

/// Something in a pending half that a rule warns of.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// The rule.
    pub rule: PlanRule,
    /// What kind of harm it does.
    pub class: Class,
    /// The version of the file.
    pub version: Version,
    /// The file.
    #[serde(rename = "file")]
    pub path: PathBuf,
    /// Which half.
    pub direction: Direction,
    /// The statement, counted from 0, and in JSON from 1; `None` where it is about the half as a whole.
    #[serde(serialize_with = "from_one")]
    pub statement: Option<usize>,
    /// Where that statement begins in the file.
    pub location: Option<Location>,
    /// What it is about, qualified, and quoted where SQL wants quotes: `public.users`, `public.users.email`.
    pub object: String,
    /// What happens, in one sentence.
    pub what: String,
    /// Who has to wait, and for how long.
    pub blocked: Option<Blocked>,
    /// The safe way to the same end, where there is one.
    pub recipe: Option<Recipe>,
}

fn from_one<S: Serializer>(statement: &Option<usize>, serializer: S) -> Result<S::Ok, S::Error> {
    statement.map(|number| number + 1).serialize(serializer)
}

/// Who has to wait, where, and for how long.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Blocked {
    /// What cannot be used meanwhile.
    pub table: String,
    /// Who waits.
    pub blocks: Blocks,
    /// The statement that takes the lock.
    pub from: Location,
    /// The last statement of its transaction: then the lock ends.
    pub to: Location,
    /// On how many bytes work is done meanwhile, as far as the target's sizes are known.
    pub bytes: Option<u64>,
    /// On how many rows.
    pub rows: Option<u64>,
    /// How long that takes, as an order of magnitude.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    #[cfg_attr(test, schemars(with = "Option<f64>"))]
    pub time: Option<Duration>,
}

fn seconds<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.as_secs_f64()).serialize(serializer)
}

/// The safe way to the same end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Recipe {
    /// What SQL alone does not do: a release of the application between two migrations, for instance.
    pub note: Option<String>,
    /// Migrations, in this order. Each is a file of its own: a lock that one takes has to end before the next begins.
    pub files: Vec<RecipeFile>,
}

/// A migration of a recipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RecipeFile {
    /// Whether it runs as one transaction; else it is marked `transaction:false`.
    pub transaction: bool,
    /// Its statements.
    pub sql: String,
}

impl Recipe {
    /// A recipe in SQL.
    pub(super) fn of(files: impl IntoIterator<Item = RecipeFile>) -> Recipe {
        Recipe { note: None, files: files.into_iter().collect() }
    }

    /// Advice without SQL.
    pub(super) fn note(note: impl Into<String>) -> Recipe {
        Recipe { note: Some(note.into()), files: Vec::new() }
    }

    pub(super) fn with_note(self, note: impl Into<String>) -> Recipe {
        Recipe { note: Some(note.into()), ..self }
    }

    /// The note as a comment, and each migration with its marker. Names are on one line, whatever characters they hold: so
    /// the SQL can be set in, and copied.
    pub fn sql(&self) -> String {
        let mut text = String::new();
        if let Some(note) = &self.note {
            let _ = writeln!(text, "-- {}", on_one_line(note).replace(['\n', '\r'], " "));
        }
        for (place, file) in self.files.iter().enumerate() {
            if place > 0 {
                text.push_str("\n-- in the next migration\n");
            }
            let option = if file.transaction { "" } else { " transaction:false" };
            let _ = writeln!(text, "-- migrate:up{option}\n{}", on_one_line(file.sql.trim_end()));
        }
        text
    }
}

/// Statements that run as one transaction.
pub(super) fn together(sql: impl Into<String>) -> RecipeFile {
    RecipeFile { transaction: true, sql: sql.into() }
}

/// Statements that each commit by themselves.
pub(super) fn apart(sql: impl Into<String>) -> RecipeFile {
    RecipeFile { transaction: false, sql: sql.into() }
}
