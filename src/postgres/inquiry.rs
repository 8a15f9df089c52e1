//! Asking a server that may fall silent: every question ends in time, and once the server has stopped answering, it is asked
//! nothing more.
//!
//! The limits that the server itself keeps (`lock_timeout`, `statement_timeout`) do not suffice: its process may be stopped,
//! and what it opens before it has read the limits may be locked.

use std::fmt;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::error::SqlState;

use super::interrupt::interrupt;
use super::sql_error::SqlError;
use crate::connect::Session;

/// How long a question that has taken too long may take to be cancelled.
const GRACE: Duration = Duration::from_secs(2);

/// Questions to one server, one after another.
#[derive(Debug)]
pub struct Inquiry<'a> {
    session: &'a Session,
    is_silent: AtomicBool,
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// It took longer than this, and the server has given it up.
    TooLate(Duration),
    /// The server has not even given up the question, or one before it.
    Silent,
    /// The server refuses it.
    Refused(Box<SqlError>),
}

impl<'a> Inquiry<'a> {
    /// Asks with this session.
    pub fn new(session: &'a Session) -> Inquiry<'a> {
        Inquiry { session, is_silent: AtomicBool::new(false) }
    }

    /// The session. What is asked with it belongs into [`within`](Self::within).
    pub fn session(&self) -> &'a Session {
        self.session
    }

    /// Whether the server has stopped answering.
    pub fn is_silent(&self) -> bool {
        self.is_silent.load(Ordering::Relaxed)
    }

    /// What `asking` comes to, if it takes no longer than `limit`. Else the server is told to cancel it.
    ///
    /// # Errors
    /// See [`NoAnswer`].
    pub async fn within<T>(&self, limit: Duration, asking: impl Future<Output = T>) -> Result<T, NoAnswer> {
        if self.is_silent() {
            return Err(NoAnswer::Silent);
        }
        let mut asking = pin!(asking);
        if let Ok(answer) = timeout(limit, &mut asking).await {
            return Ok(answer);
        }
        let (interrupter, interrupt) = interrupt();
        interrupter.interrupt();
        match timeout(GRACE, interrupt.cancels(self.session, asking)).await {
            Ok(_) => Err(NoAnswer::TooLate(limit)),
            Err(_) => {
                self.is_silent.store(true, Ordering::Relaxed);
                Err(NoAnswer::Silent)
            }
        }
    }

    /// The same of a question that the server may refuse.
    ///
    /// # Errors
    /// See [`NoAnswer`].
    pub async fn answer<T>(
        &self,
        limit: Duration,
        asking: impl Future<Output = Result<T, SqlError>>,
    ) -> Result<T, NoAnswer> {
        self.within(limit, asking).await?.map_err(|error| NoAnswer::Refused(Box::new(error)))
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoAnswer::TooLate(limit) => write!(f, "it takes longer than {} s", limit.as_secs_f32()),
            NoAnswer::Silent => f.write_str("the server does not answer any more"),
            NoAnswer::Refused(error) if error.is(&SqlState::LOCK_NOT_AVAILABLE) => {
                f.write_str("another session has locked what it reads")
            }
            // The server's words for it speak of a request of the user's, or of a setting that is not his.
            NoAnswer::Refused(error) if error.is(&SqlState::QUERY_CANCELED) => {
                f.write_str("it was cancelled: it took too long, or somebody has asked for that")
            }
            NoAnswer::Refused(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NoAnswer {}
