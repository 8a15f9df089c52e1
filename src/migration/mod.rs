//! Migration files and what is to be done with them: pure, no server, no clock, no terminal.

mod checksum;
mod effect;
mod error;
mod file;
mod half;
mod layout;
mod location;
mod marker;
mod rules;
mod segment;
pub mod sql;
mod text;
mod version;

pub use checksum::Checksum;
pub use effect::{Effect, lasting_effect};
pub use error::{FileError, FileErrorKind};
pub use file::{Migration, file_name_parts};
pub use half::{Half, Step};
pub use layout::Warning;
pub use location::{Location, line_at, locate};
pub use marker::{Direction, TransactionMode};
pub use segment::Segment;
pub use sql::{Kind, Name, Opener, Statement, TransactionWord};
pub use version::{Version, VersionError};
