//! Partitions that a half makes, beside those of the same table that no migration has made.

use std::cmp::Ordering;

use super::names::{bare, begins, mentions, quoted};
use super::partition_bound::{self, list};
use super::{About, ChangedBefore, Consequence, FileTrace, HalfStage, Question, StatementTrace};
use crate::catalog::{Catalog, Identity, Kind, Object};

/// How the bounds of two partitions lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bounds {
    /// They have values in common: the server refuses the second one.
    Overlap,
    Apart,
    /// The one that was made by hand is the default partition, which must have no row of the new one.
    Default,
    /// Only the server can tell.
    Unknown,
}

/// A new partition and another one that only the target has.
pub(super) struct PartitionPair<'a> {
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

/// Each new partition of a table of the target, with each that was made by hand there.
pub(super) fn neighbours<'a>(half: &'a FileTrace, only_on_target: &'a Catalog) -> Vec<PartitionPair<'a>> {
    let by_hand: Vec<(&Identity, &Object)> = partitions(only_on_target).collect();
    if by_hand.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for stage in &half.stages {
        for (partition, object) in partitions(&stage.after) {
            let before = stage.lineage.before(partition).and_then(|name| stage.before.objects.get(name));
            let is_new = before.is_none_or(|before| before.get("partition bound").is_none());
            let Some((number, statement)) = naming(half, stage, partition).filter(|_| is_new) else {
                continue;
            };
            let Some(whole) = whole_on_target(half, statement, object) else { continue };
            let of_same = by_hand.iter().filter(|(other, there)| {
                *other != partition
                    && there.list("inherits").contains(&whole)
                    && !may_be_gone(half, number, other)
            });
            let key_type = type_of_key(&stage.after, &partition.name).unwrap_or_default();
            found.extend(of_same.map(|(other, there)| PartitionPair {
                stage,
                number,
                statement,
                partition,
                by_hand: other,
                bounds: compared(&key_type, there, object),
            }));
        }
    }
    found
}

