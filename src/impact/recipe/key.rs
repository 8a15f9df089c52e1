//! Keys whose index is built while others go on.

use crate::catalog::{Identity, Kind, Object};
use crate::impact::finding::{RecipeFile, apart, together};
use crate::impact::look::Look;
use crate::impact::names::beside;
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

/// The constraint of the whole, which builds nothing, then that of each partition, and both together. An index that the
/// partitioned table has already is not made again.
fn key_of_partitions(look: &Look<'_>, of: &str, name: &str) -> Option<Vec<RecipeFile>> {
    let mut steps = Steps::default();
    let identity = Identity { kind: Kind::Constraint, of: Some(of.to_owned()), name: name.to_owned() };
    if look.before(&identity).is_none() {
        let definition = look.after(&identity)?.get("definition")?;
        steps.wholes.push(format!("ALTER TABLE ONLY {of} ADD CONSTRAINT {name} {definition};"));
    }
    steps.below(look, of, name)?;
    let Steps { wholes, builds, constraints, attaches } = steps;
    let mut files = Vec::new();
    files.extend((!wholes.is_empty()).then(|| together(wholes.join("\n"))));
    files.push(apart(builds.join("\n")));
    files.push(together([constraints, attaches].concat().join("\n")));
    Some(files)
}

fn using(of: &str, name: &str, object: &Object) -> Option<String> {
    let kind = object.get("type")?.to_uppercase();
    let definition = object.get("definition")?;
    let deferrable = definition.find(" DEFERRABLE").and_then(|at| definition.get(at..)).unwrap_or_default();
    Some(format!("ALTER TABLE {of} ADD CONSTRAINT {name} {kind} USING INDEX {name}{deferrable};"))
}

#[derive(Default)]
struct Steps {
    wholes: Vec<String>,
    builds: Vec<String>,
    constraints: Vec<String>,
    attaches: Vec<String>,
}

impl Steps {
    fn below(&mut self, look: &Look<'_>, of: &str, name: &str) -> Option<()> {
        for partition in look.children(of) {
            let is_part = |identity: &Identity, index: &Object| {
                identity.kind == Kind::Index
                    && identity.of.as_deref() == Some(&partition)
                    && index.get("parent") == Some(name)
                    && look.before(identity).is_none()
            };
            let mut objects = look.case.after.objects.iter();
            let Some((identity, index)) = objects.find(|(identity, index)| is_part(identity, index)) else {
                continue;
            };
            let own = index.get("constraint")?;
            let constraint =
                Identity { kind: Kind::Constraint, of: Some(partition.clone()), name: own.to_owned() };
            let object = look.after(&constraint)?;
            if look.is_partitioned(&partition) {
                let definition = object.get("definition")?;
                self.wholes.push(format!("ALTER TABLE ONLY {partition} ADD CONSTRAINT {own} {definition};"));
                self.below(look, &partition, &identity.name)?;
            } else {
                self.builds.push(concurrently(index)?);
                self.constraints.push(using(&partition, own, object)?);
            }
            let (whole, part) = (beside(of, name), beside(&partition, &identity.name));
            self.attaches.push(format!("ALTER INDEX {whole} ATTACH PARTITION {part};"));
        }
        Some(())
    }
}
