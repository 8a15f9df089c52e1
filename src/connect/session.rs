//! A connected client.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio_postgres::error::DbError;
use tokio_postgres::{AsyncMessage, CancelToken, Client, Config, Connection, SimpleQueryMessage};

use super::attempt::{Opened, open};
use super::cancel::cancel;
use super::failure::{ConnectError, Failure, FailureKind};
use super::position::PositionUnit;
use super::target::Target;
use super::tls::Connector;

/// Notices beyond these push out the oldest: a loop that raises a million must not fill the memory.
const MOST_NOTICES: usize = 1000;

/// The oldest major version that pmdb is made for.
const OLDEST_VERSION: u32 = 14;

/// A goodbye or a cancel request that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection to a server, driven by a task on the current tokio runtime.
pub struct Session {
    client: Client,
    target: Target,
    cancel_token: CancelToken,
    config: Config,
    tls: Option<Connector>,
    position_unit: PositionUnit,
    server_version: u32,
    messages: Arc<Mutex<ServerMessages>>,
    driver: JoinHandle<()>,
}

/// Something that the server said besides its answers: a NOTICE, a WARNING and the like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// `NOTICE`, `WARNING`, `INFO`, `LOG` or `DEBUG`, in the server's language.
    pub severity: String,
    /// The message itself.
    pub message: String,
    /// More about it.
    pub detail: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

#[derive(Default)]
struct ServerMessages {
    notices: VecDeque<Notice>,
    unconfirmed: bool,
}

/// The function of the server that warns when the wait for a synchronous standby was broken off: the COMMIT is done, but
/// not confirmed. Its words are in the server's language, its name is not.
const STANDBY_WAIT: &str = "SyncRepWaitForLSN";

impl Session {
    /// Connects to the first server of the target that accepts the connection. Whatever database and role have as their defaults,
    /// a backslash in a string is just a character there (`standard_conforming_strings` is on).
    ///
    /// # Errors
    /// When none does. Each may take the target's `connect_timeout`, or 10 seconds.
    pub async fn connect(target: &Target) -> Result<Session, ConnectError> {
        let (opened, target) = open(target).await?;
        let position_unit = PositionUnit::of_encoding(opened.parameter("server_encoding"));
        let server_version = major(opened.parameter("server_version"));
        let reads_escapes = opened.parameter("standard_conforming_strings") == Some("off");
        let messages = Arc::new(Mutex::new(ServerMessages::default()));
        let (client, driver, config, tls) = match opened {
            Opened::Plain(client, connection, config) => {
                (client, tokio::spawn(drive(*connection, Arc::clone(&messages))), config, None)
            }
            Opened::Encrypted(client, connection, config, tls) => {
                (client, tokio::spawn(drive(*connection, Arc::clone(&messages))), config, Some(tls))
            }
        };
        let session = Session {
            cancel_token: client.cancel_token(),
            client,
            target,
            config,
            tls,
            position_unit,
            server_version,
            messages,
            driver,
        };
        if reads_escapes {
            // Should it fail, the next query fails too, and says why.
            let _ = session.client.batch_execute("SET standard_conforming_strings = on").await;
        }
        session.check_role().await?;
        Ok(session)
    }

    /// Some poolers drop what a session is to begin with without a word. As another role, everything would go wrong.
    async fn check_role(&self) -> Result<(), ConnectError> {
        let Some(wanted) = self.target.role() else { return Ok(()) };
        let kind = match self.client.simple_query("SELECT current_user").await {
            Ok(messages) => match messages.iter().find_map(current_user) {
                Some(actual) if actual == wanted => return Ok(()),
                actual => FailureKind::WrongRole(actual.unwrap_or_default().to_owned()),
            },
            Err(error) => FailureKind::from(error),
        };
        let server = self.target.hosts.first().map(ToString::to_string).unwrap_or_default();
        Err(ConnectError::new(&self.target, vec![Failure { server, kind }]))
    }

    /// The client to send queries with.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The client alone, for a program that goes on with its own work. Notices are no longer kept for anybody.
    pub fn into_client(self) -> Client {
        self.client
    }

    /// The target, with only the server that accepted the connection.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// How this session got in, for a connection pool that opens more of its kind: the one server that answered, the
    /// way that its `sslmode` came to, and the password, which `Debug` does not show.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The connector that goes with [`config`](Self::config). None: [`NoTls`](tokio_postgres::NoTls) does, as always without the feature `tls`.
    #[cfg(feature = "tls")]
    pub fn tls(&self) -> Option<&tokio_postgres_rustls::MakeRustlsConnect> {
        self.tls.as_ref()
    }

    /// What the server counts when it tells the place of an error.
    pub fn position_unit(&self) -> PositionUnit {
        self.position_unit
    }

    /// The server's major version: 15. The oldest that pmdb knows, when the server (or a pooler) does not tell.
    pub fn server_version(&self) -> u32 {
        self.server_version
    }

    /// Asks the server to cancel the running query, over a connection of its own. Whether it did shows in
    /// the query's result; a failure to ask is ignored.
    pub async fn cancel(&self) {
        let request = cancel(&self.cancel_token, &self.config, self.tls.as_ref());
        let _ = tokio::time::timeout(PATIENCE, request).await;
    }

    /// What the server said since the last call: the newest 1000.
    pub fn take_notices(&self) -> Vec<Notice> {
        lock(&self.messages).notices.drain(..).collect()
    }

    /// Whether a COMMIT is done on this server, but the wait for a synchronous standby to confirm it was broken off.
    pub(crate) fn has_unconfirmed(&self) -> bool {
        lock(&self.messages).unconfirmed
    }

    /// Begins to listen for that anew.
    pub(crate) fn forget_unconfirmed(&self) {
        lock(&self.messages).unconfirmed = false;
    }

    /// Whether the connection is gone.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Says goodbye to the server and waits until it has been sent.
    pub async fn close(self) {
        drop(self.client);
        let _ = tokio::time::timeout(PATIENCE, self.driver).await;
    }
}

fn current_user(message: &SimpleQueryMessage) -> Option<&str> {
    if let SimpleQueryMessage::Row(row) = message { row.get(0) } else { None }
}

/// The first number of `15.18 (Debian 15.18-1)` or `19beta1`.
fn major(version: Option<&str>) -> u32 {
    let digits = version.and_then(|version| version.split(|c: char| !c.is_ascii_digit()).next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(OLDEST_VERSION)
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({})", self.target)
    }
}

async fn drive<S, T>(mut connection: Connection<S, T>, messages: Arc<Mutex<ServerMessages>>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    // An error ends the connection; the query that is waiting then tells it.
    while let Some(Ok(message)) = std::future::poll_fn(|context| connection.poll_message(context)).await {
        if let AsyncMessage::Notice(notice) = message {
            lock(&messages).add(&notice);
        }
    }
}

impl ServerMessages {
    fn add(&mut self, notice: &DbError) {
        self.unconfirmed |= notice.routine() == Some(STANDBY_WAIT);
        if self.notices.len() == MOST_NOTICES {
            self.notices.pop_front();
        }
        self.notices.push_back(Notice {
            severity: notice.severity().to_owned(),
            message: notice.message().to_owned(),
            detail: notice.detail().map(str::to_owned),
            hint: notice.hint().map(str::to_owned),
        });
    }
}

fn lock(messages: &Mutex<ServerMessages>) -> MutexGuard<'_, ServerMessages> {
    messages.lock().unwrap_or_else(PoisonError::into_inner)
}
