//! Partitions that a half makes, beside those of the same table that no migration has made.

use super::bounds::{Bounds, PartitionKey, compared};
use super::by_hand::{Fate, Preceding};
use super::code::{has_branches, is_code};
use super::names::{bare, begins, mentions, quoted};
use super::partition_bound;
use super::{About, ChangedBefore, Consequence, FileTrace, HalfStage, Question, StatementTrace};
use crate::catalog::{Catalog, Identity, Kind, Object};

/// A new partition and another one that only the target has.
pub(super) struct PartitionPair<'a> {
    pub half: &'a FileTrace,
    stage: &'a HalfStage,
    /// The number of the statement that makes it.
    pub number: usize,
    pub statement: &'a StatementTrace,
    /// The new one.
    pub partition: &'a Identity,
    /// The other one.
    pub by_hand: &'a Identity,
    pub bounds: Bounds,
}

/// Each partition that the last of these halves makes of a table of the target, with each that was made by hand there.
pub(super) fn neighbours<'a>(
    halves: &[&'a FileTrace],
    only_on_target: &'a Catalog,
) -> Vec<PartitionPair<'a>> {
    let by_hand: Vec<(&Identity, &Object)> = partitions(only_on_target).collect();
    let Some((half, earlier)) = halves.split_last().filter(|_| !by_hand.is_empty()) else {
        return Vec::new();
    };
    let half: &'a FileTrace = half;
    let mut found = Vec::new();
    for stage in &half.stages {
        for (partition, object) in partitions(&stage.after) {
            let before = stage.lineage.before(partition).and_then(|name| stage.before.objects.get(name));
            let is_new = before.is_none_or(|before| before.get("partition bound").is_none());
            let Some((number, statement)) = naming(half, stage, partition).filter(|_| is_new) else {
                continue;
            };
            let Some(whole) = whole_on_target(half, statement, object) else { continue };
            let until = Until { earlier, half, stage };
            let before = Preceding::new(earlier.iter().copied(), (half, number), only_on_target);
            let of_same = by_hand.iter().filter(|(other, there)| {
                *other != partition && there.list("inherits").contains(&whole) && !before.detaches(other)
            });
            let key = until.key_of(&partition.name);
            found.extend(of_same.filter_map(|(other, there)| {
                let bounds = match (compared(&key, there, object), before.fate_of(other)) {
                    (_, Fate::Gone) => return None,
                    (Bounds::Overlap, Fate::InCode(_) | Fate::Unknown(_)) => Bounds::Unknown,
                    (bounds, _) => bounds,
                };
                Some(PartitionPair { half, stage, number, statement, partition, by_hand: other, bounds })
            }));
        }
    }
    found
}

/// All stages until one in which a partition is made.
struct Until<'a, 'b> {
    earlier: &'b [&'a FileTrace],
    half: &'a FileTrace,
    stage: &'a HalfStage,
}

impl Until<'_, '_> {
    /// What the table above is cut into partitions by.
    fn key_of(&self, partition: &str) -> PartitionKey {
        let key = PartitionKey::of(&self.stage.after, partition);
        let own_type = Identity { kind: Kind::Enum, of: None, name: key.type_name.clone() };
        let all = || self.stage.after.objects.keys().filter(|identity| identity.kind == Kind::Enum);
        let keeps_values = match key.is_written_in_one_way {
            true => !self.renames_labels(&own_type),
            // There may be one within it.
            false => !all().any(|one| self.renames_labels(one)),
        };
        PartitionKey { keeps_values, ..key }
    }

    /// Whether values of an enum have other names than on the target: then the bounds there are about others.
    fn renames_labels(&self, enum_type: &Identity) -> bool {
        let own =
            self.half.stages.iter().take_while(|one| one.statements.start <= self.stage.statements.start);
        let stages: Vec<&HalfStage> =
            self.earlier.iter().flat_map(|half| half.stages.iter()).chain(own).collect();
        let mut type_now = enum_type.clone();
        for stage in stages.into_iter().rev() {
            let labels =
                |catalog: &Catalog, name: &Identity| catalog.objects.get(name).map(|one| one.list("labels"));
            let Some(now) = labels(&stage.after, &type_now) else { return false };
            let before = stage.lineage.before(&type_now).cloned();
            let Some((before, then)) = before.and_then(|name| Some((labels(&stage.before, &name)?, name)))
            else {
                return false;
            };
            // New ones may stand between them.
            let mut now = now.into_iter();
            if !before.iter().all(|label| now.any(|new| new == *label)) {
                return true;
            }
            type_now = then;
        }
        false
    }
}

