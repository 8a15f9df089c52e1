//! Keys whose index is built while others go on.

use super::partitioned_index::key_of_partitions;
use super::steps::{concurrently, using};
use crate::catalog::{Identity, Kind, Object};
use crate::impact::finding::{RecipeFile, apart, together};
use crate::impact::look::HalfView;

/// The index first, then the constraint takes it. Whether the columns of a primary key are NOT NULL is another matter.
pub(in crate::impact) fn key(
    look: &HalfView<'_>,
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
