//! Keys whose index is built while others go on.

use super::partitioned_index::key_of_partitions;
use crate::catalog::{Identity, Kind, Object};
use crate::impact::finding::{RecipeFile, apart, together};
use crate::impact::look::Look;
use crate::impact::rule::concurrently;

/// The index first, then the constraint takes it. Whether the columns of a primary key are NOT NULL is another matter.
pub(in crate::impact) fn key(
    look: &Look<'_>,
    of: &str,
    name: &str,
    object: &Object,
) -> Option<Vec<RecipeFile>> {
    if look.is_partitioned(of) {
        return key_of_partitions(look, of, name);
    }
    let index = Identity { kind: Kind::Index, of: Some(of.to_owned()), name: name.to_owned() };
    let build = concurrently(look.after(&index)?)?;
    Some(vec![apart(build), together(using(of, name, object)?)])
}

pub(super) fn using(of: &str, name: &str, object: &Object) -> Option<String> {
    let kind = object.get("type")?.to_uppercase();
    let definition = object.get("definition")?;
    let deferrable = definition.find(" DEFERRABLE").and_then(|at| definition.get(at..)).unwrap_or_default();
    Some(format!("ALTER TABLE {of} ADD CONSTRAINT {name} {kind} USING INDEX {name}{deferrable};"))
}
