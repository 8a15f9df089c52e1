//! Statements that run code which somebody has written: what it does depends on what it finds.

use super::StatementTrace;
use super::names::{bare, begins, mentions};
use crate::catalog::{Catalog, Kind};

/// A block, or a call of a function of one of these schemas.
pub(super) fn is_code(schemas: [&Catalog; 2], text: &str) -> bool {
    begins(text, "DO")
        || begins(text, "CALL")
        || begins(text, "SELECT") && (mentions(text, "pg_temp") || names_function(schemas, text))
}

/// Whether it may call a function that one of these schemas has.
pub(super) fn names_function(schemas: [&Catalog; 2], text: &str) -> bool {
    let mut objects = schemas.into_iter().flat_map(|schema| schema.objects.keys());
    objects.any(|identity| {
        let name = bare(identity.name.split('(').next().unwrap_or_default());
        identity.kind == Kind::Function && mentions(text, &name)
    })
}

/// Whether what code does depends on a condition, or on what fails in it: on the target it may go another way than where there are
/// no rows.
pub(super) fn has_branches(statement: &StatementTrace) -> bool {
    let words = ["THEN", "LOOP", "EXIT"];
    begins(&statement.text, "DO") && words.iter().any(|word| mentions(&statement.text, word))
}
