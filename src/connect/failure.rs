//! Why no server accepted the connection.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use super::password::PasswordSource;
use super::target::Target;
use super::tls_error::TlsError;

/// No server of a target accepted the connection. It names each that was tried, and never shows a password.
#[derive(Debug, Error)]
pub struct ConnectError {
    target: Box<Target>,
    failures: Vec<Failure>,
}

/// What one server did.
#[derive(Debug)]
pub struct Failure {
    /// `host:port` or the path of the socket.
    pub server: String,
    /// What happened.
    pub kind: FailureKind,
}

/// What can go wrong with a server. The messages are the server's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureKind {
    /// Nothing listens on the port or the socket.
    Refused,
    /// The name has no address.
    UnknownHost,
    /// There is no way to the host.
    Unreachable(String),
    /// Nothing answers within this time.
    Timeout(Duration),
    /// Something accepts connections, and says nothing within this time.
    Silent(Duration),
    /// The connection was closed before the login was complete.
    HungUp,
    /// The server is starting up or shutting down (57P03).
    StartingUp(String),
    /// The server has no connection left (53300).
    TooManyConnections(String),
    /// The password is wrong (28P01).
    WrongPassword {
        /// What the server says.
        message: String,
        /// Where the password came from.
        source: Option<PasswordSource>,
    },
    /// The server asks for a password and there is none.
    NoPassword {
        /// Why the password file isn't used, if there is one.
        ignored_file: Option<String>,
    },
    /// The database doesn't exist (3D000).
    UnknownDatabase,
    /// The role may not connect to the database (42501).
    NoConnectPrivilege(String),
    /// The role doesn't exist, or `pg_hba.conf` doesn't let it in from here (28000).
    Rejected(String),
    /// TLS is required and the server has none.
    TlsNotOffered,
    /// The server's certificate isn't trusted.
    Certificate(CertificateProblem),
    /// Both sides can't agree on TLS.
    TlsHandshake(String),
    /// Something is wrong with our own certificate files.
    TlsSetup(TlsError),
    /// The session has another role than the one that was asked for: this one.
    WrongRole(String),
    /// It can't be written to, or can, against `target_session_attrs`.
    WrongSession(String),
    /// Anything else.
    Other(String),
}

/// What is wrong with the server's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateProblem {
    /// No trusted root vouches for it.
    UnknownIssuer,
    /// It is for another host name.
    WrongName,
    /// It isn't valid any more.
    Expired,
    /// It isn't valid yet.
    NotYetValid,
    /// It is of X.509 version 1, on which no CA's signature can be verified.
    OldFormat,
    /// Its CA has revoked it, or one above it.
    Revoked,
    /// There are lists of revoked certificates, but none of its CA, or of one above it.
    NoRevocationList,
    /// The list of revoked certificates is out of date.
    RevocationListExpired,
    /// The list of revoked certificates can't be trusted: why.
    RevocationList(String),
    /// Anything else.
    Other(String),
}

impl ConnectError {
    pub(super) fn new(target: &Target, failures: Vec<Failure>) -> ConnectError {
        ConnectError { target: Box::new(target.clone()), failures }
    }

    /// The database that was meant.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// What each server did, in the order they were tried.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// What the last server did; it is the one to look at, since only failures of the network let pmdb go on
    /// to the next one.
    pub fn kind(&self) -> Option<&FailureKind> {
        self.failures.last().map(|failure| &failure.kind)
    }

    /// Whether it may go away by itself: worth waiting for.
    pub fn is_transient(&self) -> bool {
        self.kind().is_some_and(FailureKind::is_transient)
    }

    /// Whether it is worth waiting for a server that does what was asked: besides what goes away by itself, a server that
    /// is a standby may become a primary, and one that is full may have room again.
    pub fn may_pass(&self) -> bool {
        let is_another = matches!(self.kind(), Some(FailureKind::WrongSession(_)));
        self.is_transient() || self.is_full() || is_another
    }

    /// Whether the server has no connection left.
    pub fn is_full(&self) -> bool {
        self.kind().is_some_and(FailureKind::is_full)
    }

