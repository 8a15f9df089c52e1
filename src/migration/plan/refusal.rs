//! Why there is no plan: what files and history disagree about, and what cannot be done.

use std::path::PathBuf;

use thiserror::Error;

use crate::migration::{Direction, State, Version};

/// One way in which files and history disagree.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Disagreement {
    /// The up half of an applied file differs from what ran.
    #[error("{} has changed since it was applied", path.display())]
    Changed {
        /// The version.
        version: Version,
        /// The file.
        path: PathBuf,
    },
    /// The file with the number of an applied one has another name and another text.
    #[error("{} is not what was applied as {version}, which was called {applied}", path.display())]
    Replaced {
        /// The version.
        version: Version,
        /// The file.
        path: PathBuf,
        /// The name of what was applied.
        applied: String,
    },
    /// A file is what was applied under another number.
    #[error("{} is what was applied as {applied_as}", path.display())]
    Renumbered {
        /// The version that the file has now.
        version: Version,
        /// The file.
        path: PathBuf,
        /// The version that the history has.
        applied_as: Version,
    },
    /// A pending file is older than the newest applied migration.
    #[error("{} is late: {newest} is applied already", path.display())]
    Late {
        /// The version.
        version: Version,
        /// The file.
        path: PathBuf,
        /// The newest applied version.
        newest: Version,
    },
    /// An applied version has no file.
    #[error("{} is applied, but has no file", title(version, name))]
    Missing {
        /// The version.
        version: Version,
        /// Its name in the history.
        name: String,
    },
    /// A half-done half has changed in the statements that ran.
    #[error("{}: statement {statement} has run already, and the file now says something else there", path.display())]
    DonePartChanged {
        /// The version.
        version: Version,
        /// The file.
        path: PathBuf,
        /// The number of the first statement that differs, from 1.
        statement: usize,
    },
    /// A half-applied version has no file to go on with.
    #[error(
        "{} is half applied ({done} of {total} statements), but has no file to go on with",
        title(version, name)
    )]
    HalfAppliedMissing {
        /// The version.
        version: Version,
        /// Its name in the history.
        name: String,
        /// Statements done.
        done: usize,
        /// Statements in all.
        total: usize,
    },
    /// A statement was running when a run broke off, and whether it took effect cannot be found out.
    #[error(
        "{}: statement {statement} (`{sql}`) was running when an earlier run broke off, and how far it came is not known",
        title(version, name)
    )]
    InFlight {
        /// The version.
        version: Version,
        /// Its name.
        name: String,
        /// The number of the statement, from 1.
        statement: usize,
        /// How it begins.
        sql: String,
    },
    /// A half is not finished, and what is wanted can be said of finished ones only.
    #[error("{} is {} ({done} of {total} statements)", title(version, name), state.word())]
    Unfinished {
        /// The version.
        version: Version,
        /// Its name.
        name: String,
        /// Half applied or half undone.
        state: State,
        /// Statements done.
        done: usize,
        /// Statements in all.
        total: usize,
    },
    /// What ran is neither in a file nor in the history.
    #[error(
        "what {} ran is not known: its file is gone or has changed, and the history does not keep the text",
        title(version, name)
    )]
    NoText {
        /// The version.
        version: Version,
        /// Its name.
        name: String,
    },
}

