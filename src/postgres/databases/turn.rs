//! One `reset` of a database at a time.

use std::time::Duration;

use super::number_of;
use super::replacement::ReplacementError;
use crate::connect::Session;
use crate::postgres::citus::Citus;
use crate::postgres::event::NoopListener;
use crate::postgres::interrupt::Interrupt;
use crate::postgres::lock::{LockError, RunnerLock};
use crate::postgres::rows::rows;

/// The right to reset a database, until it ends or its connections do.
#[derive(Debug)]
pub struct Turn {
    number: i64,
    /// `None`: the session that does the work holds the lock itself.
    apart: Option<RunnerLock>,
}

impl Turn {
    /// Takes it for the database `old`; `session` is the one that will do the work. As for a run of migrations, a transaction on a
    /// connection of its own holds the lock: behind a pooler, one of a session would outlive pmdb. Where the work is done from
    /// `template1`, nobody else may be connected to that while a database is created, so that there the session holds it.
    ///
    /// # Errors
    /// [`ReplacementError::Busy`] when another pmdb has it, or the server still does what a killed one has sent.
    pub async fn take(session: &Session, old: &str, interrupt: &Interrupt) -> Result<Turn, ReplacementError> {
        let number = number_of(old).cast_signed();
        if session.target().database() == "template1" {
            let query = format!("SELECT pg_catalog.pg_try_advisory_lock({number})");
            let rows = rows(session.client(), &query).await?;
            return match rows.first().and_then(|row| row.get(0)) {
                Some("t") => Ok(Turn { number, apart: None }),
                _ => Err(ReplacementError::Busy),
            };
        }
        let target = session.target();
        match RunnerLock::acquire(
            target,
            number,
            Duration::ZERO,
            0,
            Citus::Absent,
            interrupt,
            &mut NoopListener,
        )
        .await
        {
            Ok(lock) => Ok(Turn { number, apart: Some(lock) }),
            Err(LockError::Held { .. }) => Err(ReplacementError::Busy),
            Err(error) => Err(ReplacementError::Lock(error)),
        }
    }

    /// Lets others reset the database.
    pub async fn end(self, session: &Session) {
        match self.apart {
            Some(lock) => lock.release().await,
            None => {
                let unlock = format!("SELECT pg_catalog.pg_advisory_unlock({})", self.number);
                // Where that fails, the session is gone, and its locks with it.
                let _ = session.client().batch_execute(&unlock).await;
            }
        }
    }
}
