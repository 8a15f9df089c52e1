//! Everything that can stop a command.

use std::path::PathBuf;

use postgres_protocol::escape::escape_identifier;
use thiserror::Error;

use crate::catalog::schema::UnknownTable;
use crate::commands::{NotAsBuilt, StatusSubject, VerifyReport};
use crate::connect::{ConnectError, EnvironmentError, Target, TargetError};
use crate::diagnosis::{Diagnose, Diagnosis, Excerpt, FileLocation};
use crate::embedded::EmbeddedError;
use crate::exit::Exit;
use crate::fill::FillError;
use crate::ignore::IgnoreError;
use crate::json_file::JsonFileError;
use crate::migration::{FolderError, Location, NoteError, ReachingOut, Version, which_folder};
use crate::postgres::fill::{LookError, ProofError};
use crate::postgres::rebuild::RebuildError;
use crate::postgres::scratch::ScratchError;
use crate::postgres::verify::{UpFails, VerifyError};
use crate::postgres::{CatalogError, LostSeed, MigratorError, NoAnswer, SqlError};

/// Why a command did not do what it was asked to.
#[derive(Debug, Error)]
pub enum Error {
    /// The command line or a setting makes no sense.
    #[error("{message}")]
    Usage {
        /// What.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The `.env` file cannot be read.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// Nobody said which database, or not in a way that can be read.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// No connection could be made.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The embedded server does not run.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// The migration files cannot be read.
    #[error(transparent)]
    Load(#[from] FolderError),
    /// The history, the plan, the lock or a half.
    #[error(transparent)]
    Migrator(#[from] MigratorError),
    /// The same of a run of seeds.
    #[error(transparent)]
    Seeds(MigratorError),
    /// A migration makes what is there already, and nothing was applied before.
    #[error(transparent)]
    IsThereAlready(MigratorError),
    /// The schema that the migrations make cannot be built.
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
    /// Verifying came to no result.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// An up half fails while down halves are verified.
    #[error("{source}")]
    VerifyStopped {
        /// Why.
        source: Box<UpFails>,
        /// What was found before.
        so_far: Box<VerifyReport>,
    },
    /// There is no scratch database.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// Statements that reach out of the scratch database.
    #[error(transparent)]
    ReachingOut(#[from] ReachingOut),
    /// The catalog of a database cannot be read.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A line of the file of findings to be ignored cannot be read.
    #[error(transparent)]
    Ignore(#[from] IgnoreError),
    /// A comment for pmdb cannot be followed.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A file of the user's.
    #[error("{} cannot be {doing}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// "written" and the like.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file of `plan --sizes` holds something else.
    #[error("{} cannot be used: {source}", path.display())]
    Sizes {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: JsonFileError,
    },
    /// The server did not answer a question without which the command cannot go on.
    #[error("{what} cannot be read: {why}")]
    NoAnswer {
        /// What was asked for.
        what: &'static str,
        /// Why there is none.
        why: NoAnswer,
    },
    /// The server refused a command of pmdb's own.
    #[error("{doing}: {source}")]
    Sql {
        /// What was to be done.
        doing: String,
        /// What the server said.
        source: SqlError,
    },
    /// The database cannot be dropped: something uses it.
    #[error("the database {database} cannot be dropped: {source}")]
    DatabaseInUse {
        /// Its name.
        database: String,
        /// How many sessions do.
        sessions: u64,
        /// What the server said.
        source: SqlError,
    },
    /// Citus spreads the database over several servers.
    #[error("the database {database} is one of Citus, and its tables lie on several servers")]
    OnCitus {
        /// Its name.
        database: String,
    },
    /// `reset` would lose what the database has as a whole.
    #[error(
        "the database {database} cannot be reset without losing its {what}{}",
        source.as_ref().map_or_else(String::new, |source| format!(": {source}"))
    )]
    NotKept {
        /// Its name.
        database: String,
        /// What would be lost: `setting work_mem`.
        what: String,
        /// Why, as the server said it.
        source: Option<SqlError>,
    },
    /// The database is not there, and what a `reset` may have left is not known to be that.
    #[error(
        "the database {database} is {}, and whether {name} is what an interrupted reset has left of it is not known",
        if *is_there { "not touched" } else { "not there" }
    )]
    ResetLeft {
        /// Its name.
        database: String,
        /// What may be in its place.
        name: String,
        /// Whether it is there all the same.
        is_there: bool,
    },
    /// Another `reset` is at work.
    #[error("another pmdb is resetting the database {database}")]
    ResetElsewhere {
        /// Its name.
        database: String,
    },
    /// Data would be lost on another machine, and nobody has confirmed it.
    #[error("the {what}, and {}", if *asked { "the answer was not its name" } else { "nobody has confirmed it" })]
    NotConfirmed {
        /// What would be lost, and where.
        what: String,
        /// Whether somebody was asked.
        asked: bool,
    },
    /// `accept` was given a version that it can do nothing for.
    #[error("{version} cannot be accepted: {reason}")]
    Accept {
        /// The version.
        version: Version,
        /// Why not.
        reason: String,
        /// Whether it is a migration or a seed.
        subject: StatusSubject,
    },
    /// `baseline` records nothing.
    #[error(transparent)]
    NotAsBuilt(#[from] Box<NotAsBuilt>),
    /// `resolve` was given a version of which no statement is in flight.
    #[error("{version} has no statement whose end is not known")]
    Resolve {
        /// The version.
        version: Version,
    },
    /// `schema` was asked for a table that is not there.
    #[error(transparent)]
    UnknownTable(#[from] UnknownTable),
    /// `init` found files where it would write.
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// `wait` has waited long enough.
    #[error("the server did not answer within {seconds} s{}", last.as_ref().map_or_else(String::new, |last| format!(": {last}")))]
    WaitedInVain {
        /// How long.
        seconds: f64,
        /// What happened last; `None` when nothing did.
        last: Option<ConnectError>,
    },
    /// The folder of the migrations holds none.
    #[error("there are no migrations in {}", dir.display())]
    EmptyFolder {
        /// The folder, from the root.
        dir: PathBuf,
        /// One with migrations that is called the same, above the current folder.
        above: Option<PathBuf>,
        /// What to do where it is the right one.
        otherwise: &'static str,
    },
    /// The folder of the seeds is not there.
    #[error("there is no folder {}", .0.display())]
    NoSeeds(PathBuf),
    /// Seeds have lost some of their tables, and not all.
    #[error("a part of the rows of {} is gone with their tables, and a part is left", LostSeed::list(.0))]
    LostSeeds(Vec<LostSeed>),
    /// The rows that a comment of a seed asks for were not made.
    #[error("{}:{location}: {source}", path.display())]
    SeedRows {
        /// The version and the name of the seed, once its statements are applied.
        applied: Option<String>,
        /// Its file.
        path: PathBuf,
        /// Where in it.
        location: Location,
        /// The line.
        line: String,
        /// Why.
        source: Box<Error>,
    },
    /// The file of `fill --like` holds something else.
    #[error("{} cannot be used: {source}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: JsonFileError,
    },
    /// No known values meet a constraint.
    #[error(transparent)]
    Fill(#[from] FillError),
    /// The server refuses the rows that were made.
    #[error(transparent)]
    FillProof(#[from] ProofError),
    /// The database is not one to be filled.
    #[error(transparent)]
    FillLook(#[from] LookError),
    /// Rows were not loaded.
    #[error(transparent)]
    Loading(#[from] crate::postgres::load::LoadError),
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// One of the others, with the database that the command works on.
    #[error("{source}")]
    On {
        /// The database.
        target: Box<Target>,
        /// What happened.
        source: Box<Error>,
    },
}

impl Diagnose for Error {
    fn diagnosis(&self) -> Diagnosis {
        match self {
            Error::Usage { hint, .. } => {
                Diagnosis::of(self, "usage").exit(Exit::Usage).without_database().hint_if(hint.clone())
            }
            Error::Environment(error) => {
                let environment = Diagnosis::of(self, "environment").without_database();
                match error {
                    EnvironmentError::Unreadable { .. } => environment,
                    EnvironmentError::Line { path, line } => environment
                        .at(FileLocation::of_line(path, *line), EnvironmentError::NO_ASSIGNMENT),
                }
            }
            Error::Target(error) => Diagnosis::of(self, "target").without_database().hint(error.hint()),
            Error::Connect(error) => error.diagnosis(),
            Error::Embedded(error) => error.diagnosis(),
            Error::Load(error) => error.diagnosis(),
            Error::Migrator(error) => error.diagnosis(),
            Error::Seeds(MigratorError::Plan(error)) => error.diagnosis_for_seeds(),
            Error::Seeds(error) => error.diagnosis(),
            Error::IsThereAlready(error) => error.diagnosis().hint(
                "if the database was built without pmdb, `pmdb baseline VERSION` records the migrations up to that version \
                 as applied, and runs nothing",
            ),
            Error::Rebuild(error) => error.diagnosis(),
            Error::Verify(error) => error.diagnosis(),
            Error::VerifyStopped { source, so_far } => {
                source.diagnosis().done("migrations", &so_far.migrations)
            }
            Error::Scratch(error) => error.diagnosis(),
            Error::ReachingOut(error) => error.diagnosis(),
            Error::Catalog(error) => error.diagnosis(),
            Error::Ignore(error) => error.diagnosis(),
            Error::Note(error) => error.diagnosis(),
            Error::File { .. } => Diagnosis::of(self, "file").without_database(),
            Error::Sizes { .. } => Diagnosis::of(self, "sizes")
                .without_database()
                .hint("`pmdb plan --save-sizes FILE` writes it anew, where the target can be reached"),
            Error::NoAnswer { why: NoAnswer::Refused(source), .. } => source.diagnosis().told_as(self),
            Error::NoAnswer { .. } => Diagnosis::of(self, "no_answer").hint(
                "a session may have locked the server's own catalogs, or the server may hang: `SELECT * FROM pg_locks WHERE mode = \
                 'AccessExclusiveLock'` in another session shows who",
            ),
            Error::Sql { source, .. } => source.diagnosis().told_as(self),
            Error::DatabaseInUse { sessions, source, .. } => {
                source.diagnosis().told_as(self).code("database_in_use").hint(match sessions {
                    0 => {
                        "a prepared transaction, a replication slot or a subscription uses it, and has to go first: \
                         pg_prepared_xacts, pg_replication_slots and pg_subscription show them"
                    }
                    _ => "--force ends the sessions that use it (`SELECT * FROM pg_stat_activity` shows them)",
                })
            }
            Error::OnCitus { .. } => Diagnosis::of(self, "citus").hint(
                "`pmdb down --all` takes back what the migrations made, on all servers; to drop the database, do so on each \
                 of them, as it was made",
            ),
            Error::NotKept { source, .. } => {
                let diagnosis = match source {
                    Some(source) => source.diagnosis().told_as(self),
                    None => Diagnosis::of(self, "not_kept"),
                };
                diagnosis.code("not_kept").state(vec!["Nothing was changed.".to_owned()]).hint(
                    "a superuser may give it back; `pmdb drop`, `pmdb create` and `pmdb up` begin anew without it",
                )
            }
            Error::ResetLeft { name, is_there: true, .. } => Diagnosis::of(self, "reset_left").hint(format!(
                "look what is in {name}; `DROP DATABASE {name}` removes it, and then `pmdb reset` goes through"
            )),
            Error::ResetLeft { database, name, is_there: false } => {
                Diagnosis::of(self, "reset_left").hint(format!(
                    "`ALTER DATABASE {name} RENAME TO {}` makes it the database, `DROP DATABASE {name}` removes it",
                    escape_identifier(database)
                ))
            }
            Error::ResetElsewhere { .. } => Diagnosis::of(self, "locked").exit(Exit::Locked),
            Error::NotConfirmed { asked, .. } => Diagnosis::of(self, "not_confirmed")
                .state(vec!["Nothing was changed.".to_owned()])
                .hint_if((!asked).then(|| {
                    "--yes says that it is meant; without it, a database on another machine asks for its name on a terminal"
                        .to_owned()
                })),
            Error::Accept { subject, .. } => Diagnosis::of(self, "accept").hint(match subject {
                StatusSubject::Migrations => "`pmdb status` shows what has changed",
                StatusSubject::Seeds => "`pmdb seed` says which seeds have changed",
            }),
            Error::NotAsBuilt(error) => error.diagnosis(),
            Error::Resolve { .. } => {
                Diagnosis::of(self, "resolve").hint("`pmdb status` shows where each migration stands")
            }
            Error::UnknownTable(unknown) => {
                Diagnosis::of(self, "unknown_table").hint(match unknown.similar.as_slice() {
                    [] => "`pmdb schema` shows all tables".to_owned(),
                    similar => format!("did you mean {}?", similar.join(" or ")),
                })
            }
            Error::NotEmpty(_) => Diagnosis::of(self, "not_empty")
                .without_database()
                .hint("`pmdb new NAME` adds a migration; `--dir` and `--seeds` name other folders"),
            Error::WaitedInVain { last, .. } => {
                let diagnosis = last.as_ref().map_or_else(
                    || Diagnosis::of(self, "timeout").without_database(),
                    |last| last.diagnosis().told_as(self).code("timeout"),
                );
                diagnosis.hint("is the server running there? --timeout gives it more time")
            }
            Error::EmptyFolder { above, otherwise, .. } => Diagnosis::of(self, "files")
                .without_database()
                .hint(format!("{}; {otherwise}", which_folder(above.as_deref()))),
            Error::NoSeeds(_) => Diagnosis::of(self, "files")
                .without_database()
                .hint("name the folder of the seeds with --seeds"),
            Error::LostSeeds(_) => Diagnosis::of(self, "lost_seeds").exit(Exit::Disagreement).hint(
                "`pmdb seed --down` takes out the rows that are left, and `pmdb seed` loads all anew; or begin afresh with \
                 `pmdb reset` and `pmdb seed`",
            ),
            Error::SeedRows { applied, path, location, line, source } => {
                let diagnosis = source.diagnosis();
                let (message, mut state) = (diagnosis.message.clone(), diagnosis.state.clone());
                state.extend(applied.as_ref().map(|seed| {
                    format!("Seed {seed} is applied; `pmdb seed` makes the rows that its comments still ask for.")
                }));
                let excerpt = Excerpt { line: location.line, text: line.clone(), column: location.column };
                let location = FileLocation::new(path, Some(*location));
                diagnosis.told_as(self).excerpt(Some(excerpt)).at(location, message).state(state)
            }
            Error::Shape { .. } => Diagnosis::of(self, "shape")
                .without_database()
                .hint("`pmdb fill --save-shape FILE` writes it anew, where the other database can be reached"),
            Error::Fill(error) => error.diagnosis(),
            Error::FillProof(error) => error.diagnosis(),
            Error::FillLook(error) => error.diagnosis(),
            Error::Loading(error) => error.diagnosis(),
            Error::Interrupted => Diagnosis::interrupted(self),
            Error::On { target, source } => source.diagnosis().on(target),
        }
    }
}

impl Error {
    /// The same error with the database that the command works on, unless somebody has said so already.
    pub(crate) fn on(self, target: &Target) -> Error {
        match self {
            Error::On { .. } => self,
            _ => Error::On { target: Box::new(target.clone()), source: Box::new(self) },
        }
    }

    /// The database is protected.
    pub(crate) fn protected(database: &str) -> Error {
        Error::Migrator(MigratorError::Protected { database: database.to_owned() })
    }

    /// What `verify` found before it stopped.
    pub(crate) fn verified_so_far(&self) -> Option<&VerifyReport> {
        match self {
            Error::VerifyStopped { so_far, .. } => Some(so_far),
            Error::On { source, .. } => source.verified_so_far(),
            _ => None,
        }
    }
}
