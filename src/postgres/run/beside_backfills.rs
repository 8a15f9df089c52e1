//! Files that are applied while a deferred backfill is still to run. What that needs has to be there afterwards as well: the
//! server is asked for the plan of its statement before the file, and once more before the COMMIT.

use std::time::Instant;

use super::batch::Commit;
use super::{Executor, StepFailure};
use crate::migration::{PendingBackfill, Step, TableIdentity, TransactionMode};
use crate::postgres::backfill::{Key, explain};
use crate::postgres::failure::{Cause, StepState};
use crate::postgres::message::{ErrorOrigin, MessageError, Purpose};
use crate::postgres::sql_error::SqlError;

/// A temporary table of the file is gone when the backfill runs, and must not be taken for that of the backfill.
const TEMPORARY_LAST: &str = "SELECT pg_catalog.set_config('search_path', pg_catalog.ltrim(\
     pg_catalog.current_setting('search_path') OPERATOR(pg_catalog.||) ', pg_temp', ', '), true)";

/// Why a backfill cannot run.
enum Obstacle {
    /// It needs something that there is not, in these words.
    Missing(String),
    /// The server did not say: somebody holds a lock, for one.
    Unknown(SqlError),
}

impl Executor<'_> {
    /// The backfills which a step passes, and which could run before it.
    pub(super) async fn runnable_backfills(&self, step: &Step) -> Vec<&PendingBackfill> {
        let mut runnable = Vec::new();
        for backfill in self.pending_backfills {
            if backfill.passed_by.contains(step.version())
                && self.look_whether_it_runs(&self.fresh(), backfill).await.is_ok()
            {
                runnable.push(backfill);
            }
        }
        runnable
    }

    /// Runs a half, and commits it if these backfills can still run then.
    ///
    /// # Errors
    /// When the server refuses a statement. The answer may be a failure of another kind: then all is rolled back.
    pub(super) async fn run_beside(
        &self,
        step: &Step,
        backfills: &[&PendingBackfill],
        commit: Commit,
    ) -> Result<Option<StepFailure>, MessageError> {
        let start = Instant::now();
        self.run_pieces(step).await?;
        for backfill in backfills {
            if let Some(why) = self.what_it_lacks(backfill).await? {
                self.end_transaction(TransactionMode::Transactional).await;
                let PendingBackfill { migration, .. } = backfill;
                let (version, name) = (migration.version.clone(), migration.name.clone());
                let cause = Cause::NeededByBackfill { backfill: version, name, why };
                return Ok(Some(StepFailure { cause, step_state: StepState::RolledBack }));
            }
        }
        self.record_pieces(step, commit, start).await.map(|()| None)
    }

    /// What a backfill would lack if the transaction that is open were committed. What cannot be found out is no reason to
    /// stop a deploy.
    async fn what_it_lacks(&self, backfill: &PendingBackfill) -> Result<Option<String>, MessageError> {
        let savepoint = format!("{} SAVEPOINT pmdb_look;", self.mark);
        match self.look_whether_it_runs(&savepoint, backfill).await {
            Err(Obstacle::Missing(why)) => return Ok(Some(why)),
            Err(Obstacle::Unknown(error)) if error.is_connection_lost() => {
                return Err(MessageError { error, origin: ErrorOrigin::Own(Purpose::Frame) });
            }
            Ok(()) | Err(Obstacle::Unknown(_)) => {}
        }
        // What is set for the question is taken back, too: triggers run at COMMIT.
        let back = self.message().own(Purpose::Frame, &["ROLLBACK TO SAVEPOINT pmdb_look"]);
        self.send(&back).await.map(|()| None)
    }

    /// Has the server plan the statement, and looks its key up, as the backfill itself does when it begins.
    async fn look_whether_it_runs(&self, before: &str, pending: &PendingBackfill) -> Result<(), Obstacle> {
        let half = &pending.migration.up;
        let Some(backfill) = half.backfill() else { return Ok(()) };
        let lock_timeout = self.lock_timeout().join("; ");
        let question = format!("{before} {lock_timeout}; {TEMPORARY_LAST}; {};", explain(half, backfill));
        let looking = Key::look_up(self.session.client(), &question, &backfill.key);
        let key = match self.watched(looking).await {
            Ok(Ok(key)) => key,
            Ok(Err(error)) => return Err(Obstacle::Missing(error.to_string())),
            Err(error) if is_about_objects(&error) => return Err(Obstacle::Missing(error.message)),
            Err(error) => return Err(Obstacle::Unknown(error)),
        };
        let history_oid = self.starting_point.table_oid.clone();
        let table = TableIdentity { oid: key.table_oid().to_owned(), history_oid };
        match pending.done.as_ref().map(|done| key.check_place(done, &table)) {
            Some(Err(error)) => Err(Obstacle::Missing(error.to_string())),
            _ => Ok(()),
        }
    }
}

/// Whether something is missing, of another type, or not allowed (classes 42 and 3F).
fn is_about_objects(error: &SqlError) -> bool {
    error.is_of_class("42") || error.is_of_class("3F")
}
