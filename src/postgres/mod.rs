//! Everything that talks to a PostgreSQL server.

#[cfg(feature = "inspect")]
pub mod advise;
mod backfill;
mod blocker;
#[cfg(feature = "inspect")]
pub mod catalog;
mod citus;
pub mod databases;
#[cfg(feature = "inspect")]
mod dependents;
mod dry_run;
mod event;
mod failure;
#[cfg(feature = "inspect")]
pub mod fill;
mod goal_needs;
mod guard;
mod history;
mod history_access;
#[cfg(feature = "inspect")]
mod inquiry;
mod interrupt;
#[cfg(feature = "inspect")]
pub mod load;
mod lock;
mod lost_seeds;
#[cfg(feature = "inspect")]
mod made_rows;
mod message;
mod migrator;
mod migrator_error;
mod monitor;
mod own_path;
mod patient;
mod postcondition;
mod prefetched;
#[cfg(feature = "inspect")]
mod questions;
#[cfg(feature = "inspect")]
pub mod rebuild;
mod record;
mod renumber;
mod resolve;
#[cfg(feature = "inspect")]
mod rights;
mod rows;
mod run;
#[cfg(feature = "inspect")]
pub mod scratch;
mod server_access_errors;
#[cfg(feature = "inspect")]
mod settled;
#[cfg(feature = "inspect")]
mod shape;
mod sql_error;
mod starting_point;
mod sync_cell;
#[cfg(feature = "inspect")]
mod target_stats;
#[cfg(feature = "inspect")]
pub mod trace;
#[cfg(feature = "inspect")]
pub mod verify;

pub use backfill::{BackfillPace, KeyError, SLOW_BATCH, WaitReason, megabytes};
pub use blocker::Blocker;
#[cfg(feature = "inspect")]
pub use catalog::{CatalogError, CatalogReader, read_catalog, read_catalog_with_definitions_of};
pub use citus::Citus;
pub use event::{Event, Listener, NoopListener, StepReport};

#[cfg(feature = "cli")]
pub(crate) use blocker::{held_by, on_worker};
#[cfg(feature = "inspect")]
pub use dependents::dependents;
pub use failure::{Cause, FailedStep, Place, RunFailure, ServerAnswer, StepState};
pub use history::{
    History, HistoryError, HistoryScope, HistoryTable, Lost, LostSeed, NewRow, OtherHistory, Protection,
    PutOffNote, Stranger, StrangersPart, TableState, Takeover,
};
#[cfg(feature = "inspect")]
pub use history::{MadeNote, MadeRows};
#[cfg(feature = "cli")]
pub(crate) use history_access::HistoryAccess;
#[cfg(feature = "inspect")]
pub use inquiry::{Inquiry, NoAnswer};
pub use interrupt::{Interrupt, Interrupter, interrupt};
pub use lock::LockError;
pub use migrator::{Force, Migrator, Outcome};
pub use migrator_error::MigratorError;
pub use monitor::IndexProgress;
pub use patient::connect_patiently;
#[cfg(feature = "cli")]
pub(crate) use prefetched::PrefetchedHistory;
#[cfg(feature = "inspect")]
pub use questions::{Estimate, Estimated, Questioner, estimate_rows};
pub use resolve::{Resolution, Resolved};
#[cfg(feature = "inspect")]
pub use rights::missing_rights;
pub use run::LockRetries;
#[cfg(feature = "inspect")]
pub use shape::read_shape;
pub use sql_error::{SqlError, Transient};
#[cfg(feature = "inspect")]
pub use target_stats::{SizesOf, target_stats};

/// Something for a name that nobody else has: 16 hexadecimal digits.
fn random_name() -> String {
    // Where a sandbox withholds random numbers, the process still differs from the others on its machine.
    let number = getrandom::u64().unwrap_or_else(|_| std::process::id().into());
    format!("{number:016x}")
}
