//! Trying the hosts of a target in order, and on each the ways that its `sslmode` allows.

use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use tokio_postgres::config::SslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, NoTls, Socket};

use super::failure::{ConnectError, Failure, FailureKind};
use super::host::{Address, Host};
use super::password::Password;
use super::pgpass::{self, Lookup};
use super::target::{Startup, Target};
use super::timeouts;
use super::tls::Connector;
use super::tls_mode::TlsMode;

type EncryptedConnection = Connection<Socket, <Connector as MakeTlsConnect<Socket>>::Stream>;
type PlainConnection = Connection<Socket, tokio_postgres::tls::NoTlsStream>;

/// A connection that stands, and how it came about; somebody still has to drive it.
pub(super) enum Opened {
    Plain(Client, Box<PlainConnection>, Config),
    Encrypted(Client, Box<EncryptedConnection>, Config, Connector),
}

impl Opened {
    /// A setting that the server has reported at login.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        match self {
            Opened::Plain(_, connection, _) => connection.parameter(name),
            Opened::Encrypted(_, connection, _, _) => connection.parameter(name),
        }
    }
}

/// Connects to the first host that accepts the connection, and says which.
pub(super) async fn open(target: &Target) -> Result<(Opened, Target), ConnectError> {
    let mut failures = Vec::new();
    for attributes in target.attributes {
        failures.clear();
        for host in &target.hosts {
            let mut one = Target { attributes: std::slice::from_ref(attributes), ..target.at(host) };
            one.settings.target_session_attrs(*attributes);
            match open_host(&one, host).await {
                Ok((opened, startup)) => return Ok((opened, Target { startup, ..one })),
                Err(kind) => {
                    let go_on = kind.is_transient() || matches!(kind, FailureKind::WrongSession(_));
                    failures.push(Failure { server: host.to_string(), kind });
                    if !go_on {
                        return Err(ConnectError::new(target, failures));
                    }
                }
            }
        }
    }
    Err(ConnectError::new(target, failures))
}

/// How long to look whether something accepts connections that does not answer.
const A_MOMENT: Duration = Duration::from_secs(1);

/// Opens a session, and says what it was started with.
async fn open_host(target: &Target, host: &Host) -> Result<(Opened, Startup), FailureKind> {
    let (password, ignored_file) = password(target, host);
    let mut startup = target.startup;
    let mut result = open_addresses(target, host, password.as_ref()).await;
    if matches!(result, Err(FailureKind::Other(_))) && startup != Startup::Plain {
        // Poolers do not take every parameter, and have many words for that.
        startup = Startup::Plain;
        let plain = Target { startup, ..target.clone() };
        result = open_addresses(&plain, host, password.as_ref()).await;
    }
    result.map(|opened| (opened, startup)).map_err(|kind| match kind {
        FailureKind::WrongPassword { message, .. } => {
            FailureKind::WrongPassword { message, source: password.map(|password| password.source) }
        }
        FailureKind::NoPassword { .. } => FailureKind::NoPassword { ignored_file },
        other => other,
    })
}

/// The password that is given, else what the password file has; and why that file isn't used.
fn password(target: &Target, host: &Host) -> (Option<Password>, Option<String>) {
    if target.password.is_some() {
        return (target.password.clone(), None);
    }
    let Some(path) = &target.password_file else { return (None, None) };
    match pgpass::find(path, host, &target.database, &target.user) {
        Lookup::Found(password) => (Some(password), None),
        Lookup::Nothing => (None, None),
        Lookup::Ignored(reason) => (None, Some(reason)),
    }
}

