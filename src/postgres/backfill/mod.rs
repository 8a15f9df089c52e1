//! What a backfill has to know of the server: the key that it goes along, and how many rows fit in a batch.

mod key;
mod pace;

pub use key::KeyError;
pub(super) use key::{Key, LOOKING, expected_rows_of};
pub(super) use pace::{BATCH_TIME, Pace};
