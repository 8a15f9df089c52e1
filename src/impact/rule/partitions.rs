//! Rules about attaching and detaching partitions.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Change, Identity, Item, Kind, Object};
use crate::impact::bounds::Bounds;
use crate::impact::finding::{Finding, Recipe, apart, together};
use crate::impact::look::HalfView;
use crate::impact::names::{bare, begins, made_of, mentions, says};
use crate::impact::partition_bound;
use crate::impact::partitions_by_hand::{PartitionPair, neighbours};
use crate::impact::{Blocks, FileTrace, RowWork, StatementTrace};

pub(super) const ATTACH_SCANS: PlanRuleText = PlanRuleText {
    id: "attach-scans",
    class: Class::Blocks,
    title: "a partition whose rows are checked under a lock as it is attached",
    text: "\
`ATTACH PARTITION` reads every row of the table that becomes a partition, unless a check constraint that was validated before \
proves that all belong there. A default partition is read as well, by ATTACH and by `CREATE TABLE … PARTITION OF`, unless a check \
constraint of it proves that it has no such row. Nobody can read or write what is being checked.",
    given: "\
CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_2026 (at date NOT NULL);",
    breaks: "ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
    safe: "\
-- migrate:up
ALTER TABLE events_2026 ADD CONSTRAINT fits CHECK (at >= '2026-01-01' AND at < '2027-01-01') NOT VALID;
-- migrate:up
ALTER TABLE events_2026 VALIDATE CONSTRAINT fits;
-- migrate:up
ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events_2026 DROP CONSTRAINT fits;",
};

pub(super) const DETACH_NOT_CONCURRENTLY: PlanRuleText = PlanRuleText {
    id: "detach-not-concurrently",
    class: Class::Careless,
    title: "a partition that is detached while nobody can use the others",
    text: "\
`DETACH PARTITION` waits for every query of the partitioned table, of whatever partition, and all new ones wait for it. \
`DETACH PARTITION … CONCURRENTLY` lets them go on. It cannot run in a transaction, nor where there is a default partition, and it leaves a check constraint behind that \
says what the bound said.",
    given: "\
CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');",
    breaks: "ALTER TABLE events DETACH PARTITION events_2025;",
    safe: "\
-- migrate:up transaction:false
ALTER TABLE events DETACH PARTITION events_2025 CONCURRENTLY;",
};

pub(super) const DETACHED_PARTITION: PlanRuleText = PlanRuleText {
    id: "detached-partition",
    class: Class::Breaks,
    title: "a partition that is detached with its rows",
    text: "\
From then on, what reads the partitioned table misses the rows of the partition, and no error says so. New rows for its bound go into \
the default partition, or fail where there is none. First release code that needs neither. A partition without rows is no finding.",
    given: "\
CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO events VALUES ('2025-05-01');",
    breaks: "ALTER TABLE events DETACH PARTITION events_2025;",
    safe: "",
};

pub(super) const OVERLAPPING_PARTITION: PlanRuleText = PlanRuleText {
    id: "overlapping-partition",
    class: Class::Fails,
    title: "a partition beside one that was made by hand and has the same values",
    text: "\
The target has a partition that no migration has made, and its bound has values of that of the new one, or both are the default \
partition: the server refuses it. Bounds are compared where they are lists of values, numbers or points in time; where they cannot \
be compared, or code may take the other partition away before, a note says so. Rows of a default partition that was made by hand are asked for (`misplaced-rows`).",
    given: "\
CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at);
-- by hand: CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
    breaks: "CREATE TABLE events_may PARTITION OF events FOR VALUES FROM ('2026-05-01') TO ('2026-06-01');",
    safe: "",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let mut findings = overlapping(look);
    for (number, statement, work) in look.work_under_lock() {
        let RowWork::Scan(table) = work else { continue };
        if !says(&statement.text, "ATTACH PARTITION") && !says(&statement.text, "PARTITION OF") {
            continue;
        }
        let of = look.name(table);
        let doing = format!("while every row of {of} is checked for where it belongs");
        let finding = look.blocking_finding(PlanRule::AttachScans, number, work, &of, &doing);
        findings.extend(finding.map(|finding| finding.with_recipe(attach(look, statement))));
    }
    findings.extend(look.items(Kind::Table).filter_map(|item| detached(look, item)));
    let tables = look.case.before.objects.iter().filter(|(identity, _)| identity.kind == Kind::Table);
    findings.extend(tables.filter_map(|(partition, before)| without_rows(look, partition, before)));
    findings
}