/// What to ask of the rows of default partitions that were made by hand, before the last of these halves runs.
pub fn questions_of_default_partitions(halves: &[FileTrace], only_on_target: &Catalog) -> Vec<Question> {
    let Some((half, earlier)) = halves.split_last() else { return Vec::new() };
    let beside_default = neighbours(half, only_on_target);
    let beside_default = beside_default.into_iter().filter(|one| one.bounds == Bounds::Default);
    let asked = beside_default.filter_map(
        |PartitionPair { stage, number, statement, partition, by_hand, .. }| {
            let condition = partition_bound::all_conditions(&stage.after, &partition.name)?;
            Some(Question {
                table: by_hand.name.clone(),
                about: About::Misplaced { partition: partition.name.clone(), condition },
                consequence: Consequence::Fails,
                location: Some(statement.location),
                changed_before: rows_changed_before(half, number, earlier),
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
fn rows_changed_before(half: &FileTrace, number: usize, earlier: &[FileTrace]) -> Option<ChangedBefore> {
    let before = earlier.iter().map(|half| (half, half.statements.len())).chain([(half, number)]);
    let mut statements =
        before.flat_map(|(half, count)| half.statements.iter().take(count).map(move |one| (half, one)));
    const CHANGING: [&str; 7] = ["UPDATE", "DELETE", "MERGE", "TRUNCATE", "WITH", "DO", "CALL"];
    let changes_rows = |one: &StatementTrace| CHANGING.iter().any(|word| begins(&one.text, word));
    let (half, statement) = statements.find(|(_, one)| changes_rows(one))?;
    Some(ChangedBefore { version: half.version.clone(), location: statement.location })
}

fn partitions(catalog: &Catalog) -> impl Iterator<Item = (&Identity, &Object)> {
    let tables = catalog.objects.iter().map(|(identity, table)| (identity.as_ref(), table.as_ref()));
    tables.filter(|(identity, table)| identity.kind == Kind::Table && table.get("partition bound").is_some())
}

/// The statement of a stage that makes a partition: the first that names it.
fn naming<'a>(
    half: &'a FileTrace,
    stage: &HalfStage,
    partition: &Identity,
) -> Option<(usize, &'a StatementTrace)> {
    let name = bare(&partition.name);
    let numbered = stage.statements.clone().zip(half.statements.get(stage.statements.clone())?);
    let mut naming = numbered.filter(|(_, one)| mentions(&one.text, &name));
    naming.next()
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

/// The type of the only column by which the table above is cut into partitions.
fn type_of_key(catalog: &Catalog, partition: &str) -> Option<String> {
    let key = partition_bound::key(catalog, partition)?;
    let whole = whole_of(catalog.objects.get(&table(partition))?);
    let column = catalog.objects.get(&Identity { kind: Kind::Column, of: whole, name: key })?;
    column.get("type").map(str::to_owned)
}

fn table(name: &str) -> Identity {
    Identity { kind: Kind::Table, of: None, name: name.to_owned() }
}

/// Whether an earlier statement may have dropped or detached it.
fn may_be_gone(half: &FileTrace, number: usize, partition: &Identity) -> bool {
    let name = bare(&partition.name);
    let takes = |text: &str| mentions(text, "DROP") || mentions(text, "DETACH");
    half.statements.iter().take(number).any(|one| takes(&one.text) && mentions(&one.text, &name))
}

fn compared(key_type: &str, by_hand: &Object, new: &Object) -> Bounds {
    let bound = |table: &Object| table.get("partition bound").unwrap_or_default().to_owned();
    let (by_hand, new) = (bound(by_hand), bound(new));
    match (by_hand.as_str(), new.as_str()) {
        ("DEFAULT", "DEFAULT") => Bounds::Overlap,
        ("DEFAULT", _) => Bounds::Default,
        // Its own rows must not belong into the other one.
        (_, "DEFAULT") => Bounds::Unknown,
        (one, other) if one == other => Bounds::Overlap,
        (one, other) => of_values(key_type, one, other).unwrap_or(Bounds::Unknown),
    }
}

fn of_values(key_type: &str, one: &str, other: &str) -> Option<Bounds> {
    if let Some((one, other)) = values_in(one).zip(values_in(other)) {
        let has_same = one.iter().any(|value| other.contains(value));
        return Some(if has_same { Bounds::Overlap } else { Bounds::Apart });
    }
    let ((from, to), (other_from, other_to)) = (range(one)?, range(other)?);
    if from == other_from || to == other_to {
        return Some(Bounds::Overlap);
    }
    let is_before = |end: &str, begin: &str| order(key_type, end, begin).map(Ordering::is_le);
    let is_apart = is_before(to, other_from)? || is_before(other_to, from)?;
    Some(if is_apart { Bounds::Apart } else { Bounds::Overlap })
}

fn values_in(bound: &str) -> Option<Vec<String>> {
    Some(list(bound.strip_prefix("FOR VALUES IN (")?.strip_suffix(')')?))
}

fn range(bound: &str) -> Option<(&str, &str)> {
    let (from, to) = bound.strip_prefix("FOR VALUES FROM (")?.split_once(") TO (")?;
    Some((from, to.strip_suffix(')')?))
}

/// Which of two values comes first. `None` where that is not seen in how they are written.
fn order(key_type: &str, one: &str, other: &str) -> Option<Ordering> {
    match (one, other) {
        _ if one == other => Some(Ordering::Equal),
        ("MINVALUE", _) | (_, "MAXVALUE") => Some(Ordering::Less),
        ("MAXVALUE", _) | (_, "MINVALUE") => Some(Ordering::Greater),
        _ if matches!(key_type, "smallint" | "integer" | "bigint") => {
            let number = |value: &str| value.trim_matches('\'').parse::<i64>().ok();
            Some(number(one)?.cmp(&number(other)?))
        }
        _ if key_type == "date" || key_type.starts_with("timestamp") => {
            let (point, rest) = point_in_time(one)?;
            let (other_point, other_rest) = point_in_time(other)?;
            (rest == other_rest).then(|| point.cmp(other_point))
        }
        _ => None,
    }
}

/// `'2026-01-31 12:00:00`, and what follows: parts of a second, the zone, the end of the literal.
fn point_in_time(literal: &str) -> Option<(&str, &str)> {
    const DAY: &str = "'0000-00-00";
    const SECOND: &str = "'0000-00-00 00:00:00";
    let has_form = |form: &str| {
        let mut letters = literal.chars();
        form.chars().all(|expected| {
            letters.next().is_some_and(|is| is == expected || expected == '0' && is.is_ascii_digit())
        })
    };
    let form = [SECOND, DAY].into_iter().find(|form| has_form(form))?;
    literal.split_at_checked(form.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_compared_where_their_values_say_how_they_lie() {
        for (key_type, one, other, bounds) in [
            ("text", "IN ('a', 'b')", "IN ('b')", Bounds::Overlap),
            ("text", "IN ('a', 'b')", "IN ('c')", Bounds::Apart),
            ("integer", "FROM (1) TO (10)", "FROM (10) TO (20)", Bounds::Apart),
            ("integer", "FROM (1) TO (10)", "FROM (9) TO (20)", Bounds::Overlap),
            ("integer", "FROM (MINVALUE) TO (10)", "FROM (2) TO (MAXVALUE)", Bounds::Overlap),
            ("bigint", "FROM (MINVALUE) TO ('10')", "FROM ('9') TO ('12')", Bounds::Overlap),
            (
                "date",
                "FROM ('2020-01-01') TO ('2021-01-01')",
                "FROM ('2021-01-01') TO ('2022-01-01')",
                Bounds::Apart,
            ),
            (
                "date",
                "FROM ('2020-01-01') TO ('2021-01-01')",
                "FROM ('2020-03-01') TO ('2022-01-01')",
                Bounds::Overlap,
            ),
            (
                "timestamp with time zone",
                "FROM ('2020-01-01 00:00:00+00') TO ('2020-01-02 00:00:00+00')",
                "FROM ('2020-01-01 23:00:00+02') TO ('2020-01-03 00:00:00+02')",
                Bounds::Unknown,
            ),
            ("text", "FROM ('9') TO ('10')", "FROM ('2') TO ('30')", Bounds::Unknown),
            ("text", "FROM ('a') TO ('b')", "FROM ('a') TO ('d')", Bounds::Overlap),
            ("", "FROM (1, 5) TO (2, 1)", "FROM (2, 0) TO (3, 1)", Bounds::Unknown),
            ("", "WITH (modulus 2, remainder 0)", "WITH (modulus 2, remainder 1)", Bounds::Unknown),
        ] {
            let bound = |values: &str| format!("FOR VALUES {values}");
            let is = of_values(key_type, &bound(one), &bound(other)).unwrap_or(Bounds::Unknown);
            assert_eq!(is, bounds, "{one}; {other}");
        }
    }
}
