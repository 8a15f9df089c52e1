//! What verifying tells while it works.

use super::finding::VerifyFinding;
use crate::migration::Migration;
use crate::postgres::event::NoopListener;

/// Something that happened while migrations were verified.
#[derive(Debug)]
pub enum VerifyEvent<'a> {
    /// Migrations are about to be tried.
    Begins {
        /// How many.
        migrations: usize,
    },
    /// A migration is about to be tried.
    Trying(&'a Migration),
    /// A migration was tried.
    Tried(&'a VerifyFinding),
}

/// Hears what verifying tells, perhaps from another thread each time.
pub trait VerifyListener: Send {
    /// Takes one event.
    fn verify_event(&mut self, event: VerifyEvent<'_>);
}

impl VerifyListener for NoopListener {
    fn verify_event(&mut self, _event: VerifyEvent<'_>) {}
}

impl<F: FnMut(VerifyEvent<'_>) + Send> VerifyListener for F {
    fn verify_event(&mut self, event: VerifyEvent<'_>) {
        self(event);
    }
}
