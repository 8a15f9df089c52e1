//! Files that are applied while a deferred backfill is still to run. What that needs has to be there afterwards as well: the
//! server is asked for the plan of its statement before the file, and once more before the COMMIT.

use std::time::Instant;

use super::batch::Commit;
use super::reset::RESET;
use super::{Executor, StepFailure};
use crate::migration::{PendingBackfill, Step, TransactionMode};
use crate::postgres::backfill::{Obstacle, Readiness};
use crate::postgres::event::Event;
use crate::postgres::failure::{Cause, StepState};
use crate::postgres::message::{ErrorOrigin, Message, MessageError, Purpose};

/// A deferred backfill that could do its work before a half or a statement, with what it found.
pub(super) struct ReadyBackfill<'a> {
    pending: &'a PendingBackfill,
    ready: Readiness,
}

impl Executor<'_> {
    /// The backfills which a step passes, and which could do their work now.
    pub(super) async fn ready_backfills(&self, step: &Step) -> Vec<ReadyBackfill<'_>> {
        let mut found = Vec::new();
        for pending in self.pending_backfills {
            if !pending.passed_by.contains(step.version()) {
                continue;
            }
            if let Ok(Some(ready)) = self.look_at_backfill(&self.fresh(), pending).await {
                found.push(ReadyBackfill { pending, ready });
            }
        }
        found
    }

    /// Runs a half, and commits it if these backfills can still do their work then.
    ///
    /// # Errors
    /// When the server refuses a statement. The answer may be a failure of another kind: then all is rolled back.
    pub(super) async fn run_beside(
        &self,
        step: &Step,
        backfills: &[ReadyBackfill<'_>],
        commit: Commit,
    ) -> Result<Option<StepFailure>, MessageError> {
        let start = Instant::now();
        self.run_pieces(step).await?;
        if let Some(cause) = self.taken_from(backfills).await? {
            self.end_transaction(TransactionMode::Transactional).await;
            return Ok(Some(StepFailure { cause, step_state: StepState::RolledBack }));
        }
        self.record_pieces(step, commit, start).await.map(|()| None)
    }

    /// Why one of these backfills could not do its work if the transaction that is open were committed.
    pub(super) async fn taken_from(
        &self,
        backfills: &[ReadyBackfill<'_>],
    ) -> Result<Option<Cause>, MessageError> {
        for backfill in backfills {
            if let Some(why) = self.what_it_lacks(backfill).await? {
                let PendingBackfill { migration, .. } = backfill.pending;
                let (backfill, name) = (migration.version.clone(), migration.name.clone());
                return Ok(Some(Cause::NeededByBackfill { backfill, name, why }));
            }
        }
        Ok(None)
    }

    /// Sends what a part outside of a transaction has done in one of its own, and looks as well. Gives back the message that is still
    /// to be sent.
    pub(super) async fn checked(
        &self,
        backfills: &[ReadyBackfill<'_>],
        message: Message,
    ) -> Result<Result<Message, Cause>, MessageError> {
        if backfills.is_empty() {
            return Ok(Ok(message));
        }
        self.send(&message.own(Purpose::Frame, &RESET)).await?;
        Ok(self.taken_from(backfills).await?.map_or_else(|| Ok(self.message()), Err))
    }

    /// Tells which backfills cannot do their work any more after a part that could not be rolled back.
    pub(super) async fn tell_what_was_taken(&self, step: &Step, backfills: &[ReadyBackfill<'_>]) {
        for ReadyBackfill { pending, ready } in backfills {
            let why = match self.look_at_backfill(&self.fresh(), pending).await {
                Err(Obstacle::Missing(why)) => Some(why),
                Ok(Some(now)) => ready.lost_by(&now, pending),
                Ok(None) | Err(Obstacle::Unknown(_)) => None,
            };
            if let Some(why) = why {
                let backfill = &pending.migration;
                self.tell(Event::TakenFromBackfill { step, backfill, why: &why });
            }
        }
    }

    /// What a backfill would lack if the transaction that is open were committed. What cannot be found out is no reason to
    /// stop a deploy.
    async fn what_it_lacks(
        &self,
        ReadyBackfill { pending, ready }: &ReadyBackfill<'_>,
    ) -> Result<Option<String>, MessageError> {
        let savepoint = format!("{} SAVEPOINT pmdb_look;", self.mark);
        let why = match self.look_at_backfill(&savepoint, pending).await {
            Err(Obstacle::Missing(why)) => Some(why),
            Err(Obstacle::Unknown(error)) if error.is_connection_lost() => {
                return Err(MessageError { error, origin: ErrorOrigin::Own(Purpose::Frame) });
            }
            Ok(Some(now)) => match ready.lost_by(&now, pending) {
                None => {
                    let tried = ready.refused_rows(&now, self.session.client(), pending);
                    let own = |error| MessageError { error, origin: ErrorOrigin::Own(Purpose::Frame) };
                    self.watched(tried).await.map_err(own)?
                }
                lost => lost,
            },
            Ok(None) | Err(Obstacle::Unknown(_)) => None,
        };
        if why.is_some() {
            return Ok(why);
        }
        // What is set for the question is taken back, too: triggers run at COMMIT.
        let back = self.message().own(Purpose::Frame, &["ROLLBACK TO SAVEPOINT pmdb_look"]);
        self.send(&back).await.map(|()| None)
    }

    async fn look_at_backfill(
        &self,
        before: &str,
        pending: &PendingBackfill,
    ) -> Result<Option<Readiness>, Obstacle> {
        let before = format!("{before} {};", self.lock_timeout().join("; "));
        let history_oid = Some(self.starting_point.table_oid.as_str());
        self.watched(Readiness::look(self.session.client(), &before, pending, history_oid)).await
    }
}