/// What to ask of the rows of default partitions that were made by hand, before the last of these halves runs.
pub fn questions_of_default_partitions(halves: &[FileTrace], only_on_target: &Catalog) -> Vec<Question> {
    let Some((half, earlier)) = halves.split_last() else { return Vec::new() };
    let beside_default = neighbours(&halves.iter().collect::<Vec<_>>(), only_on_target);
    let beside_default = beside_default.into_iter().filter(|one| one.bounds == Bounds::Default);
    let asked = beside_default.filter_map(
        |PartitionPair { stage, number, statement, partition, by_hand, .. }| {
            let condition = partition_bound::all_conditions(&stage.after, &partition.name)?;
            Some(Question {
                table: by_hand.name.clone(),
                about: About::Misplaced { partition: partition.name.clone(), condition },
                consequence: Consequence::Fails,
                location: Some(statement.location),
                changed_before: rows_changed_before(half, stage, number, earlier),
                new_values: Vec::new(),
                own_rows: false,
                may_come: true,
                made_by: None,
            })
        },
    );
    asked.collect()
}

/// The first statement that may change rows, of whatever table: they may have been moved out of the way.
fn rows_changed_before(
    half: &FileTrace,
    stage: &HalfStage,
    number: usize,
    earlier: &[FileTrace],
) -> Option<ChangedBefore> {
    let itself = usize::from(half.statements.get(number).is_some_and(has_branches));
    let before = earlier.iter().map(|half| (half, half.statements.len())).chain([(half, number + itself)]);
    let mut statements =
        before.flat_map(|(half, count)| half.statements.iter().take(count).map(move |one| (half, one)));
    const CHANGING: [&str; 5] = ["UPDATE", "DELETE", "MERGE", "TRUNCATE", "WITH"];
    let schemas = [stage.before.as_ref(), stage.after.as_ref()];
    let changes_rows = |one: &StatementTrace| {
        CHANGING.iter().any(|word| begins(&one.text, word)) || is_code(schemas, &one.text)
    };
    let (half, statement) = statements.find(|(_, one)| changes_rows(one))?;
    Some(ChangedBefore { version: half.version.clone(), location: statement.location })
}

fn partitions(catalog: &Catalog) -> impl Iterator<Item = (&Identity, &Object)> {
    let tables = catalog.objects.iter().map(|(identity, table)| (identity.as_ref(), table.as_ref()));
    tables.filter(|(identity, table)| identity.kind == Kind::Table && table.get("partition bound").is_some())
}

/// The statement of a stage that makes a partition: the first that names it as one, or names it at all.
fn naming<'a>(
    half: &'a FileTrace,
    stage: &HalfStage,
    partition: &Identity,
) -> Option<(usize, &'a StatementTrace)> {
    let name = bare(&partition.name);
    let numbered = stage.statements.clone().zip(half.statements.get(stage.statements.clone())?);
    let naming: Vec<_> = numbered.filter(|(_, one)| mentions(&one.text, &name)).collect();
    let says = |text: &str, word: &str| mentions(text, word) && mentions(text, "PARTITION");
    let makes_partition = |text: &str| says(text, "ATTACH") || says(text, "OF");
    let making = naming.iter().find(|(_, one)| makes_partition(&one.text));
    making.or(naming.first()).copied()
}

fn whole_of(partition: &Object) -> Option<String> {
    partition.list("inherits").into_iter().next()
}

/// What the target calls the table above, if it has that. What the transaction has locked before shows in no lock of the statement.
fn whole_on_target(half: &FileTrace, statement: &StatementTrace, partition: &Object) -> Option<String> {
    let written = |schema: &str, name: &str| format!("{}.{}", quoted(schema), quoted(name));
    let whole = whole_of(partition)?;
    let mut locked = statement.locks.iter().map(|lock| &lock.relation);
    match locked.find(|one| written(&one.schema, &one.name) == whole) {
        Some(above) => above.on_target.as_ref().map(|there| written(&there.schema, &there.name)),
        None => half.lineage.before(&table(&whole)).map(|above| above.name.clone()),
    }
}

fn table(name: &str) -> Identity {
    Identity { kind: Kind::Table, of: None, name: name.to_owned() }
}
