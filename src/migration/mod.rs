//! Migration files and what is to be done with them: pure, no server, no clock, no terminal.

mod applied;
mod backfill;
mod baseline;
mod batch_condition;
mod batch_key;
mod batch_limit;
mod checksum;
mod effective_migrations;
mod error;
mod file;
mod folder;
mod half;
mod invisible;
mod layout;
mod location;
mod long_data;
mod marker;
mod note;
mod numbering;
mod other_tool;
mod passed_data;
mod plan;
mod reach;
mod reading;
mod reconcile;
mod renumber;
mod rules;
mod segment;
mod set;
mod side_by_side;
mod source;
mod source_line;
pub mod sql;
mod text;
mod version;
mod with_queries;

pub use applied::{AppliedMigration, Position, Progress, State, StoredDown};
pub use backfill::{Backfill, BackfillProgress, TableIdentity};
pub use baseline::{BaselineError, baseline};
pub use batch_key::{BatchKey, BatchPlace};
pub use checksum::Checksum;
pub use effective_migrations::{EffectiveMigrations, effective_migrations};
pub use error::{FileError, FileErrorKind};
pub use file::{Migration, file_name_parts, stored_path};
pub use folder::{absolute, folder_above, load_compiled, load_folder, versions_in};
pub use half::{Half, StatementGroup};
pub(crate) use invisible::invisible_in_word;
pub use layout::Warning;
pub use location::{Location, line_at, locate};
pub use long_data::{DataError, DataPieces, LongData};
pub use marker::{Direction, TransactionMode};
pub use note::{CommentNote, NoteError, first_word};
pub use numbering::{next_timestamp, next_version, utc_timestamp};
pub use other_tool::OtherTool;
pub use plan::{
    DeferredBackfills, Disagreement, DownStep, DownTarget, Goal, Held, MissingFiles, NothingToDo, OutOfOrder,
    Passed, PendingBackfill, Plan, PlanError, Resume, Step, StoredHalves, Unfilled, UpStep, UpTarget,
    in_flight_hint, plan,
};
pub(crate) use reach::OUTSIDE_HINT;
pub use reach::{
    Halves, Reach, Reaching, ReachingOut, may_reach_out, reaching, reaching_in, roles_made_in_blocks,
    without_connections,
};
pub use reconcile::{Entry, reconcile};
pub use renumber::{RenumberError, Renumbering, renumber};
pub use segment::Segment;
#[cfg(feature = "cli")]
pub(crate) use set::which_folder;
pub use set::{FolderError, MigrationSet};
pub use source_line::SourceLine;
pub(crate) use sql::body;
pub use sql::{
    AfterCrash, IfTaken, Name, Objects, Opener, Postcondition, SessionImpact, Statement, StatementKind,
    TransactionCommand,
};
pub use version::{Version, VersionError};
