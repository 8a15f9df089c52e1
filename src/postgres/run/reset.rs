//! Keeping what one file sets in the session from the next one, and from other clients of a pooler.

use std::time::Duration;

use super::Executor;
use crate::migration::TransactionMode;
use crate::postgres::failure::StepState;
use crate::postgres::message::{Message, MessageError, Purpose};
use crate::postgres::starting_point::Sharing;

/// Puts the session back as it was before a file set things in it, as far as that can be done inside the file's own
/// transaction. The history row is written after this, by the role that connected. How strings are read is never left
/// to a default of the database or the role.
pub(in crate::postgres) const RESET: [&str; 4] =
    ["RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL", "SET standard_conforming_strings = on"];

/// What a transaction does not take back when it fails. It is let go before the COMMIT: should that fail, the next message
/// may reach another server behind a pooler.
pub(super) const RELEASE_SESSION: [&str; 2] =
    ["DEALLOCATE ALL", "SELECT pg_catalog.pg_advisory_unlock_all()"];

/// The rest of it, after the COMMIT: temporary tables, the values that sequences gave last, LISTEN, cursors, prepared
/// statements, and advisory locks of the session. `DISCARD ALL` cannot stand in a message with others. It is a
/// transaction of its own: without one the server takes these statements and the next BEGIN of the message for one
/// transaction, in which a file's `SET TRANSACTION` comes too late (PostgreSQL manual, "Multiple Statements in a Simple
/// Query").
const DISCARD_SESSION_STATE: [&str; 8] = [
    "BEGIN",
    "DISCARD TEMP",
    "DISCARD SEQUENCES",
    "UNLISTEN *",
    "CLOSE ALL",
    "DEALLOCATE ALL",
    "SELECT pg_catalog.pg_advisory_unlock_all()",
    "COMMIT",
];

/// How long a run that has failed waits for the answer to each message that it leaves with.
pub(super) const LEAVE: Duration = Duration::from_secs(1);

impl Executor<'_> {
    /// What is sent after the COMMIT of a half that may have done anything.
    pub(super) fn clean(&self, message: Message) -> Message {
        let message = message.own(Purpose::Frame, &DISCARD_SESSION_STATE).own(Purpose::Frame, &["BEGIN"]);
        // Where the row of the history runs code of the user's, it has done so after the resets.
        let message = match self.starting_point.sharing {
            Sharing::Allowed => message,
            Sharing::Forbidden => message.own(Purpose::Frame, &RESET),
        };
        message.own(Purpose::StartingPoint, &[self.starting_point.check()]).own(Purpose::Frame, &["COMMIT"])
    }

    /// A message that begins with a session as it was when it was made: behind a pooler, it may come to a server
    /// connection on which another client has left its settings.
    pub(super) fn fresh_message(&self) -> Message {
        let message = self.message().own(Purpose::Frame, &["BEGIN"]);
        message.own(Purpose::Frame, &RESET).own(Purpose::Frame, &["COMMIT"])
    }

    /// What a question begins with, for the same reason.
    pub(super) fn fresh(&self) -> String {
        format!("{} {};", self.mark, RESET.join("; "))
    }

    /// Ends the transaction, and what the file has set outside of it. Where no transaction is open the server only
    /// warns, which need not be reported.
    ///
    /// It may fail: a COPY that the server refuses costs the connection (tokio-postgres sends it one message too many).
    /// But a transaction in which the server has refused a statement never commits; only where there was no answer,
    /// the COMMIT may have been on its way.
    pub(super) async fn roll_back(&self, failed: &MessageError, mode: TransactionMode) -> StepState {
        self.end_transaction(mode).await;
        if failed.error.is_connection_lost() { StepState::Unknown } else { StepState::RolledBack }
    }

    /// The same where nothing has failed at the server.
    pub(super) async fn end_transaction(&self, mode: TransactionMode) {
        self.tell_notices();
        let back = self.message().own(Purpose::Frame, &["ROLLBACK"]).own(Purpose::Frame, &RESET);
        // What does not end with a transaction goes in the same message: behind a pooler, the next one may be another
        // server's. A half outside a transaction may still need what it has made, when its statement is tried again.
        let back = match mode {
            TransactionMode::Transactional => back.own(Purpose::Frame, &DISCARD_SESSION_STATE),
            TransactionMode::NonTransactional => back,
        };
        let _ = back.send(self.session.client(), |_, _| {}).await;
        self.session.take_notices();
    }

    /// Leaves the session clean when a run ends early, and what is committed on the disk: only the last commit of the
    /// run would have brought it there.
    pub(super) async fn leave(&self) {
        let flush = "SELECT pg_catalog.pg_logical_emit_message(true, 'pmdb', '')";
        // Without it the server does the same soon after.
        self.send_within(LEAVE, &self.message().own(Purpose::Frame, &[flush])).await;
        self.send_within(LEAVE, &self.message().own(Purpose::Frame, &DISCARD_SESSION_STATE)).await;
    }

    /// Sends what is of no consequence for the result of the run, which must not hang because of it: the server may be
    /// silent, or wait for a synchronous standby.
    pub(super) async fn send_within(&self, limit: Duration, message: &Message) {
        let sending = message.send(self.session.client(), |_, _| {});
        if tokio::time::timeout(limit, sending).await.is_err() {
            self.session.cancel().await;
        }
    }
}
