//! Foreign keys that are checked while others go on.

use crate::catalog::{Identity, Kind, Object};
use crate::impact::finding::{RecipeFile, together};
use crate::impact::look::HalfView;

/// The first version that has NOT VALID for foreign keys of partitioned tables.
const OF_PARTITIONED_TABLES_SINCE: u32 = 18;

/// The constraint first, then the check. Of a partitioned table, the keys of the partitions first: the one of the whole takes
/// them as they are.
pub(in crate::impact) fn foreign_key(
    look: &HalfView<'_>,
    of: &str,
    name: &str,
    object: &Object,
) -> Option<Vec<RecipeFile>> {
    let definition = object.get("definition")?;
    if !look.is_partitioned(of) || look.major().is_some_and(|major| major >= OF_PARTITIONED_TABLES_SINCE) {
        return Some(super::steps::not_valid(of, name, definition));
    }
    let (mut adds, mut validates) = (Vec::new(), Vec::new());
    for partition in look.with_rows(of) {
        let name = name_on(look, &partition, object).unwrap_or_else(|| name.to_owned());
        adds.push(format!("ALTER TABLE {partition} ADD CONSTRAINT {name} {definition} NOT VALID;"));
        validates.push(format!("ALTER TABLE {partition} VALIDATE CONSTRAINT {name};"));
    }
    let whole = format!("ALTER TABLE {of} ADD CONSTRAINT {name} {definition};");
    Some(vec![together(adds.join("\n")), together(validates.join("\n")), together(whole)])
}

/// What the key of the whole is called on a partition.
fn name_on(look: &HalfView<'_>, partition: &str, whole: &Object) -> Option<String> {
    let is_it = |identity: &&Identity, object: &Object| {
        identity.kind == Kind::Constraint
            && identity.of.as_deref() == Some(partition)
            && object.get("definition") == whole.get("definition")
    };
    let mut objects =
        look.case.after.objects.iter().map(|(identity, object)| (identity.as_ref(), object.as_ref()));
    objects.find(|(identity, object)| is_it(identity, object)).map(|(identity, _)| identity.name.clone())
}
