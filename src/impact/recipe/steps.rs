//! Steps that many safe ways have.

use crate::catalog::Object;
use crate::impact::finding::{RecipeFile, together};

/// The statement that builds an index, as the catalog has it, but CONCURRENTLY.
pub(in crate::impact) fn concurrently(index: &Object) -> Option<String> {
    let definition = index.get("definition")?;
    let after = definition.find("INDEX ")? + "INDEX ".len();
    let (before, rest) = definition.split_at_checked(after)?;
    Some(format!("{before}CONCURRENTLY {rest};"))
}

/// The constraint first, then the check.
pub(in crate::impact) fn not_valid(of: &str, name: &str, definition: &str) -> Vec<RecipeFile> {
    vec![
        together(format!("ALTER TABLE {of} ADD CONSTRAINT {name} {definition} NOT VALID;")),
        together(format!("ALTER TABLE {of} VALIDATE CONSTRAINT {name};")),
    ]
}

/// A key that takes an index of its name.
pub(super) fn using(of: &str, name: &str, object: &Object) -> Option<String> {
    let kind = object.get("type")?.to_uppercase();
    let definition = object.get("definition")?;
    let deferrable = definition.find(" DEFERRABLE").and_then(|at| definition.get(at..)).unwrap_or_default();
    Some(format!("ALTER TABLE {of} ADD CONSTRAINT {name} {kind} USING INDEX {name}{deferrable};"))
}
