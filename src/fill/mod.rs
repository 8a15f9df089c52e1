//! Rows for tables: values that are computed, and the shape that they follow.
//!
//! Pure. `postgres::shape` reads the shape of a database, `postgres::fill` what its schema asks of rows, `postgres::load` writes
//! the rows.

mod allowed;
mod asked;
mod build;
mod candidates;
mod error;
mod like;
mod looks;
mod mined;
mod named_constraint;
mod order;
mod other_relation;
mod pattern;
mod plan;
mod questions;
mod random;
mod ranks;
mod shape;
mod shape_file;
mod spread;
mod table;
mod tuple;
mod types;
mod value;
mod wanted;
mod words;

pub use allowed::{Allowed, Listed};
pub use asked::{FillNote, TableRows, fill_notes, fill_notes_of_no_seed, parse_rows};
pub use build::{GivenKeys, looked_at, needs_given, plan};
pub use candidates::{CANDIDATES, Candidates};
pub use error::FillError;
pub use mined::Mined;
pub use named_constraint::NamedConstraint;
pub use order::parents_first;
pub use other_relation::OtherRelation;
pub use plan::{FillPlan, ParentChoice, TableFill, ValueSource};
pub use questions::AskedRow;
pub use shape::{ColumnShape, Distinct, Magnitude, Shape, ShapeGap, Spread, TableShape};
pub use shape_file::{from_json, to_json};
pub use spread::{WantedRows, fewer_than, spread};
pub use table::{Computed, Exclusion, FillColumn, FillForeignKey, FillTable, RowCheck, Sequence, UniqueKey};
pub use tuple::Tuple;
pub use types::{FillType, KeptFields, RareType};
pub use value::{FillValue, Given};
pub use wanted::{FillRequest, enough_parents, limit, refuse_to_empty};
