//! Why there is no plan: what files and history disagree about, and what cannot be done.

use std::path::PathBuf;

use serde_json::{Value, json};
use thiserror::Error;

use crate::diagnosis::{Diagnose, Diagnosis};
use crate::exit::Exit;
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
    /// A half-done backfill has changed: the rows to come would not get what those before them got.
    #[error("{}: this backfill has passed {rows} rows already, and the file now says something else", path.display())]
    BackfillChanged {
        /// The version.
        version: Version,
        /// The file.
        path: PathBuf,
        /// How many rows it has passed.
        rows: u64,
    },
    /// A half-applied version has no file to go on with.
    #[error("{} is half applied ({so_far}), but has no file to go on with", title(version, name))]
    HalfAppliedMissing {
        /// The version.
        version: Version,
        /// Its name in the history.
        name: String,
        /// How much of it is done, in words.
        so_far: String,
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
    #[error("{} is {} ({so_far})", title(version, name), state.word())]
    Unfinished {
        /// The version.
        version: Version,
        /// Its name.
        name: String,
        /// Half applied or half undone.
        state: State,
        /// Whether it is a backfill that `up` passes.
        is_deferred: bool,
        /// How much of it is done, in words.
        so_far: String,
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
            | Disagreement::BackfillChanged { version, .. }
            | Disagreement::HalfAppliedMissing { version, .. }
            | Disagreement::InFlight { version, .. }
            | Disagreement::Unfinished { version, .. }
            | Disagreement::NoText { version, .. } => version,
        }
    }
}

impl Disagreement {
    /// What to type next where the file is a seed: the commands for migrations mean the migration with that number.
    fn hint_for_seed(&self) -> Option<String> {
        match self {
            Disagreement::Changed { version, .. } => Some(format!(
                "load the seeds anew with `pmdb seed --down` and `pmdb seed`, put the file back as it was, or take it as it \
                 is now with `pmdb accept --seed {version}`, which shows the difference and runs nothing"
            )),
            Disagreement::Replaced { version, applied, .. } => Some(format!(
                "give the file a number of its own, and put the file of {version} {applied} back"
            )),
            Disagreement::Renumbered { applied_as, .. } => {
                Some(format!("give the file its number {applied_as} back"))
            }
            Disagreement::Late { .. } => Some("give the file a number above the newest".to_owned()),
            Disagreement::InFlight { version, .. } => Some(
                in_flight_hint(version)
                    + "; with --table, name the history of the seeds, such as public.schema_seeds",
            ),
            Disagreement::Unfinished { .. } => Some(
                "finish it with `pmdb seed` first, or wait for the pmdb that is at work on it".to_owned(),
            ),
            Disagreement::Missing { .. }
            | Disagreement::DonePartChanged { .. }
            | Disagreement::BackfillChanged { .. }
            | Disagreement::HalfAppliedMissing { .. }
            | Disagreement::NoText { .. } => self.diagnosis().hint,
        }
    }
}

