//! From what the user wrote to a live connection.
//!
//! A connection string, the environment and a service file are gathered into parameters (`parameters`),
//! those become a [`Target`] (where, as whom, how safely), and [`Session::connect`] tries the target's
//! hosts in order until one accepts the connection or a [`ConnectError`] says why none did.
//!
//! The rules are libpq's, so that whatever `psql` accepts works here:
//! <https://www.postgresql.org/docs/current/libpq-connect.html>, called "the manual" in these files.

mod asked;
mod attempt;
mod cancel;
mod classify;
mod conninfo;
mod database_name;
mod environment;
mod failure;
mod host;
mod known_parameters;
mod parameters;
mod password;
mod pgpass;
mod position;
#[cfg(feature = "tls")]
mod revocation;
mod service;
mod session;
mod target;
mod target_error;
mod timeouts;
#[cfg(feature = "tls")]
mod tls;
mod tls_error;
#[cfg(feature = "tls")]
mod tls_failure;
mod tls_mode;
#[cfg(feature = "tls")]
mod verifier;
#[cfg(not(feature = "tls"))]
mod without_tls;

pub(crate) use asked::AskedSettings;
pub use asked::IgnoredSetting;
pub use database_name::DatabaseName;
pub use environment::{Environment, EnvironmentError};
pub use failure::{CertificateProblem, ConnectError, Failure, FailureKind};
pub use password::PasswordSource;
pub use position::PositionUnit;
pub use session::{Notice, Session};
pub use target::Target;
pub use target_error::TargetError;
pub(crate) use timeouts::{OFF_FOR_THE_TRANSACTION, TRANSACTION_TIMEOUT_OFF};
#[cfg(feature = "download")]
pub(crate) use tls::system_certificates;
pub use tls_error::TlsError;
#[cfg(not(feature = "tls"))]
use without_tls as tls;
