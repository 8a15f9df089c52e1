//! What a backfill has to know of the server: the key that it goes along, how many rows fit in a batch, and whether it should
//! wait.

mod explain;
mod generated_key;
mod hidden_rows;
mod hidden_work;
mod key;
mod key_error;
mod key_order;
mod key_query;
mod one_worker;
mod pace;
mod ready;
mod reason;
mod writers;

#[cfg(feature = "inspect")]
pub(super) use explain::explain;
pub(super) use hidden_rows::{RowSecurity, row_security};
pub(super) use key::{Key, LOOKING, NO_ROW, expected_rows_of};
pub use key_error::KeyError;
pub(super) use one_worker::look_for_one_worker;
pub use pace::{BackfillPace, SLOW_BATCH};
pub(super) use pace::{Pace, PaceChange};
pub(super) use ready::{Obstacle, Readiness};
pub(super) use reason::{WAITING_SESSIONS, reasons_of, reasons_query};
pub use reason::{WaitReason, megabytes};
pub(super) use writers::{Writers, writers_query};
