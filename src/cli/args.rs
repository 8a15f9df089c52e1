//! The options of each command, and what they mean.

mod advise;
mod compare;
mod databases;
mod fill;
mod history;
mod plan;
mod run;
mod schema;
mod tools;

pub use advise::*;
pub use compare::*;
pub use databases::*;
pub use fill::*;
pub use history::*;
pub use plan::*;
pub use run::*;
pub use schema::*;
pub use tools::*;
