//! Rows for tables: values that are computed, and the shape that they follow.
//!
//! Pure. `postgres::shape` reads the shape of a database.

mod shape;
mod shape_file;

pub use shape::{ColumnShape, Distinct, Magnitude, Shape, ShapeGap, Spread, TableShape};
pub use shape_file::{ShapeError, from_json, to_json};