fn overlapping(look: &HalfView<'_>) -> Vec<Finding> {
    let halves: Vec<&FileTrace> =
        look.earlier().iter().map(|case| case.trace).chain([look.case.trace]).collect();
    let neighbours = neighbours(&halves, look.case.only_on_target);
    let overlap = neighbours.into_iter().filter(|one| one.bounds == Bounds::Overlap);
    let findings = overlap.map(|PartitionPair { number, statement, partition, by_hand, .. }| {
        let (new, other, line) = (&partition.name, &by_hand.name, statement.location.line);
        let what = format!(
            "{new} has values that {other} has already, a partition which no migration has made: this file will fail at line {line}"
        );
        let note = format!("Give {new} another bound, or detach {other} before, and move its rows.");
        look.finding(PlanRule::OverlappingPartition, Some(number), new, what).with_recipe(Recipe::note(note))
    });
    findings.collect()
}

/// What the partitioned table lacks afterwards. A partition that is dropped is told as such.
fn without_rows(look: &HalfView<'_>, partition: &Identity, before: &Object) -> Option<Finding> {
    before.get("partition bound")?;
    let lineage = &look.case.trace.lineage;
    let after = look.after(lineage.after(partition)?)?;
    let whole = before.list("inherits").into_iter().next()?;
    let stays = lineage.after(&table(&whole)).is_some();
    let is_part_today = look.today(partition).is_some_and(|today| today.get("partition bound").is_some());
    if after.get("partition bound").is_some() || !stays || !is_part_today {
        return None;
    }
    let name = &partition.name;
    let rows = look.relation(name).and_then(|relation| look.stats_of(relation)).and_then(|stats| stats.rows);
    if rows == Some(0) {
        return None;
    }
    let rows = rows.map_or_else(|| "the rows".to_owned(), |rows| format!("the {rows} rows"));
    let statement = look.statement_naming(&["DETACH", name]).or_else(|| look.statement_naming(&[name]));
    let writes = match has_default(look, &whole) {
        true => "goes into its default partition",
        false => "fails",
    };
    let what = format!(
        "{whole} has {rows} of {name} no more: what runs today reads it without them, and what it writes for that bound {writes}"
    );
    let note = format!("First release code that does without these rows, or reads {name} for them.");
    let finding = look.finding(PlanRule::DetachedPartition, statement, name, what);
    Some(finding.with_recipe(Recipe::note(note)))
}

/// A proof for each table that the statement reads.
fn attach(look: &HalfView<'_>, statement: &StatementTrace) -> Recipe {
    let tables: Vec<String> = statement
        .work
        .iter()
        .filter_map(|work| match work {
            RowWork::Scan(table) if look.matters(table) => Some(look.name(table)),
            _ => None,
        })
        .collect();
    let text = statement.text.trim_end().trim_end_matches(';');
    let (mut adds, mut validates, mut drops) = (Vec::new(), Vec::new(), Vec::new());
    for of in &tables {
        let Some(condition) = condition(look, of, text) else {
            return Recipe::note(format!(
                "Before, prove by a check constraint of {of} that all its rows belong there, or none: ADD CONSTRAINT … NOT \
                 VALID, then VALIDATE CONSTRAINT in a migration of its own."
            ));
        };
        let name = made_of(&[of, "fits"]);
        adds.push(format!("ALTER TABLE {of} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID;"));
        validates.push(format!("ALTER TABLE {of} VALIDATE CONSTRAINT {name};"));
        drops.push(format!("\nALTER TABLE {of} DROP CONSTRAINT {name};"));
    }
    Recipe::of([
        together(adds.join("\n")),
        together(validates.join("\n")),
        together(format!("{text};{}", drops.concat())),
    ])
}