impl Diagnose for Disagreement {
    fn diagnosis(&self) -> Diagnosis {
        let of = |code| Diagnosis::of(self, code);
        match self {
            Disagreement::Changed { version, .. } => of("changed").hint(format!(
                "put the file back as it was and write the change as a new migration, or take it as it is now with \
                 `pmdb accept {version}`, which shows the difference and runs nothing"
            )),
            Disagreement::Replaced { version, applied, .. } => of("replaced").hint(format!(
                "give the file a number of its own (`pmdb new NAME` finds one), and put the file of {version} {applied} \
                 back; if it is the same migration, renamed and changed, give it its old name back"
            )),
            Disagreement::Renumbered { version, applied_as, .. } => of("renumbered").hint(format!(
                "`pmdb renumber {applied_as} {version}` gives it that number in the history, and runs nothing; if it is \
                 another migration that says the same, restore the file of {applied_as}"
            )),
            Disagreement::Late { .. } => of("late").hint(
                "give the file a number above the newest (`pmdb new NAME` finds it), or apply it now with \
                 `pmdb up --out-of-order`",
            ),
            Disagreement::Missing { .. } => of("missing").hint("restore the file, or leave out --strict"),
            Disagreement::DonePartChanged { .. } => of("done_part_changed")
                .hint("put the statements that ran back as they were; those after them may change"),
            Disagreement::BackfillChanged { .. } => of("backfill_changed")
                .hint("put it back as it was, or begin it anew with `pmdb redo`"),
            Disagreement::HalfAppliedMissing { version, .. } => of("half_applied_missing").hint(format!(
                "restore the file; the text that was run stands in the column up_sql of {version}"
            )),
            Disagreement::InFlight { version, .. } => of("in_flight").hint(in_flight_hint(version)),
            Disagreement::Unfinished { is_deferred: true, .. } => of("unfinished").hint(
                "finish it with `pmdb up --backfills` first, or wait for the pmdb that is at work on it",
            ),
            Disagreement::Unfinished { .. } => of("unfinished")
                .hint("finish it with `pmdb up` first, or wait for the pmdb that is at work on it"),
            Disagreement::NoText { .. } => {
                of("no_text").hint("restore the file as it was when it was applied")
            }
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
    /// Migrations that would have to be undone have no file here.
    #[error("{}", without_file_message(.0))]
    WithoutFile(Vec<(Version, String)>),
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
    /// Files in whose up half nothing is written.
    #[error("{}", unfilled_message(.0))]
    Unfilled(Vec<PathBuf>),
    /// A file requires a migration that is neither a file nor a row.
    #[error("{} requires the migration {requires}, which there is not", title(version, name))]
    UnknownRequirement {
        /// The version.
        version: Version,
        /// Its name.
        name: String,
        /// What it requires.
        requires: Version,
    },
    /// A file requires itself, or a migration that comes after it: its turn would never come.
    #[error("{} requires the migration {requires}, which does not come before it", title(version, name))]
    LaterRequirement {
        /// The version.
        version: Version,
        /// Its name.
        name: String,
        /// What it requires.
        requires: Version,
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

    /// All that is shown of it where the files are seeds.
    pub fn diagnosis_for_seeds(&self) -> Diagnosis {
        match self {
            PlanError::Disagree(list) => self.disagreement(list, Disagreement::hint_for_seed),
            _ => self.diagnosis(),
        }
    }

    fn disagreement(
        &self,
        list: &[Disagreement],
        hint: impl Fn(&Disagreement) -> Option<String>,
    ) -> Diagnosis {
        let mut hints: Vec<String> = list.iter().filter_map(&hint).collect();
        hints.dedup();
        let list: Vec<Value> = list.iter().map(|one| for_programs(one, hint(one))).collect();
        Diagnosis::of(self, "disagreement")
            .exit(Exit::Disagreement)
            .hint(hints.join("\n"))
            .detail("disagreements", &list)
    }
}

impl Diagnose for PlanError {
    fn diagnosis(&self) -> Diagnosis {
        let plan = Diagnosis::of(self, "plan");
        match self {
            PlanError::Disagree(list) => self.disagreement(list, |one| one.diagnosis().hint),
            PlanError::UnknownRequirement { .. } | PlanError::LaterRequirement { .. } => {
                plan.hint("correct `requires:` in its file; `pmdb status` lists the versions")
            }
            PlanError::UnknownTarget(_) => plan.hint("`pmdb status` lists the versions"),
            PlanError::Irreversible(_) => {
                plan.hint("write a `-- migrate:down` half, or go forward with a new migration")
            }
            PlanError::WithoutFile(_) => plan.hint(
                "another project that shares this history, or a newer release, may have applied it: undo it from there; \
                 `pmdb down --stored` runs the down half that the history keeps",
            ),
            PlanError::Stored { .. } => plan.hint("restore its file, which is used when it is there"),
            PlanError::Unfilled(_) => plan.hint(
                "write the SQL below `-- migrate:up`; where nothing is to run, a comment there says so, or --allow-empty",
            ),
            PlanError::RedoWithoutFile { .. } => {
                plan.hint(
                    "another project that shares this history, or a newer release, may have applied it: redo it from \
                     there, or restore the file; `pmdb down --stored` undoes it for good",
                )
            }
        }
    }
}

fn for_programs(disagreement: &Disagreement, hint: Option<String>) -> Value {
    let Diagnosis { code, message, .. } = disagreement.diagnosis();
    json!({ "code": code, "version": disagreement.version(), "message": message, "hint": hint })
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

fn unfilled_message(files: &[PathBuf]) -> String {
    match files {
        [one] => format!("{} is still empty: there is no SQL below `-- migrate:up`", one.display()),
        _ => {
            let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            format!("these are still empty, with no SQL below `-- migrate:up`: {}", names.join(", "))
        }
    }
}

fn without_file_message(list: &[(Version, String)]) -> String {
    let names: Vec<String> = list.iter().map(|(version, name)| title(version, name)).collect();
    match names.as_slice() {
        [one] => format!("{one} is applied, but has no file here: nothing was undone"),
        _ => format!("these are applied, but have no file here: {}; nothing was undone", names.join(", ")),
    }
}

fn irreversible_message(list: &[(Version, String)]) -> String {
    let names: Vec<String> = list.iter().map(|(version, name)| title(version, name)).collect();
    match names.as_slice() {
        [one] => format!("{one} cannot be undone: it has no down half"),
        _ => format!("these cannot be undone, since they have no down half: {}", names.join(", ")),
    }
}