/// Tries each address of the host, since one of them may lead nowhere (an IPv6 address without a route).
async fn open_addresses(
    target: &Target,
    host: &Host,
    password: Option<&Password>,
) -> Result<Opened, FailureKind> {
    let mut config = target.settings.clone();
    config.user(&target.user).dbname(&target.database).port(host.port);
    if let Some(options) = target.options() {
        config.options(options);
    }
    if let Some(password) = password {
        config.password(&password.secret);
    }
    let (name, addresses) = match &host.address {
        Address::Socket(folder) => {
            config.host_path(folder);
            let opened = within(target, Box::pin(without_tls(target, config))).await;
            // Nothing stands between, and where nobody listens that is said at once.
            return opened.map_err(|kind| match kind {
                FailureKind::Timeout(limit) => FailureKind::Silent(limit),
                kind => kind,
            });
        }
        Address::NameAt(name, address) => (name, vec![*address]),
        Address::Name(name) => (name, within(target, look_up(name, host.port)).await?),
    };

    let mut failure = FailureKind::UnknownHost;
    for address in addresses {
        let mut config = config.clone();
        config.host(name).hostaddr(address);
        // On the heap, as the future of a TLS handshake is large: a thread's stack may be small, and this is called deep
        // inside of a run.
        match within(target, Box::pin(by_mode(target, config))).await {
            Err(FailureKind::Timeout(limit)) if accepts(address, host.port).await => {
                failure = FailureKind::Silent(limit);
            }
            Err(kind) if kind.is_transient() => failure = kind,
            done => return done,
        }
    }
    Err(failure)
}

/// Whether something listens there: then no firewall is in the way.
async fn accepts(address: IpAddr, port: u16) -> bool {
    let connecting = tokio::net::TcpStream::connect((address, port));
    matches!(tokio::time::timeout(A_MOMENT, connecting).await, Ok(Ok(_)))
}

async fn look_up(name: &str, port: u16) -> Result<Vec<IpAddr>, FailureKind> {
    let found = tokio::net::lookup_host((name, port)).await.map_err(|_| FailureKind::UnknownHost)?;
    Ok(found.map(|address| address.ip()).collect())
}

/// Gives up after the target's connect timeout: a server that accepts and then says nothing must not hold us.
async fn within<T>(
    target: &Target,
    work: impl Future<Output = Result<T, FailureKind>>,
) -> Result<T, FailureKind> {
    match target.timeout {
        None => work.await,
        Some(limit) => tokio::time::timeout(limit, work).await.unwrap_or(Err(FailureKind::Timeout(limit))),
    }
}

/// The ways of the manual's table "SSL Mode Descriptions". When a second way is tried, its failure counts.
async fn by_mode(target: &Target, config: Config) -> Result<Opened, FailureKind> {
    match target.tls.mode {
        TlsMode::Disable => without_tls(target, config).await,
        TlsMode::Allow => match without_tls(target, config.clone()).await {
            Err(FailureKind::Rejected(message)) => match with_tls(target, config, SslMode::Require).await {
                Err(FailureKind::TlsNotOffered) => Err(FailureKind::Rejected(message)),
                done => done,
            },
            done => done,
        },
        TlsMode::Prefer => match with_tls(target, config.clone(), SslMode::Prefer).await {
            Err(FailureKind::Rejected(_) | FailureKind::Certificate(_) | FailureKind::TlsHandshake(_)) => {
                without_tls(target, config).await
            }
            done => done,
        },
        TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => {
            with_tls(target, config, SslMode::Require).await
        }
    }
}

async fn without_tls(target: &Target, mut config: Config) -> Result<Opened, FailureKind> {
    config.ssl_mode(SslMode::Disable);
    let (client, connection) = started(target, &config).connect(NoTls).await?;
    Ok(Opened::Plain(client, Box::new(connection), config))
}

async fn with_tls(target: &Target, mut config: Config, mode: SslMode) -> Result<Opened, FailureKind> {
    let connector = target.tls.connector().map_err(FailureKind::TlsSetup)?;
    config.ssl_mode(mode).ssl_negotiation(target.tls.negotiation);
    let (client, connection) = started(target, &config).connect(Connector::clone(&connector)).await?;
    Ok(Opened::Encrypted(client, Box::new(connection), config, connector))
}

/// With what pmdb starts its own sessions with. What the user asks for comes last and counts.
fn started(target: &Target, config: &Config) -> Config {
    let mut config = config.clone();
    if target.startup == Startup::WithoutTimeouts {
        let asked = config.get_options().unwrap_or_default();
        let options = format!("{} {asked}", timeouts::AT_STARTUP);
        config.options(options.trim_end());
    }
    config
}
