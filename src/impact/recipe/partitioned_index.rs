//! Indexes of partitioned tables, which are built on each partition while others go on.

use super::steps::{concurrently, using};
use crate::catalog::{Identity, Kind, Object};
use crate::impact::finding::{RecipeFile, apart, together};
use crate::impact::look::HalfView;
use crate::impact::names::beside;

/// The index of the whole, which builds nothing, then that of each partition, and all together.
pub(in crate::impact) fn index_of_partitions(
    look: &HalfView<'_>,
    identity: &Identity,
    index: &Object,
) -> Option<Vec<RecipeFile>> {
    let mut steps = Steps { wholes: vec![of_whole_alone(index)?], ..Steps::default() };
    steps.below(look, identity.of.as_deref()?, &identity.name)?;
    Some(steps.files())
}

/// The same with a unique or primary key. One that the partitioned table has already is not made again.
pub(super) fn key_of_partitions(look: &HalfView<'_>, of: &str, name: &str) -> Option<Vec<RecipeFile>> {
    let mut steps = Steps::default();
    let identity = Identity { kind: Kind::Constraint, of: Some(of.to_owned()), name: name.to_owned() };
    if look.before(&identity).is_none() {
        let definition = look.after(&identity)?.get("definition")?;
        steps.wholes.push(format!("ALTER TABLE ONLY {of} ADD CONSTRAINT {name} {definition};"));
    }
    steps.below(look, of, name)?;
    Some(steps.files())
}

/// The statement that makes an index of a partitioned table and none of its partitions.
fn of_whole_alone(index: &Object) -> Option<String> {
    let definition = index.get("definition")?;
    let is_alone = definition.contains(" ON ONLY ");
    Some(if is_alone {
        format!("{definition};")
    } else {
        format!("{};", definition.replacen(" ON ", " ON ONLY ", 1))
    })
}

#[derive(Default)]
struct Steps {
    wholes: Vec<String>,
    builds: Vec<String>,
    constraints: Vec<String>,
    attaches: Vec<String>,
}

impl Steps {
    /// What has to be done for each partition, those that are partitioned themselves included.
    fn below(&mut self, look: &HalfView<'_>, of: &str, name: &str) -> Option<()> {
        for partition in look.children(of) {
            let is_part = |identity: &Identity, index: &Object| {
                identity.kind == Kind::Index
                    && identity.of.as_deref() == Some(partition)
                    && index.get("parent") == Some(name)
                    && look.before(identity).is_none()
            };
            let mut objects = look.case.after.objects.iter();
            let found = objects.find(|(identity, index)| is_part(identity, index));
            let Some((identity, index)) = found else { continue };
            let key = match index.get("constraint") {
                Some(own) => Some(key(look, partition, own)?),
                None => None,
            };
            match (look.is_partitioned(partition), key) {
                (true, Some((own, constraint))) => {
                    let definition = constraint.get("definition")?;
                    self.wholes
                        .push(format!("ALTER TABLE ONLY {partition} ADD CONSTRAINT {own} {definition};"));
                    self.below(look, partition, &identity.name)?;
                }
                (true, None) => {
                    self.wholes.push(of_whole_alone(index)?);
                    self.below(look, partition, &identity.name)?;
                }
                (false, key) => {
                    self.builds.push(concurrently(index)?);
                    if let Some((own, constraint)) = key {
                        self.constraints.push(using(partition, &own, constraint)?);
                    }
                }
            }
            let (whole, part) = (beside(of, name), beside(partition, &identity.name));
            self.attaches.push(format!("ALTER INDEX {whole} ATTACH PARTITION {part};"));
        }
        Some(())
    }

    fn files(self) -> Vec<RecipeFile> {
        let Steps { wholes, builds, constraints, attaches } = self;
        let mut files = Vec::new();
        files.extend((!wholes.is_empty()).then(|| together(wholes.join("\n"))));
        files.push(apart(builds.join("\n")));
        files.push(together([constraints, attaches].concat().join("\n")));
        files
    }
}

/// The constraint that an index belongs to.
fn key<'a>(look: &HalfView<'a>, of: &str, name: &str) -> Option<(String, &'a Object)> {
    let identity = Identity { kind: Kind::Constraint, of: Some(of.to_owned()), name: name.to_owned() };
    let object = look.after(&identity)?;
    Some((identity.name, object))
}
