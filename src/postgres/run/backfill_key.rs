//! Up to which key a backfill and each of its batches go: asked of the table's index, in a transaction of its own.

use super::backfill_run::{BackfillRun, RowBatch};
use super::outside::of_statement;
use super::{Executor, StepFailure};
use crate::connect::TRANSACTION_TIMEOUT_OFF;
use crate::migration::TransactionMode;
use crate::postgres::backfill::{LOOKING, RowSecurity};
use crate::postgres::failure::{Cause, StepState};
use crate::postgres::message::{Message, MessageError, Purpose};

impl Executor<'_> {
    /// Finds the key of the last row that there is; `None` where there is none.
    pub(super) async fn find_last_row(
        &self,
        run: &BackfillRun<'_>,
        attempt: &mut u32,
    ) -> Result<Option<Vec<String>>, StepFailure> {
        let found = self.ask_for_key(run, &run.key.last_row(), attempt).await?;
        Ok(found.and_then(|key| serde_json::from_str(&key).ok()))
    }

    /// Finds the next batch, where no message before has asked for it.
    pub(super) async fn find_batch(
        &self,
        run: &BackfillRun<'_>,
        attempt: &mut u32,
    ) -> Result<RowBatch, StepFailure> {
        if run.until.is_none() {
            return Ok(run.batch_to(None));
        }
        let after = run.done.as_ref().map(|done| done.after.as_slice());
        let found = self.ask_for_key(run, &run.query_for_batch(after), attempt).await?;
        Ok(run.batch_to(found.as_deref()))
    }

    async fn ask_for_key(
        &self,
        run: &BackfillRun<'_>,
        query: &str,
        attempt: &mut u32,
    ) -> Result<Option<String>, StepFailure> {
        loop {
            let message = self.asking_for_key(self.fresh_message(), run, query);
            let (found_at, mut found) = (message.statements().saturating_sub(1), None);
            let on_completed = |completed: usize, value: Option<String>| {
                if completed == found_at {
                    found = value;
                }
            };
            match self.watched(message.send(self.session.client(), on_completed)).await {
                Ok(()) => return Ok(found),
                Err(failed) => {
                    let failed = match run.step.half().statements().first() {
                        Some(statement) => of_statement(statement, failed),
                        None => failed,
                    };
                    self.give_way(run, failed, attempt).await?;
                }
            }
        }
    }

    /// Asks for a key at the end of a message: its answer is that of the last statement but one.
    pub(super) fn asking_for_key(&self, message: Message, run: &BackfillRun<'_>, query: &str) -> Message {
        let lock_timeout =
            format!("SET LOCAL lock_timeout = {}", run.pace.lock_timeout(self.patience.timeout).as_millis());
        let opening = ["BEGIN", &lock_timeout, &no_transaction_timeout(), LOOKING];
        // A policy may be made while the backfill runs.
        let message = match run.row_security {
            RowSecurity::Elsewhere => {
                message.own(Purpose::Frame, &opening).own(Purpose::Frame, &["SET LOCAL row_security = off"])
            }
            _ => message.own(Purpose::Frame, &opening),
        };
        message.own(Purpose::Frame, &[query, "COMMIT"])
    }

    /// Where it may help, pauses: others get their locks meanwhile.
    pub(super) async fn give_way(
        &self,
        run: &BackfillRun<'_>,
        failed: MessageError,
        attempt: &mut u32,
    ) -> Result<(), StepFailure> {
        self.roll_back(&failed, TransactionMode::NonTransactional).await;
        let result = self.retry_or_fail(run.step, failed, run.state(), attempt).await;
        result.map_err(|failure| match failure.cause {
            Cause::HistoryRowGone { .. } => StepFailure { step_state: StepState::Displaced, ..failure },
            _ => failure,
        })
    }
}

/// Batches follow their own limit, and not the server's for transactions.
pub(super) fn no_transaction_timeout() -> String {
    format!("SELECT {TRANSACTION_TIMEOUT_OFF}")
}
