//! The schema of a database as a value: every object by its name, with what defines it.
//!
//! Pure: `postgres::catalog` reads it from a server. Names are as SQL writes them (quoted where SQL wants quotes), never
//! OIDs, so that catalogs of two databases can be compared.

mod difference;
mod ignore;
mod kind;
mod lineage;
mod object;
pub mod schema;

pub use difference::{AttributeChange, Change, Difference, DifferenceClass, Item, Strictness};
pub use ignore::AnyKind;
pub use kind::Kind;
pub use lineage::Lineage;
pub use object::{Catalog, Identity, Object};
