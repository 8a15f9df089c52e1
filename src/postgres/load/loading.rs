//! A run that loads rows: it holds the lock of all runners, has connections to work side by side, and is the only one that
//! puts something off or brings it back.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::error::LoadError;
use super::event::LoadListener;
use super::note::Note;
use crate::connect::{OFF_FOR_THE_TRANSACTION, Session};
use crate::postgres::citus::Citus;
use crate::postgres::history::HistoryTable;
use crate::postgres::interrupt::Interrupt;
use crate::postgres::lock::{RunnerLock, mark};
use crate::postgres::message::{Message, Purpose};
use crate::postgres::settled::SETTLED;

/// How a run loads.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// The history of the migrations: its lock is the one of all runners, and the note lies beside it.
    pub history: HistoryTable,
    /// How many connections work side by side.
    pub jobs: usize,
    /// How long to wait for another runner.
    pub lock_wait: Duration,
    /// How long to wait for a lock on a table.
    pub lock_timeout: Duration,
    /// How often to try again where the server has no connection left.
    pub lock_retries: u32,
    /// Whether the database is one of Citus.
    pub citus: Citus,
    /// What asks the run to stop.
    pub interrupt: Interrupt,
}

/// A run that loads rows.
pub struct Loading {
    pub(super) session: Session,
    pub(super) options: LoadOptions,
    pub(super) note: Note,
    lock: RunnerLock,
    /// Connections that have nothing to do at the moment.
    idle: Mutex<Vec<Session>>,
}

impl Loading {
    /// Takes the lock. Only one run at a time loads rows or runs migrations.
    ///
    /// # Errors
    /// [`LoadError::Lock`].
    pub async fn begin(
        session: Session,
        options: LoadOptions,
        listener: &mut dyn LoadListener,
    ) -> Result<Loading, LoadError> {
        let LoadOptions { history, lock_wait, lock_retries, citus, interrupt, .. } = &options;
        let target = session.target();
        let key = history.lock_key();
        let lock = RunnerLock::acquire(
            &target.as_login(),
            key,
            *lock_wait,
            *lock_retries,
            *citus,
            interrupt,
            listener,
        )
        .await?;
        let note = Note::beside(history);
        Ok(Loading { session, options, note, lock, idle: Mutex::default() })
    }

    /// The session that everything is asked with that is not done side by side.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Whether the database is one of Citus.
    pub fn citus(&self) -> Citus {
        self.options.citus
    }

    /// Lets the lock go, and gives the session back.
    pub async fn end(self) -> Session {
        for session in self.idle.into_inner().unwrap_or_else(PoisonError::into_inner) {
            session.close().await;
        }
        self.lock.release().await;
        self.session
    }

    /// One transaction's beginning: what others know this runner by, timeouts that are not meant for it, and how values are read.
    pub(super) fn opening(&self) -> Message {
        let LoadOptions { history, lock_timeout, citus, .. } = &self.options;
        Message::marked(&mark(history.lock_key()), self.session.position_unit(), citus.delivery())
            .own(
                Purpose::Frame,
                &[
                    "BEGIN ISOLATION LEVEL READ COMMITTED".to_owned(),
                    format!("SELECT {OFF_FOR_THE_TRANSACTION}, {SETTLED}"),
                ],
            )
            .own(Purpose::Frame, &citus.lock_timeout(lock_timeout.as_millis()))
    }

    /// A connection of its own for something that is done beside other things.
    pub(super) async fn take_session(&self) -> Result<Session, LoadError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(session) => Ok(session),
            None => Ok(Session::connect(self.session.target()).await?),
        }
    }

    /// Gives it back. One that was in the middle of something must not come back.
    pub(super) fn give_back(&self, session: Session) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
    }
}
