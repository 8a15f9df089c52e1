//! A look at the history while the files are still being read.

use super::connect::Session;
use super::failure::MigratorError;
use super::history::{History, HistoryTable, Wanted};
use super::interrupt::Interrupt;

/// The history as it was when the session began. What is made of it before a lock is held may be out of date, as with
/// any look at the history without a lock.
#[derive(Debug)]
pub struct FirstLook {
    wanted: Wanted<'static>,
    history: Result<History, MigratorError>,
}

impl FirstLook {
    /// Looks. What goes wrong is told to whoever wants the history: a mistake in the files comes first.
    pub async fn take(
        session: &Session,
        table: &HistoryTable,
        wanted: Wanted<'static>,
        interrupt: &Interrupt,
    ) -> FirstLook {
        FirstLook { wanted, history: read_history(session, table, wanted, interrupt).await }
    }

    /// What was found, if that is what is wanted.
    pub(super) fn answer(self, wanted: Wanted<'_>) -> Option<Result<History, MigratorError>> {
        (self.wanted == wanted).then_some(self.history)
    }
}

/// Somebody may hold a lock on the table, and a reader waits for as long as that, unless it is interrupted.
pub(super) async fn read_history(
    session: &Session,
    table: &HistoryTable,
    wanted: Wanted<'_>,
    interrupt: &Interrupt,
) -> Result<History, MigratorError> {
    tokio::select! {
        biased;
        history = table.read(session.client(), wanted) => Ok(history?),
        () = interrupt.requested() => {
            session.cancel().await;
            Err(MigratorError::Interrupted)
        }
    }
}