    /// Whether the server is there, but not the database.
    pub fn is_unknown_database(&self) -> bool {
        matches!(self.kind(), Some(FailureKind::UnknownDatabase))
    }

    /// Whether the server is there, and the role may use it, but not this database.
    pub fn is_about_the_database(&self) -> bool {
        matches!(self.kind(), Some(FailureKind::UnknownDatabase | FailureKind::NoConnectPrivilege(_)))
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        self.kind().map(|kind| kind.hint(&self.target)).unwrap_or_default()
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot connect to {}: ", self.target)?;
        if let [failure] = self.failures.as_slice() {
            return failure.kind.fmt(f);
        }
        f.write_str("no server accepted the connection")?;
        self.failures.iter().try_for_each(|Failure { server, kind }| write!(f, "\n  {server}: {kind}"))
    }
}

impl FailureKind {
    /// Whether it may go away by itself. It is also what makes the next of several hosts worth trying: where
    /// a server answers and says no, libpq stops too.
    pub fn is_transient(&self) -> bool {
        use FailureKind::{HungUp, Refused, Silent, StartingUp, Timeout, UnknownHost, Unreachable};
        matches!(
            self,
            Refused | UnknownHost | Unreachable(_) | Timeout(_) | Silent(_) | HungUp | StartingUp(_)
        )
    }

    /// Whether the server has no connection left.
    pub fn is_full(&self) -> bool {
        matches!(self, FailureKind::TooManyConnections(_))
    }

    fn hint(&self, target: &Target) -> String {
        match self {
            FailureKind::Refused => "is the server running there? `pmdb wait` waits for it".into(),
            FailureKind::UnknownHost => "check the spelling of the host name, and the network".into(),
            FailureKind::Unreachable(_) | FailureKind::Timeout(_) => {
                "check host and port, and that no firewall stands between (connect_timeout=SECONDS waits longer)".into()
            }
            FailureKind::Silent(_) => {
                "it accepts connections: it may hang, a session may have locked its catalogs, or it is no PostgreSQL server \
                 (connect_timeout=SECONDS waits longer)"
                    .into()
            }
            FailureKind::HungUp => {
                "is it a PostgreSQL server that listens there? Its log may say why it hung up".into()
            }
            FailureKind::StartingUp(_) => "`pmdb wait` waits until it is ready".into(),
            FailureKind::TooManyConnections(_) => {
                "try again when others are done, or raise max_connections or the role's connection limit".into()
            }
            FailureKind::WrongPassword { source: Some(source), .. } => format!("the password came from {source}: correct it there"),
            FailureKind::WrongPassword { source: None, .. } => "check user and password".into(),
            FailureKind::NoPassword { ignored_file: Some(reason) } => reason.clone(),
            FailureKind::NoPassword { ignored_file: None } => {
                "give it in the URL, in PGPASSWORD or in ~/.pgpass".into()
            }
            FailureKind::UnknownDatabase => "create it with `pmdb create`, or check its name".into(),
            FailureKind::Rejected(_) => {
                format!("check the role {:?}, and what the server's pg_hba.conf says about it", target.user())
            }
            FailureKind::TlsNotOffered => {
                "turn TLS on in the server (ssl = on), or do without it: sslmode=disable".into()
            }
            FailureKind::Certificate(problem) => problem.hint().into(),
            FailureKind::TlsHandshake(_) => "the server has to offer TLS 1.2 or 1.3".into(),
            FailureKind::TlsSetup(TlsError::NoRootFile { .. } | TlsError::NoRoots) => {
                "give the file with sslrootcert=FILE, or use the system's roots with sslrootcert=system".into()
            }
            FailureKind::TlsSetup(_) => "check sslrootcert, sslcert, sslkey, sslcrl and sslcrldir".into(),
            FailureKind::WrongSession(_) => {
                "check target_session_attrs and the hosts; after a failover, `pmdb wait` waits for a server that fits"
                    .into()
            }
            FailureKind::WrongRole(_) => format!(
                "a pooler on the way drops the role: connect past it, or make it the role's own setting \
                 (`ALTER ROLE {} SET role = …`) and leave out --role",
                target.user()
            ),
            FailureKind::Other(message) if message.contains("startup parameter") => {
                "a pooler on the way does not take `options`: connect past it, or give the settings to the role or the \
                 database (`ALTER ROLE … SET`)"
                    .into()
            }
            FailureKind::Other(_) | FailureKind::NoConnectPrivilege(_) if target.role().is_some() => format!(
                "--role needs a role that is there, with {user} as its member (`GRANT role TO {user}`)",
                user = target.user()
            ),
            FailureKind::NoConnectPrivilege(_) => format!("its owner has to say `GRANT CONNECT ON DATABASE {} TO {}`", target.database(), target.user()),
            FailureKind::Other(_) => "the server's log may say more".into(),
        }
    }
}