/// What its bound says of its rows, for one column: `at >= '2026-01-01' AND at < '2027-01-01'`. Of the default partition, the
/// contrary of the new one's.
fn condition(look: &HalfView<'_>, of: &str, text: &str) -> Option<String> {
    let partition = look.after(&table(of))?;
    let bound = partition.get("partition bound")?;
    if bound == "DEFAULT" {
        let mut others = look.case.after.objects.iter().filter(|(identity, other)| {
            identity.kind == Kind::Table
                && look.before(identity).is_none_or(|before| before.get("partition bound").is_none())
                && other.get("partition bound").is_some()
                && mentions(text, &bare(&identity.name))
        });
        let (_, new) = others.next_back()?;
        let condition = partition_bound::condition(&key(look, of)?, new.get("partition bound")?)?;
        return Some(format!("NOT ({condition})"));
    }
    partition_bound::condition(&key(look, of)?, bound)
}

/// The only column by which the table above is cut into partitions.
fn key(look: &HalfView<'_>, partition: &str) -> Option<String> {
    partition_bound::key(look.case.after, partition)
}

fn table(name: &str) -> Identity {
    Identity { kind: Kind::Table, of: None, name: name.to_owned() }
}

fn detached(look: &HalfView<'_>, item: &Item) -> Option<Finding> {
    let Change::Changed { attributes } = &item.change else { return None };
    let change = attributes.iter().find(|change| change.attribute == "inherits")?;
    let parents: Vec<String> = serde_json::from_str(change.before.as_deref()?).ok()?;
    if change.after.is_some() {
        return None;
    }
    let partition = &item.identity.name;
    let parent = parents.first()?;
    let (number, statement) = look.statements().find(|(_, one)| {
        says(&one.text, "DETACH PARTITION")
            && mentions(&one.text, partition)
            && begins(&one.text, "ALTER TABLE")
    })?;
    let lock = look.locks().find(|lock| {
        lock.from == number && lock.blocks == Blocks::ReadsAndWrites && bare(parent) == lock.relation.name
    })?;
    if says(&statement.text, "CONCURRENTLY") || !look.matters(lock.relation) {
        return None;
    }
    let what = format!(
        "{} waits for every query of it, and all new ones wait for that, to detach {partition}",
        look.name(lock.relation)
    );
    let finding = look.finding(PlanRule::DetachNotConcurrently, Some(number), partition, what);
    if has_default(look, parent) {
        return Some(finding.with_recipe(Recipe::note(format!(
            "CONCURRENTLY cannot be used beside the default partition of {parent}. Run it by itself, when there are few queries, \
             and let --lock-timeout give up on the ones that last."
        ))));
    }
    let sql = format!("{} CONCURRENTLY;", statement.text.trim_end().trim_end_matches(';'));
    let mut files = vec![apart(sql)];
    files.extend(left_behind(look, parent, partition).map(together));
    Some(finding.with_recipe(Recipe::of(files)))
}

fn has_default(look: &HalfView<'_>, whole: &str) -> bool {
    look.children(whole).iter().any(|child| {
        look.after(&table(child)).is_some_and(|child| child.get("partition bound") == Some("DEFAULT"))
    })
}

/// CONCURRENTLY leaves a check constraint behind that says what the bound said, unless there is such a one.
fn left_behind(look: &HalfView<'_>, parent: &str, partition: &str) -> Option<String> {
    let name = made_of(&[partition, &partition_bound::key_of(look.case.after, parent)?, "check"]);
    let identity = Identity { kind: Kind::Constraint, of: Some(partition.to_owned()), name: name.clone() };
    let is_free = look.before(&identity).is_none();
    is_free.then(|| format!("ALTER TABLE {partition} DROP CONSTRAINT IF EXISTS {name};"))
}
