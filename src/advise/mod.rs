//! The advice of `pmdb advise`: rules about a schema, as data.
//!
//! Pure. A [`Rule`] says what it finds and why that is a matter, and shows an example that breaks it beside one that
//! does not. The documentation (`docs/advise.md`) is made of that, and the tests run the examples. How a rule looks for
//! its [findings](Advice) in a database is SQL, and stands in `postgres::advise`.

mod finding;
mod ignore;
mod rule;

pub use finding::Advice;
pub use ignore::{AdviceIgnore, Sifted, sift};
pub use rule::{Rule, RuleText, Threshold};
