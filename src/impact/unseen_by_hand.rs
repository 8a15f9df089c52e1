//! What was made by hand on the target, and what a file does to it: a scratch database has none of it.

use std::collections::BTreeMap;

use super::bounds::Bounds;
use super::foreign_keys::{Referring, referring};
use super::names::{bare, begins, mentions, quoted};
use super::partitions_by_hand::neighbours;
use super::unseen::{changed, triggers_in, written, written_on_target};
use super::{FileTrace, LockMode, Relation, RelationKind, StatementTrace};
use crate::catalog::{Catalog, Identity, Kind};
use crate::migration::sql::{StandardStrings, assigned_columns};

/// What else happens where a half changes rows: triggers run, and rows of other tables refer to them. Each in a sentence.
pub fn unseen_by_hand(half: &FileTrace, only_on_target: &Catalog) -> Vec<String> {
    let mut told = Vec::new();
    for statement in &half.statements {
        let place = format!("line {} of {}", statement.location.line, half.version);
        for table in changed(statement) {
            let triggers = triggers_in(only_on_target, statement, written_on_target(table));
            told.extend(triggers.map(|trigger| {
                format!(
                    "the trigger {trigger}, which no migration has made, runs its code for each row of {place}: what it does is not known"
                )
            }));
            let keys = referring_by_hand(only_on_target, statement, table);
            told.extend(keys.map(|key| told_key(&key, statement, &place)));
        }
    }
    told
}

fn told_key(key: &Referring<'_>, statement: &StatementTrace, place: &str) -> String {
    let Referring { table, name, .. } = key;
    let (change, refuses) = match begins(&statement.text, "DELETE") {
        true => ("deletes", key.refuses()),
        false => ("changes", !key.follows()),
    };
    let then = if refuses { "then it fails" } else { "then these are deleted or changed as well" };
    format!(
        "whether rows of {table} still refer to those that {place} {change} ({name}, which no migration has made) is not known: {then}"
    )
}

/// The keys that were made by hand and refer to rows which a statement deletes, or whose columns it sets.
fn referring_by_hand<'a>(
    only_on_target: &'a Catalog,
    statement: &StatementTrace,
    table: &Relation,
) -> impl Iterator<Item = Referring<'a>> + use<'a> {
    let deletes = begins(&statement.text, "DELETE");
    let updates = begins(&statement.text, "UPDATE");
    let set: Vec<String> =
        assigned_columns(&statement.text, StandardStrings::On).into_iter().map(|one| one.column).collect();
    let table = written_on_target(table).filter(|_| deletes || updates);
    let keys = table.into_iter().flat_map(|table| referring(only_on_target, table));
    keys.filter(move |key| deletes || key.parent_columns().iter().any(|column| set.contains(column)))
}

/// What a half does to a table it does to its partitions and child tables, too, which the scratch database lacks if no migration has
/// made them: each table with such ones in a sentence. The half is the last of these, which run one after the other.
pub fn unseen_children(halves: &[FileTrace], only_on_target: &Catalog) -> Vec<String> {
    let Some(half) = halves.last() else { return Vec::new() };
    let mut children: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (identity, table) in &only_on_target.objects {
        for whole in table.list("inherits") {
            children.entry(whole).or_default().push(&identity.name);
        }
    }
    let mut told = Vec::new();
    for statement in half.statements.iter().filter(|statement| goes_down(statement)) {
        for target in worked_on(half, statement).filter_map(|relation| relation.on_target.as_ref()) {
            let table = format!("{}.{}", quoted(&target.schema), quoted(&target.name));
            let Some((table, found)) = children.remove_entry(&table) else { continue };
            let (line, version) = (statement.location.line, &half.version);
            let first = found.first().copied().unwrap_or_default();
            let more = match found.len() {
                1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            told.push(format!(
                "line {line} of {version} works on {table} and what belongs to it: of {first}{more}, which no migration has made, it is \
                 not known how much work that is"
            ));
        }
    }
    told.extend(new_partitions(halves, only_on_target));
    told
}

/// What a statement works on with all that belongs to it: what it locks, or an earlier one of its transaction has. The rows of
/// partitions are counted with the whole.
fn worked_on<'a>(half: &'a FileTrace, statement: &'a StatementTrace) -> impl Iterator<Item = &'a Relation> {
    let text = &statement.text;
    let changes_rows = changes_rows(text);
    let own = statement.locks.iter().filter(move |lock| match changes_rows {
        true => lock.mode == LockMode::RowExclusive && lock.relation.kind == RelationKind::Table,
        false => lock.mode > LockMode::RowExclusive,
    });
    let before = half.statements.iter().take_while(|one| !std::ptr::eq(*one, statement));
    let of_transaction = before.filter(|one| one.transaction == statement.transaction);
    let earlier = of_transaction.flat_map(|one| &one.locks);
    let earlier = earlier.filter(move |lock| !changes_rows && lock.mode > LockMode::RowExclusive);
    let is_named = |relation: &Relation| {
        let before = Identity { kind: Kind::Table, of: None, name: written(relation) };
        let after = half.lineage.after(&before).map(|identity| bare(&identity.name));
        mentions(text, &relation.name) || after.is_some_and(|name| mentions(text, &name))
    };
    let earlier = earlier.filter(move |lock| is_named(&lock.relation));
    own.chain(earlier).map(|lock| &lock.relation)
}

fn changes_rows(text: &str) -> bool {
    ["UPDATE", "DELETE", "MERGE"].iter().any(|word| begins(text, word))
}

/// What making a partition does to those beside it.
fn new_partitions(halves: &[FileTrace], only_on_target: &Catalog) -> Vec<String> {
    let all: Vec<&FileTrace> = halves.iter().collect();
    let told = neighbours(&all, only_on_target).into_iter().filter_map(|one| {
        let (line, version) = (one.statement.location.line, &one.half.version);
        let (new, other) = (&one.partition.name, &one.by_hand.name);
        match one.bounds {
            Bounds::Default => Some(format!(
                "line {line} of {version} makes the partition {new}, and has every row read of {other}, the default partition, which no \
                 migration has made: how much work that is is not known"
            )),
            Bounds::Unknown => Some(format!(
                "whether {new}, which line {line} of {version} makes a partition, and {other}, a partition that no migration has made, \
                 have values in common by then is not known: if so, it fails"
            )),
            Bounds::Overlap | Bounds::Apart => None,
        }
    });
    told.collect()
}

/// Whether what a statement does to a table it does to its partitions and children.
fn goes_down(statement: &StatementTrace) -> bool {
    let text = &statement.text;
    let all =
        ["ALTER TABLE", "CREATE INDEX", "CREATE UNIQUE INDEX", "REINDEX", "TRUNCATE", "DO", "SELECT", "CALL"];
    let of_one = ["ONLY", "ATTACH", "DETACH", "RENAME"];
    (changes_rows(text) || all.iter().any(|words| begins(text, words)))
        && !of_one.iter().any(|word| mentions(text, word))
}
