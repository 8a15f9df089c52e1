//! Why what the user wrote names no server.

use std::path::PathBuf;

use thiserror::Error;

/// What is wrong with the connection string, the variables or the service file.
///
/// No variant repeats a value: a badly encoded password can end up in any part.
#[derive(Debug, Error)]
pub enum TargetError {
    /// Nothing says which server is meant.
    #[error("no database is configured")]
    NotConfigured,
    /// The connection string is empty.
    #[error("the connection string is empty")]
    Empty,
    /// The connection string can't be read.
    #[error("the connection string cannot be read: {0}")]
    Malformed(&'static str),
    /// A parameter that libpq doesn't have.
    #[error("{name} is not a connection parameter of PostgreSQL")]
    UnknownParameter {
        /// Which one, and where it stands.
        name: String,
    },
    /// A parameter that changes security and that pmdb can't honour.
    #[error("pmdb cannot honour {name}")]
    Unsupported {
        /// Which one, and where it stands.
        name: String,
        /// The values that would be fine.
        harmless: &'static [&'static str],
    },
    /// A value that its parameter doesn't take.
    #[error("{name} has to be {expected}")]
    InvalidValue {
        /// Which parameter, and where it stands.
        name: String,
        /// What it takes.
        expected: String,
    },
    /// The lists of hosts, addresses and ports don't fit together.
    #[error("{hosts} hosts have {others} {what}")]
    Mismatch {
        /// The number of hosts.
        hosts: usize,
        /// The number of the others.
        others: usize,
        /// `ports` or `addresses`.
        what: &'static str,
    },
    /// The service that is asked for isn't in any service file.
    #[error("there is no service {service:?} in {}", list(looked))]
    NoService {
        /// The service.
        service: String,
        /// The files that were looked at.
        looked: Vec<PathBuf>,
    },
    /// The service file can't be read.
    #[error("cannot read {}: {reason}", path.display())]
    UnreadableService {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: String,
    },
    /// A line of the service file is wrong.
    #[error("{}:{line}: {problem}", path.display())]
    ServiceLine {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// No user is given and the operating system doesn't know who we are.
    #[error("no database user is given, and the operating system has no name for the user running pmdb")]
    NoUser,
}

impl TargetError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            TargetError::NotConfigured => "name it in one of these ways:\n  \
                --url postgresql://user@host/database\n  \
                DATABASE_URL=… in the environment or in a file .env\n  \
                PGHOST, PGPORT, PGUSER, PGDATABASE and so on, as for psql\n  \
                --embedded for a private server that pmdb starts itself"
                .into(),
            TargetError::Empty => "is the variable that it comes from set?".into(),
            TargetError::UnknownParameter { .. } => {
                "a setting of the session goes into options, as in ?options=-csearch_path%3Dapp".into()
            }
            TargetError::Unsupported { harmless: [], .. } => "remove it, if you can do without it".into(),
            TargetError::Unsupported { harmless, .. } => {
                format!("remove it, or set it to {}, if you can do without it", harmless.join(" or "))
            }
            TargetError::Mismatch { .. } => "give one for all, or one for each host".into(),
            TargetError::NoService { .. } => "PGSERVICEFILE names the file to look in".into(),
            TargetError::NoUser => "give the user: postgresql://USER@host/database, or PGUSER".into(),
            TargetError::UnreadableService { .. } | TargetError::ServiceLine { .. } => {
                "the file has sections [name], each with lines such as host=db.example.com".into()
            }
            TargetError::Malformed(_) | TargetError::InvalidValue { .. } => {
                "a connection string looks like postgresql://user:password@host:5432/database?sslmode=require"
                    .into()
            }
        }
    }
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" or ")
}
