//! A look at the history while the files are still being read.

#[cfg(feature = "cli")]
use super::event::Listener;
use super::history::{History, HistoryScope};
#[cfg(feature = "cli")]
use super::history_access::HistoryAccess;
use super::migrator_error::MigratorError;

/// The history as it was when the session began. What is made of it before a lock is held may be out of date, as with
/// any look at the history without a lock.
#[derive(Debug)]
pub(crate) struct PrefetchedHistory {
    wanted: HistoryScope<'static>,
    history: Result<History, MigratorError>,
}

impl PrefetchedHistory {
    /// Looks. An error is returned only to the caller that takes the history: a mistake in the files comes first.
    #[cfg(feature = "cli")]
    pub async fn take(
        access: &HistoryAccess<'_>,
        wanted: HistoryScope<'static>,
        listener: &mut dyn Listener,
    ) -> PrefetchedHistory {
        PrefetchedHistory { wanted, history: access.read(wanted, listener).await }
    }

    /// What was found, if that is what is wanted.
    pub(super) fn answer(self, wanted: HistoryScope<'_>) -> Option<Result<History, MigratorError>> {
        (self.wanted == wanted).then_some(self.history)
    }
}
