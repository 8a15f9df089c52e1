//! Columns that get another type, or another collation: whatever it is, the server refuses that while a view or the like needs the
//! column.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::HalfStage;
use super::names::{begins, mentions};
use crate::catalog::{Identity, Kind, Lineage, Object};
use crate::impact::StatementTrace;

/// What a column is made of.
const MADE_OF: [Kind; 6] =
    [Kind::Enum, Kind::Domain, Kind::CompositeType, Kind::Range, Kind::BaseType, Kind::Collation];

/// Those of a stage, by their names before it. A type that has another name is the same; one that is made anew under the old name is not.
pub(super) fn retyped<'a>(stage: &'a HalfStage, statements: &[StatementTrace]) -> Vec<&'a Identity> {
    let Some(types) = TypeNames::that_change(stage, statements) else { return Vec::new() };
    let columns = stage.after.objects.iter().filter(|(identity, _)| identity.kind == Kind::Column);
    let retyped = columns.filter_map(|(identity, after)| {
        let old = stage.lineage.before(identity)?;
        let (old, before) = stage.before.objects.get_key_value(old)?;
        let is_untouched = Arc::ptr_eq(before, after) && types.are_the_same;
        (!is_untouched && types.differ(before, after)).then_some(old.as_ref())
    });
    retyped.collect()
}

/// Whether this column, by its name before the stage, is one of them.
pub(super) fn is_retyped(stage: &HalfStage, statements: &[StatementTrace], column: &Identity) -> bool {
    let objects = || {
        let before = stage.before.objects.get(column)?;
        Some((before, stage.after.objects.get(stage.lineage.after(column)?)?))
    };
    let types = TypeNames::that_change(stage, statements).filter(|_| column.kind == Kind::Column);
    types.zip(objects()).is_some_and(|(types, (before, after))| types.differ(before, after))
}

fn may_change_types(text: &str) -> bool {
    ["DO", "CALL", "SELECT"].iter().any(|word| begins(text, word))
        || begins(text, "ALTER") && mentions(text, "TYPE")
}

/// What becomes of the names of types and collations.
struct TypeNames<'a> {
    /// `None` where it is gone.
    new_names: BTreeMap<&'a str, Option<&'a str>>,
    are_the_same: bool,
}

impl<'a> TypeNames<'a> {
    /// `None` where no statement of the stage gives a column another one.
    fn that_change(stage: &'a HalfStage, statements: &[StatementTrace]) -> Option<TypeNames<'a>> {
        let own = statements.get(stage.statements.clone()).unwrap_or_default();
        own.iter().any(|one| may_change_types(&one.text)).then(|| TypeNames::of(&stage.lineage))
    }

    fn of(lineage: &'a Lineage) -> TypeNames<'a> {
        let is_one = |identity: &&Identity| identity.of.is_none() && MADE_OF.contains(&identity.kind);
        let gone = lineage.gone.iter().filter(is_one).map(|old| (old.name.as_str(), None));
        let renamed = lineage.renamed().filter(|(old, _)| is_one(old));
        let renamed = renamed.map(|(old, new)| (old.name.as_str(), Some(new.name.as_str())));
        let new_names: BTreeMap<_, _> = gone.chain(renamed).collect();
        TypeNames { are_the_same: new_names.is_empty(), new_names }
    }

    fn differ(&self, before: &Object, after: &Object) -> bool {
        ["type", "collation"].iter().any(|attribute| {
            let (before, after) = (before.get(attribute), after.get(attribute));
            match before.map(|before| self.name_after(before)) {
                Some(Some(name)) => Some(name.as_str()) != after,
                Some(None) => true,
                None => after.is_some(),
            }
        })
    }

    /// What a type or a collation is called afterwards; `None` where it is gone, whatever has its name then.
    fn name_after(&self, before: &str) -> Option<String> {
        let element = before.trim_end_matches("[]");
        match self.new_names.get(element) {
            Some(new) => new.map(|new| before.replacen(element, new, 1)),
            None => Some(before.to_owned()),
        }
    }
}
