//! Loading rows in bulk: what is put off meanwhile, and how it comes back.
//!
//! To build an index of a table that is full takes a fraction of the time of keeping it up to date row by row, and the same
//! goes for foreign keys. So they are dropped while a table is empty, and made again when it is full. Before that, in the
//! same transaction, a table of pmdb's own (`Note`) keeps what makes them again, and what the catalog said of them. So
//! a run that finds that table, after a crash of whatever kind, can bring all back and prove that it is what it was.

mod candidates;
mod copy;
mod error;
mod event;
#[allow(clippy::module_inception, reason = "what the module is about")]
mod load;
mod loading;
mod note;
mod order;
mod proof;
mod put_back;
mod put_off;
mod rows;
mod triggers;

pub(super) use candidates::foreign_keys_to_put_off;
pub(super) use copy::column_list;
pub use error::LoadError;
pub use event::{LoadEvent, LoadListener};
pub use load::Loaded;
pub use loading::{LoadOptions, Loading};
pub use put_off::PutOff;
pub use rows::{LoadTable, RowSource};
pub use triggers::InsertTrigger;
pub(super) use triggers::{insert_triggers, rows_inserted, tell_triggers, truncate_triggers};
