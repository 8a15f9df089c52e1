//! Everything that can stop a command, and the one place that turns it into an exit code.

use std::path::PathBuf;

use thiserror::Error;
use tokio_postgres::error::SqlState;

use crate::commands::VerifyReport;
use crate::connect::{ConnectError, EnvironmentError, Target, TargetError};
use crate::embedded::EmbeddedError;
use crate::exit::Exit;
use crate::ignore::IgnoreError;
use crate::migration::{LoadError, PlanError, Reach, Reaching, Version};
use crate::postgres::rebuild::RebuildError;
use crate::postgres::scratch::ScratchError;
use crate::postgres::verify::VerifyError;
use crate::postgres::{
    CatalogError, Cause, HistoryError, LockError, MigratorError, OUTSIDE_HINT, RunFailure, SqlError,
};

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
    /// There is no connection to be had.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The embedded server does not run.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// The migration files cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A migration fails on a scratch database.
    #[error(transparent)]
    Rebuild(Box<RunFailure>),
    /// An up half fails while down halves are verified.
    #[error("{failure}")]
    Verify {
        /// Why.
        failure: Box<RunFailure>,
        /// What was found before.
        so_far: Box<VerifyReport>,
    },
    /// Statements that reach out of the scratch database.
    #[error("{}", reaching_out(.0))]
    Reaching(Vec<Reaching>),
    /// The SQL that is to run first in each scratch database fails, or does what it must not.
    #[error("{0}")]
    Before(Box<ScratchError>),
    /// The history, the plan, the lock or a half.
    #[error(transparent)]
    Migrator(#[from] MigratorError),
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
    /// The catalog of a database cannot be read.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
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
    /// The server refused a scratch database.
    #[error("a scratch database cannot be {doing}: {source}")]
    Scratch {
        /// "created" and the like.
        doing: &'static str,
        /// What the server said.
        source: SqlError,
    },
    /// `accept` was given a version that it can do nothing for.
    #[error("{version} cannot be accepted: {reason}")]
    Accept {
        /// The version.
        version: Version,
        /// Why not.
        reason: String,
    },
    /// `resolve` was given a version of which no statement is in flight.
    #[error("{version} has no statement whose end is not known")]
    Resolve {
        /// The version.
        version: Version,
    },
    /// A line of the file of findings to be ignored cannot be read.
    #[error(transparent)]
    Ignore(#[from] IgnoreError),
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
    /// The folder of the seeds is not there.
    #[error("there is no folder {}", .0.display())]
    NoSeeds(PathBuf),
    /// A wish to stop came.
    #[error("interrupted")]
    Interrupted,
    /// One of the others, with the database that it happened on.
    #[error("{source}")]
    On {
        /// The database.
        target: Box<Target>,
        /// What happened.
        source: Box<Error>,
    },
}

impl Error {
    /// The same error with the database that it happened on, if it happened on one, and nobody has said so yet.
    pub(crate) fn on(self, target: &Target) -> Error {
        match self {
            Error::Migrator(
                MigratorError::Interrupted
                | MigratorError::Lock(LockError::Connect(_) | LockError::Interrupted),
            ) => self,
            Error::Migrator(_)
            | Error::Rebuild(_)
            | Error::Verify { .. }
            | Error::Catalog(_)
            | Error::Sql { .. }
            | Error::DatabaseInUse { .. }
            | Error::Scratch { .. }
            | Error::Accept { .. }
            | Error::Resolve { .. } => Error::On { target: Box::new(target.clone()), source: Box::new(self) },
            other => other,
        }
    }

    /// What happened, without the database.
    pub(crate) fn bare(&self) -> &Error {
        if let Error::On { source, .. } = self { source } else { self }
    }

    /// The database that it happened on, where there is one.
    pub(crate) fn target(&self) -> Option<&Target> {
        match self {
            Error::On { target, .. } => Some(target),
            Error::Connect(error)
            | Error::Migrator(MigratorError::Lock(LockError::Connect(error)))
            | Error::WaitedInVain { last: Some(error), .. } => Some(error.target()),
            _ => None,
        }
    }

    /// The database is protected.
    pub(crate) fn protected(database: &str) -> Error {
        Error::Migrator(MigratorError::Protected { database: database.to_owned() })
    }

    /// What to type next, where pmdb knows.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Usage { hint, .. } => hint.clone(),
            // The embedded server's messages say it themselves.
            Error::Environment(_) | Error::Embedded(_) | Error::Interrupted | Error::File { .. } => None,
            Error::Target(error) => Some(error.hint()),
            Error::Connect(error) => Some(error.hint()),
            Error::Load(error) => error.hint(),
            Error::Migrator(error) => match error {
                MigratorError::History(error) => error.hint(),
                MigratorError::Plan(error) => error.hint(),
                MigratorError::Renumber(error) => Some(error.hint()),
                MigratorError::Lock(LockError::Held { .. }) => {
                    Some("try again when it is done, or wait longer with --lock-wait".to_owned())
                }
                MigratorError::Lock(LockError::Connect(error)) => Some(error.hint()),
                MigratorError::Lock(LockError::PoolTooSmall { .. }) => Some(
                    "give the pool at least two server connections, or connect past the pooler".to_owned(),
                ),
                MigratorError::Lock(LockError::Sql(error)) => error.hint(),
                MigratorError::Lock(LockError::Interrupted) => None,
                MigratorError::Run(failure) => failure.hint(),
                MigratorError::Interrupted => None,
                MigratorError::Unconfirmed { .. } => Some(UNCONFIRMED_HINT.to_owned()),
                MigratorError::Protected { .. } => Some(PROTECTED_HINT.to_owned()),
            },
            Error::Rebuild(failure) => Some(match failure.cause {
                Cause::ChangedOutside { .. } => OUTSIDE_HINT.to_owned(),
                _ => REBUILD_HINT.to_owned(),
            }),
            Error::Verify { failure, .. } => match failure.cause.server_error() {
                Some(error) if NOT_THERE.iter().any(|code| error.is(code)) => Some(NEEDS_HINT.to_owned()),
                _ => failure.hint(),
            },
            Error::Reaching(list) => {
                Some(match list.iter().all(|one| matches!(one.reach, Reach::Server(_))) {
                    true => OUTSIDE_HINT.to_owned(),
                    false => "--allow-shared lets them, with all that they do there".to_owned(),
                })
            }
            Error::Before(error) => match error.as_ref() {
                ScratchError::Before { source, .. } => source.hint(),
                _ => Some(OUTSIDE_HINT.to_owned()),
            },
            Error::Catalog(error) => error.hint(),
            Error::Sql { source, .. } => source.hint(),
            Error::DatabaseInUse { sessions: 0, .. } => Some(
                "a prepared transaction, a replication slot or a subscription uses it, and has to go first: \
                 pg_prepared_xacts, pg_replication_slots and pg_subscription show them"
                    .to_owned(),
            ),
            Error::DatabaseInUse { .. } => Some(
                "--force ends the sessions that use it (`SELECT * FROM pg_stat_activity` shows them)"
                    .to_owned(),
            ),
            Error::Scratch { source, .. } if source.is(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                Some(SCRATCH_HINT.to_owned())
            }
            Error::Scratch { source, .. } => source.hint(),
            Error::Accept { .. } => Some("`pmdb status` shows what has changed".to_owned()),
            Error::Resolve { .. } => Some("`pmdb status` shows where each migration stands".to_owned()),
            Error::Ignore(error) => Some(format!("write {}; `#` begins a comment", error.problem.form)),
            Error::NotEmpty(_) => {
                Some("`pmdb new NAME` adds a migration; `--dir` and `--seeds` name other folders".to_owned())
            }
            Error::WaitedInVain { .. } => {
                Some("is the server running there? --timeout gives it more time".to_owned())
            }
            Error::NoSeeds(_) => Some("name the folder of the seeds with --seeds".to_owned()),
            Error::On { source, .. } => source.hint(),
        }
    }

    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Usage { .. } => "usage",
            Error::Environment(_) => "environment",
            Error::Target(_) => "target",
            Error::Connect(_) => "connect",
            Error::Embedded(_) => "embedded",
            Error::Load(_) | Error::NoSeeds(_) => "files",
            Error::Migrator(error) => match error {
                MigratorError::History(HistoryError::Locked { .. }) => "lock_timeout",
                MigratorError::History(HistoryError::IgnoredSetting(_)) => "ignored_setting",
                MigratorError::History(HistoryError::Elsewhere { .. }) => "other_history",
                MigratorError::History(_) => "history",
                MigratorError::Plan(PlanError::Disagree(_)) => "disagreement",
                MigratorError::Plan(_) => "plan",
                MigratorError::Renumber(_) => "renumber",
                MigratorError::Lock(LockError::Held { .. }) => "locked",
                MigratorError::Lock(LockError::Interrupted) => "interrupted",
                MigratorError::Lock(_) => "lock",
                MigratorError::Run(failure) => match failure.cause {
                    Cause::Interrupted => "interrupted",
                    Cause::LockTimeout { .. } => "lock_timeout",
                    Cause::InFlight { .. } => "in_flight",
                    _ => "migration",
                },
                MigratorError::Interrupted => "interrupted",
                MigratorError::Unconfirmed { .. } => "unconfirmed",
                MigratorError::Protected { .. } => "protected",
            },
            Error::File { .. } => "file",
            Error::Rebuild(_) | Error::Before(_) => "scratch",
            Error::Verify { failure, .. } => match failure.cause {
                Cause::LockTimeout { .. } => "lock_timeout",
                _ => "migration",
            },
            Error::Reaching(_) => "shared",
            Error::Catalog(_) => "catalog",
            Error::Sql { .. } | Error::Scratch { .. } => "sql",
            Error::DatabaseInUse { .. } => "database_in_use",
            Error::Accept { .. } => "accept",
            Error::Resolve { .. } => "resolve",
            Error::Ignore(_) => "ignore_file",
            Error::NotEmpty(_) => "not_empty",
            Error::WaitedInVain { .. } => "timeout",
            Error::Interrupted => "interrupted",
            Error::On { source, .. } => source.code(),
        }
    }

    /// How the command ends.
    pub fn exit(&self) -> Exit {
        match self {
            Error::Usage { .. } => Exit::Usage,
            Error::Interrupted => Exit::Interrupted,
            Error::On { source, .. } => source.exit(),
            Error::Migrator(error) => match error {
                MigratorError::Plan(PlanError::Disagree(_)) => Exit::Disagreement,
                MigratorError::Plan(_) | MigratorError::Renumber(_) | MigratorError::Protected { .. } => {
                    Exit::Failed
                }
                MigratorError::History(
                    HistoryError::Foreign { .. }
                    | HistoryError::Strangers { .. }
                    | HistoryError::SystemSchema { .. }
                    | HistoryError::BadVersion { .. }
                    | HistoryError::IgnoredSetting(_)
                    | HistoryError::Locked { .. }
                    | HistoryError::Elsewhere { .. }
                    | HistoryError::Meddled { .. }
                    | HistoryError::RowSecurity { .. }
                    | HistoryError::Sql { .. },
                ) => Exit::Failed,
                MigratorError::Unconfirmed { stopped: true, .. } => Exit::Interrupted,
                MigratorError::Unconfirmed { stopped: false, .. } => Exit::Failed,
                MigratorError::Lock(LockError::Held { .. }) => Exit::Locked,
                MigratorError::Lock(LockError::Interrupted) | MigratorError::Interrupted => Exit::Interrupted,
                MigratorError::Lock(
                    LockError::Connect(_) | LockError::PoolTooSmall { .. } | LockError::Sql(_),
                ) => Exit::Failed,
                MigratorError::Run(failure) => match failure.cause {
                    Cause::Interrupted => Exit::Interrupted,
                    Cause::Sql { .. }
                    | Cause::LockTimeout { .. }
                    | Cause::Transient { .. }
                    | Cause::InFlight { .. }
                    | Cause::SentOtherwise { .. }
                    | Cause::TookEffect { .. }
                    | Cause::NoNewSession(_)
                    | Cause::ChangedOutside { .. }
                    | Cause::HistoryReplaced { .. }
                    | Cause::HistoryRowGone { .. }
                    | Cause::LockLost
                    | Cause::HistoryWrite { .. } => Exit::Failed,
                },
            },
            Error::Environment(_)
            | Error::Target(_)
            | Error::Connect(_)
            | Error::Embedded(_)
            | Error::Load(_)
            | Error::File { .. }
            | Error::Rebuild(_)
            | Error::Verify { .. }
            | Error::Reaching(_)
            | Error::Before(_)
            | Error::Catalog(_)
            | Error::Sql { .. }
            | Error::DatabaseInUse { .. }
            | Error::Scratch { .. }
            | Error::Accept { .. }
            | Error::Resolve { .. }
            | Error::Ignore(_)
            | Error::NotEmpty(_)
            | Error::NoSeeds(_)
            | Error::WaitedInVain { .. } => Exit::Failed,
        }
    }
}

