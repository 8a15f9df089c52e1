//! The safe ways: migrations that end where a dangerous statement ends, and let others go on meanwhile.

mod backfill;
mod family;
mod foreign_key;
mod key;
mod new_columns;
mod once;
mod partitioned_index;
mod successor;
mod successor_parts;

pub(super) use backfill::{deleted_in_batches, in_batches, updated_by_key};
pub(super) use foreign_key::foreign_key;
pub(super) use key::key;
pub(super) use new_columns::{is_constant, new_columns};
pub(super) use once::each_once;
pub(super) use partitioned_index::index_of_partitions;
pub(super) use successor::Successor;
