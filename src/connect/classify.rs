//! Which kind of failure an error of tokio-postgres is.

use std::io;

use tokio_postgres::error::{DbError, SqlState};

use super::failure::FailureKind;

/// What an error of tokio-postgres means.
impl From<tokio_postgres::Error> for FailureKind {
    fn from(error: tokio_postgres::Error) -> FailureKind {
        if let Some(answer) = error.as_db_error() {
            return from_answer(answer);
        }
        let source = std::error::Error::source(&error);
        if let Some(error) = source.and_then(|source| source.downcast_ref::<io::Error>()) {
            return from_io(error);
        }
        let reason = source.map(ToString::to_string).unwrap_or_default();
        match reason.as_str() {
            _ if error.is_closed() => FailureKind::HungUp,
            "password missing" => FailureKind::NoPassword { ignored_file: None },
            "server does not support TLS" => FailureKind::TlsNotOffered,
            "" => FailureKind::Other(error.to_string()),
            reason => FailureKind::Other(format!("{error}: {reason}")),
        }
    }
}

/// How PgBouncer says that it, or its server, has no connection left.
const FULL: [&str; 5] = [
    "no more connections allowed",
    "client connections exceeded",
    "too many clients already",
    "too many connections for",
    "remaining connection slots are reserved",
];

fn from_answer(answer: &DbError) -> FailureKind {
    let message = match answer.detail() {
        Some(detail) => format!("{} ({detail})", answer.message()),
        None => answer.message().to_owned(),
    };
    match *answer.code() {
        SqlState::INVALID_PASSWORD => FailureKind::WrongPassword { message, source: None },
        SqlState::INVALID_CATALOG_NAME => FailureKind::UnknownDatabase,
        SqlState::INSUFFICIENT_PRIVILEGE => FailureKind::NoConnectPrivilege(message),
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION => FailureKind::Rejected(message),
        SqlState::TOO_MANY_CONNECTIONS => FailureKind::TooManyConnections(message),
        // PgBouncer has one code for all that it refuses, and repeats the words of a server that is full.
        SqlState::PROTOCOL_VIOLATION if FULL.iter().any(|words| message.contains(words)) => {
            FailureKind::TooManyConnections(message)
        }
        SqlState::CANNOT_CONNECT_NOW => FailureKind::StartingUp(message),
        _ => FailureKind::Other(message),
    }
}

fn from_io(error: &io::Error) -> FailureKind {
    #[cfg(feature = "tls")]
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return super::tls_failure::from_tls(error);
    }
    match error.kind() {
        // A socket that isn't there.
        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => FailureKind::Refused,
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => FailureKind::HungUp,
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::TimedOut
        | io::ErrorKind::AddrNotAvailable => FailureKind::Unreachable(error.to_string()),
        // tokio-postgres says so when target_session_attrs isn't met.
        io::ErrorKind::PermissionDenied if error.raw_os_error().is_none() => {
            FailureKind::WrongSession(error.to_string())
        }
        _ => FailureKind::Other(error.to_string()),
    }
}