impl From<ScratchError> for Error {
    fn from(error: ScratchError) -> Error {
        match error {
            ScratchError::Embedded(error) => Error::Embedded(error),
            ScratchError::Connect(error) => Error::Connect(error),
            ScratchError::Sql { doing, source } => Error::Scratch { doing, source },
            error @ (ScratchError::Before { .. } | ScratchError::BeforeReachesOut { .. }) => {
                Error::Before(Box::new(error))
            }
        }
    }
}

impl From<VerifyError> for Error {
    fn from(error: VerifyError) -> Error {
        match error {
            VerifyError::Scratch(error) => error.into(),
            VerifyError::Connect(error) => Error::Connect(error),
            VerifyError::Migrator(error) => Error::Migrator(error),
            VerifyError::UpFails(stopped) => Error::Migrator(MigratorError::Run(Box::new(stopped.failure))),
            VerifyError::Catalog(error) => Error::Catalog(error),
            VerifyError::Look(source) => {
                Error::Sql { doing: "the scratch database cannot be looked at".to_owned(), source }
            }
            VerifyError::UnknownVersion(version) => Error::Usage {
                message: format!("there is no migration {version}"),
                hint: Some(
                    "`ls` shows the files; a version is the number that their names begin with".to_owned(),
                ),
            },
        }
    }
}