impl CertificateProblem {
    fn hint(&self) -> &'static str {
        match self {
            CertificateProblem::UnknownIssuer => "give the certificate of its CA with sslrootcert=FILE",
            CertificateProblem::WrongName => {
                "connect by a name that the certificate has, or check only the CA: sslmode=verify-ca"
            }
            CertificateProblem::Expired => "the server needs a new certificate",
            CertificateProblem::NotYetValid => "check the clocks of both machines",
            CertificateProblem::OldFormat => {
                "sign it anew with `openssl x509 -req -extfile FILE`, FILE holding subjectAltName=DNS:the.host.name"
            }
            CertificateProblem::Revoked => "the server needs a new certificate",
            CertificateProblem::NoRevocationList => {
                "sslcrl and sslcrldir (or ~/.postgresql/root.crl) need the list of each CA in the chain"
            }
            CertificateProblem::RevocationListExpired | CertificateProblem::RevocationList(_) => {
                "get a new list from the CA, for sslcrl or sslcrldir (or ~/.postgresql/root.crl)"
            }
            CertificateProblem::Other(_) => "the server needs another certificate",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FailureKind::Refused => f.write_str("no server listens there (connection refused)"),
            FailureKind::UnknownHost => f.write_str("the host name cannot be resolved"),
            FailureKind::Timeout(limit) | FailureKind::Silent(limit) => {
                write!(f, "no answer within {} s", limit.as_secs())
            }
            FailureKind::HungUp => f.write_str("the connection was closed before the login was complete"),
            FailureKind::NoPassword { .. } => {
                f.write_str("the server asks for a password, and none is given")
            }
            FailureKind::UnknownDatabase => f.write_str("the database does not exist"),
            FailureKind::TlsNotOffered => f.write_str("TLS is required (sslmode), and the server has none"),
            FailureKind::Certificate(problem) => write!(f, "its certificate {problem}"),
            FailureKind::TlsHandshake(reason) => write!(f, "TLS failed: {reason}"),
            FailureKind::TlsSetup(error) => error.fmt(f),
            FailureKind::WrongRole(actual) => {
                write!(f, "the session has the role {actual}, not the one asked for")
            }
            FailureKind::WrongPassword { message, .. }
            | FailureKind::Unreachable(message)
            | FailureKind::StartingUp(message)
            | FailureKind::TooManyConnections(message)
            | FailureKind::Rejected(message)
            | FailureKind::NoConnectPrivilege(message)
            | FailureKind::WrongSession(message)
            | FailureKind::Other(message) => f.write_str(message),
        }
    }
}

impl fmt::Display for CertificateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CertificateProblem::UnknownIssuer => "is not signed by a CA that we trust",
            CertificateProblem::WrongName => "was made for another host name",
            CertificateProblem::Expired => "has expired",
            CertificateProblem::NotYetValid => "is not valid yet",
            CertificateProblem::OldFormat => "is of X.509 version 1, which cannot be verified",
            CertificateProblem::Revoked => "has been revoked",
            CertificateProblem::NoRevocationList => {
                "may have been revoked: there is no list of revoked certificates of its CA"
            }
            CertificateProblem::RevocationListExpired => {
                "may have been revoked: the list of revoked certificates has expired"
            }
            CertificateProblem::RevocationList(reason) => {
                return write!(
                    f,
                    "may have been revoked: the list of revoked certificates cannot be used: {reason}"
                );
            }
            CertificateProblem::Other(reason) => return write!(f, "cannot be accepted: {reason}"),
        })
    }
}
