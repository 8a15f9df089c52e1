//! Why a half failed: the error of a message, seen with what pmdb knows of the statement that caused it.

use tokio_postgres::error::SqlState;

use super::Executor;
use super::place::place;
use crate::migration::{Direction, Step, TransactionMode};
use crate::postgres::failure::Cause;
#[cfg(feature = "inspect")]
use crate::postgres::failure::{FailedStep, RunFailure, StepState};
use crate::postgres::guard::Guard;
use crate::postgres::message::{ErrorOrigin, MessageError, Purpose};
use crate::postgres::sql_error::SqlError;

impl Executor<'_> {
    pub(super) fn cause(&self, step: &Step, failed: MessageError) -> Cause {
        let MessageError { error, origin } = failed;
        let error = shown(step, error);
        if self.interrupt.is_requested() && error.is(&SqlState::QUERY_CANCELED) {
            return Cause::Interrupted;
        }
        if let (ErrorOrigin::Own(Purpose::Guard), Some(what)) = (&origin, Guard::found_in(&error.message)) {
            return Cause::ChangedOutside { what: what.to_owned() };
        }
        let table = self.table.to_string();
        if error.is_connection_lost() || origin != ErrorOrigin::Own(Purpose::History) {
            return Cause::Sql { place: place(step, &origin), error };
        }
        // The statements that write the history divide by zero when they do not find what they should.
        let inserts =
            step.direction() == Direction::Up && step.half().mode() == TransactionMode::Transactional;
        if error.is(&SqlState::DIVISION_BY_ZERO) && !inserts {
            return Cause::HistoryRowGone { table };
        }
        let replaced = [
            SqlState::DIVISION_BY_ZERO,
            SqlState::UNDEFINED_TABLE,
            SqlState::UNDEFINED_COLUMN,
            SqlState::DATATYPE_MISMATCH,
            SqlState::WRONG_OBJECT_TYPE,
            SqlState::INVALID_SCHEMA_NAME,
        ]
        .iter()
        .any(|code| error.is(code));
        // A backfill does nothing to the history: somebody else has.
        let may_be_the_file = step.half().backfill().is_none();
        if replaced && may_be_the_file {
            Cause::HistoryReplaced { table }
        } else {
            Cause::HistoryWrite { table, error }
        }
    }
}

/// The failure of a half in a transaction that was rolled back. `None` where the half is not to blame.
#[cfg(feature = "inspect")]
pub(in crate::postgres) fn failure_of_half(step: &Step, failed: MessageError) -> Option<RunFailure> {
    let MessageError { error, origin } = failed;
    let is_its_own = matches!(origin, ErrorOrigin::File { .. } | ErrorOrigin::Data { .. })
        && !error.is_connection_lost()
        && !error.is(&SqlState::QUERY_CANCELED)
        && error.transient().is_none();
    is_its_own.then(|| RunFailure {
        finished: Vec::new(),
        step: FailedStep::of(step),
        cause: Cause::Sql { place: place(step, &origin), error: shown(step, error) },
        step_state: StepState::RolledBack,
    })
}

/// What the server said, as it may be shown.
pub(super) fn shown(step: &Step, error: SqlError) -> SqlError {
    error.without_secrets_of(step.half().body())
}
