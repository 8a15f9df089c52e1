//! The safe ways: migrations that end where a dangerous statement ends, and let others go on meanwhile.

mod backfill;
mod family;
mod foreign_key;
mod key;
mod left_out;
mod new_columns;
mod once;
mod partitioned_index;
mod steps;
mod successor;
mod successor_column;
mod successor_parts;

pub(super) use backfill::{deleted_in_batches, in_batches, updated_by_key, walks_over};
pub(super) use foreign_key::foreign_key;
pub(super) use key::key;
pub(super) use left_out::say_what_is_left_out;
pub(super) use new_columns::{is_constant, new_columns};
pub(super) use once::each_once;
pub(super) use partitioned_index::index_of_partitions;
pub(super) use steps::{concurrently, not_valid};
pub(super) use successor_column::Successor;