impl From<RebuildError> for Error {
    fn from(error: RebuildError) -> Error {
        match error {
            RebuildError::Scratch(error) => error.into(),
            RebuildError::Connect(error) => Error::Connect(error),
            RebuildError::Migrator(MigratorError::Run(failure)) if failure.cause.is_of_the_file() => {
                Error::Rebuild(failure)
            }
            RebuildError::Migrator(error) if error.is_interruption() => Error::Interrupted,
            RebuildError::Migrator(error) | RebuildError::History(error) => Error::Migrator(error),
            RebuildError::Catalog(error) => Error::Catalog(error),
            RebuildError::Sql { doing, source } => Error::Sql { doing: doing.to_owned(), source },
        }
    }
}

const UNCONFIRMED_HINT: &str = "it is lost if a standby without it takes over; once the standbys are back, `pmdb status` \
                                shows where things stand, and `pmdb up` goes on from there";

fn reaching_out(list: &[Reaching]) -> String {
    let lines = list.iter().map(|Reaching { file, location, reach }| {
        let (Reach::Server(what) | Reach::Connection(what) | Reach::Elsewhere(what)) = reach;
        format!("\n  {file}:{location}: {what}")
    });
    format!("these statements reach out of the scratch database:{}", lines.collect::<String>())
}

/// What something is refused with that is not there.
const NOT_THERE: [SqlState; 6] = [
    SqlState::UNDEFINED_OBJECT,
    SqlState::UNDEFINED_TABLE,
    SqlState::UNDEFINED_FUNCTION,
    SqlState::INVALID_SCHEMA_NAME,
    SqlState::UNDEFINED_FILE,
    SqlState::FEATURE_NOT_SUPPORTED,
];

const NEEDS_HINT: &str = "what the migrations need and do not make themselves: roles are those of the target's server where \
                          one is configured (DATABASE_URL); all else is made by SQL in the folder scratch/ or --before FILE; \
                          --scratch-url names a server that has it";
const REBUILD_HINT: &str = "what the migrations need from outside of the database (extensions, tablespaces, roles) has to \
                            be on the scratch server; --scratch-url names one that has it";
const SCRATCH_HINT: &str = "--scratch-url needs a role that may create databases: `ALTER ROLE … CREATEDB`; without \
                            --scratch-url pmdb uses a private server";

const PROTECTED_HINT: &str = "use --force if you mean it; `ALTER DATABASE … RESET pmdb.protected` takes the \
                              protection away";
