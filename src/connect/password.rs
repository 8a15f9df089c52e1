//! A password that can't be printed by accident.

use std::fmt;
use std::path::PathBuf;

/// A password and where it was found.
#[derive(Clone)]
pub(super) struct Password {
    pub(super) secret: String,
    pub(super) source: PasswordSource,
}

/// Where a password came from, so that a wrong one can be corrected there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordSource {
    /// `--url` or `DATABASE_URL`.
    ConnectionString,
    /// The variable `PGPASSWORD`.
    Variable,
    /// A connection service file.
    ServiceFile,
    /// A password file.
    File(PathBuf),
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a password from {}", self.source)
    }
}

impl fmt::Display for PasswordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PasswordSource::ConnectionString => f.write_str("the connection string"),
            PasswordSource::Variable => f.write_str("PGPASSWORD"),
            PasswordSource::ServiceFile => f.write_str("the service file"),
            PasswordSource::File(path) => write!(f, "{}", path.display()),
        }
    }
}