impl Disagreement {
    /// The version that it is about.
    pub fn version(&self) -> &Version {
        match self {
            Disagreement::Changed { version, .. }
            | Disagreement::Replaced { version, .. }
            | Disagreement::Renumbered { version, .. }
            | Disagreement::Late { version, .. }
            | Disagreement::Missing { version, .. }
            | Disagreement::DonePartChanged { version, .. }
            | Disagreement::HalfAppliedMissing { version, .. }
            | Disagreement::InFlight { version, .. }
            | Disagreement::Unfinished { version, .. }
            | Disagreement::NoText { version, .. } => version,
        }
    }

    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Disagreement::Changed { .. } => "changed",
            Disagreement::Replaced { .. } => "replaced",
            Disagreement::Renumbered { .. } => "renumbered",
            Disagreement::Late { .. } => "late",
            Disagreement::Missing { .. } => "missing",
            Disagreement::DonePartChanged { .. } => "done_part_changed",
            Disagreement::HalfAppliedMissing { .. } => "half_applied_missing",
            Disagreement::InFlight { .. } => "in_flight",
            Disagreement::Unfinished { .. } => "unfinished",
            Disagreement::NoText { .. } => "no_text",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Disagreement::Changed { version, .. } => format!(
                "put the file back as it was and write the change as a new migration, or take it as it is now with \
                 `pmdb accept {version}`, which shows the difference"
            ),
            Disagreement::Replaced { version, applied, .. } => format!(
                "give the file a number of its own (`pmdb new NAME` finds one), and put the file of {version} {applied} \
                 back; if it is the same migration, renamed and changed, give it its old name back"
            ),
            Disagreement::Renumbered { version, applied_as, .. } => format!(
                "`pmdb renumber {applied_as} {version}` gives it that number in the history, and runs nothing; if it is \
                 another migration that says the same, restore the file of {applied_as}"
            ),
            Disagreement::Late { .. } => {
                "give the file a number above the newest (`pmdb new NAME` finds it), or \
                                          apply it now with `pmdb up --out-of-order`"
                    .to_owned()
            }
            Disagreement::Missing { .. } => "restore the file, or leave out --strict".to_owned(),
            Disagreement::DonePartChanged { .. } => {
                "put the statements that ran back as they were; those after them may change".to_owned()
            }
            Disagreement::HalfAppliedMissing { version, .. } => {
                format!("restore the file; the text that was run stands in the column up_sql of {version}")
            }
            Disagreement::InFlight { version, .. } => in_flight_hint(version),
            Disagreement::Unfinished { .. } => {
                "finish it with `pmdb up` first, or wait for the pmdb that is at work on it".to_owned()
            }
            Disagreement::NoText { .. } => "restore the file as it was when it was applied".to_owned(),
        }
    }
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlanError {
    /// Files and history disagree: every way in which they do.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Disagree(Vec<Disagreement>),
    /// The target is neither a file nor a row.
    #[error("there is no migration {0}")]
    UnknownTarget(Version),
    /// A migration that would have to be undone has no down half.
    #[error("{}", irreversible_message(.0))]
    Irreversible(Vec<(Version, String)>),
    /// A half in the history cannot be read.
    #[error("the {direction} half of {version} that the history holds cannot be run: {reason}")]
    Stored {
        /// Which half.
        direction: Direction,
        /// The version.
        version: Version,
        /// What is wrong with it.
        reason: String,
    },
    /// `redo` needs a file.
    #[error("{} cannot be applied again: it has no file", title(version, name))]
    RedoWithoutFile {
        /// The version.
        version: Version,
        /// Its name in the history.
        name: String,
    },
}

impl PlanError {
    /// Whether it is about a statement that was running when a run broke off.
    pub fn is_in_flight(&self) -> bool {
        let is_in_flight = |one: &Disagreement| matches!(one, Disagreement::InFlight { .. });
        matches!(self, PlanError::Disagree(list) if list.iter().any(is_in_flight))
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            PlanError::Disagree(list) => {
                let mut hints: Vec<String> = list.iter().map(Disagreement::hint).collect();
                hints.dedup();
                Some(hints.join("\n"))
            }
            PlanError::UnknownTarget(_) => Some("`pmdb status` lists the versions".to_owned()),
            PlanError::Irreversible(_) => {
                Some("write a `-- migrate:down` half, or go forward with a new migration".to_owned())
            }
            PlanError::Stored { .. } => Some("restore its file, which is used when it is there".to_owned()),
            PlanError::RedoWithoutFile { .. } => {
                Some("restore the file, or undo it for good with `pmdb down`".to_owned())
            }
        }
    }
}

/// What to type when only a person can tell whether a statement took effect.
pub fn in_flight_hint(version: &Version) -> String {
    format!(
        "look at what it was to do, then say it: `pmdb resolve {version} --done` goes on after it, \
         `pmdb resolve {version} --again` has the next run send it again"
    )
}

/// A version with its name, which a row that another tool wrote does not have.
fn title(version: &Version, name: &str) -> String {
    format!("{version} {name}").trim_end().to_owned()
}

fn irreversible_message(list: &[(Version, String)]) -> String {
    let names: Vec<String> = list.iter().map(|(version, name)| title(version, name)).collect();
    match names.as_slice() {
        [one] => format!("{one} cannot be undone: it has no down half"),
        _ => format!("these cannot be undone, since they have no down half: {}", names.join(", ")),
    }
}
