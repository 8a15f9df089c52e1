//! Rules about building indexes.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Identity, Kind, Object};
use crate::impact::finding::{Finding, Recipe, apart, together};
use crate::impact::look::HalfView;
use crate::impact::names::{begins, beside, says};
use crate::impact::recipe::{concurrently, index_of_partitions};
use crate::impact::{Blocks, RowWork, StatementTrace};
use crate::migration::sql::{Cursor, StandardStrings};

pub(super) const INDEX_NOT_CONCURRENTLY: PlanRuleText = PlanRuleText {
    id: "index-not-concurrently",
    class: Class::Blocks,
    title: "an index that is built while nobody can write",
    text: "\
`CREATE INDEX` keeps all writes of the table waiting until it has read every row. `CREATE INDEX CONCURRENTLY` takes longer and \
lets them go on. It cannot run in a transaction, so it stands in a file of its own that is marked `transaction:false`.",
    given: "CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint);",
    breaks: "CREATE INDEX orders_customer ON orders (customer);",
    safe: "\
-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY orders_customer ON orders (customer);",
};

pub(super) const REINDEX_NOT_CONCURRENTLY: PlanRuleText = PlanRuleText {
    id: "reindex-not-concurrently",
    class: Class::Blocks,
    title: "an index that is built anew while nobody can write",
    text: "\
`REINDEX` keeps all writes of the table waiting, and all queries that would use the index. `REINDEX … CONCURRENTLY` builds the \
new index beside the old one.",
    given: "\
CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint);
CREATE INDEX orders_customer ON orders (customer);",
    breaks: "REINDEX INDEX orders_customer;",
    safe: "\
-- migrate:up transaction:false
REINDEX INDEX CONCURRENTLY orders_customer;",
};

pub(super) const INDEX_ON_PARTITIONED_TABLE: PlanRuleText = PlanRuleText {
    id: "index-on-partitioned-table",
    class: Class::Blocks,
    title: "an index on all partitions at once",
    text: "\
`CREATE INDEX` on a partitioned table builds an index on each partition, and no partition can be written to before the last is \
done. There is no CONCURRENTLY for a partitioned table. Its index can be made with `ON ONLY`, which builds nothing; then each \
partition gets its own CONCURRENTLY, and the attached ones make the whole valid.",
    given: "\
CREATE TABLE events (at date, kind int) PARTITION BY RANGE (at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
    breaks: "CREATE INDEX events_kind ON events (kind);",
    safe: "\
-- migrate:up
CREATE INDEX events_kind ON ONLY events (kind);
-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY events_2025_kind_idx ON events_2025 (kind);
CREATE INDEX CONCURRENTLY events_2026_kind_idx ON events_2026 (kind);
-- migrate:up
ALTER INDEX events_kind ATTACH PARTITION events_2025_kind_idx;
ALTER INDEX events_kind ATTACH PARTITION events_2026_kind_idx;",
};

pub(super) const DROP_INDEX_NOT_CONCURRENTLY: PlanRuleText = PlanRuleText {
    id: "drop-index-not-concurrently",
    class: Class::Careless,
    title: "an index that is dropped while nobody can use its table",
    text: "\
`DROP INDEX` waits for every query of the table, and all new ones wait for it. `DROP INDEX CONCURRENTLY` lets them go on. It cannot run \
in a transaction, takes one index at a time, and none of a partitioned table or of a constraint.",
    given: "\
CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint);
CREATE INDEX orders_customer ON orders (customer);",
    breaks: "DROP INDEX orders_customer;",
    safe: "\
-- migrate:up transaction:false
DROP INDEX CONCURRENTLY orders_customer;",
};

/// The index that a statement drops alone, as it writes it.
fn dropped(look: &HalfView<'_>, number: usize, statement: &StatementTrace) -> Option<Finding> {
    let mut cursor = Cursor::new(statement.text.as_bytes(), StandardStrings::On);
    if !cursor.eat("DROP INDEX") || cursor.eat("CONCURRENTLY") {
        return None;
    }
    let lock = look.locks().find(|lock| lock.from == number && lock.blocks == Blocks::ReadsAndWrites)?;
    if !look.matters(lock.relation) {
        return None;
    }
    let of = look.name(lock.relation);
    let what = format!("{of} waits for every query of it, and all new ones wait for that, to drop an index");
    let rest = cursor.rest().trim_end().trim_end_matches(';');
    let is_one = !rest.contains(',') && !says(rest, "CASCADE");
    let recipe = if look.is_partitioned(&of) || !is_one {
        Recipe::note(
            "CONCURRENTLY drops one index at a time, without CASCADE, and none of a partitioned table: run that by itself when \
             there are few queries, and let --lock-timeout give up on the ones that last.",
        )
    } else {
        Recipe::of([apart(format!("DROP INDEX CONCURRENTLY {rest};"))])
    };
    let object = look.dropped_index(&of).unwrap_or_else(|| of.clone());
    Some(look.finding(PlanRule::DropIndexNotConcurrently, Some(number), object, what).with_recipe(recipe))
}

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    look.work_under_lock()
        .filter_map(|(number, statement, work)| index(look, number, statement, work))
        .chain(look.statements().filter_map(|(number, statement)| dropped(look, number, statement)))
        .collect()
}

fn index(look: &HalfView<'_>, number: usize, statement: &StatementTrace, work: &RowWork) -> Option<Finding> {
    let RowWork::IndexBuild { index, table, concurrently: false } = work else { return None };
    let of = look.name(table);
    if begins(&statement.text, "REINDEX") {
        return reindex(look, number, statement, work);
    }
    let (identity, object) = look.added_index(number, &of, index)?;
    if object.get("constraint").is_some() {
        return None;
    }
    match object.get("parent") {
        Some(parent) => on_partition(look, number, work, &of, parent),
        None => {
            let doing = format!("while the index {} is built", identity.name);
            let finding = look.blocking_finding(
                PlanRule::IndexNotConcurrently,
                number,
                work,
                beside(&of, &identity.name),
                &doing,
            )?;
            Some(finding.with_recipe(Recipe::of([apart(concurrently(object)?)])))
        }
    }
}

fn reindex(
    look: &HalfView<'_>,
    number: usize,
    statement: &StatementTrace,
    work: &RowWork,
) -> Option<Finding> {
    let doing = "while its indexes are built anew";
    let of = look.name(work.relation());
    let finding = look.blocking_finding(PlanRule::ReindexNotConcurrently, number, work, of, doing)?;
    let words = ["INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM"];
    let upper = statement.text.to_ascii_uppercase();
    let place =
        words.iter().filter_map(|word| Some(upper.find(&format!(" {word} "))? + word.len() + 1)).min();
    let recipe = place.and_then(|at| statement.text.split_at_checked(at)).map(|(before, after)| {
        Recipe::of([apart(format!("{before} CONCURRENTLY{};", after.trim_end_matches(';')))])
    });
    Some(finding.with_recipe(recipe))
}

fn on_partition(
    look: &HalfView<'_>,
    number: usize,
    work: &RowWork,
    partition: &str,
    parent: &str,
) -> Option<Finding> {
    let (root, object) = root(look, partition, parent)?;
    if object.get("constraint").is_some() {
        return None;
    }
    let of = root.of.as_deref()?;
    let doing = format!("while the index {} is built on all partitions", root.name);
    let finding = look.blocking_finding(
        PlanRule::IndexOnPartitionedTable,
        number,
        work,
        beside(of, &root.name),
        &doing,
    )?;
    if look.before(root).is_some() {
        return Some(finding.with_recipe(before_the_statement(look, number, work)));
    }
    Some(finding.with_recipe(index_of_partitions(look, root, object).map(Recipe::of)))
}

/// The partitioned table has the index already: what becomes a partition can have its own before.
fn before_the_statement(look: &HalfView<'_>, number: usize, work: &RowWork) -> Option<Recipe> {
    let RowWork::IndexBuild { index, table, .. } = work else { return None };
    let (_, index) = look.added_index(number, &look.name(table), index)?;
    let text = &look.case.trace.statements.get(number)?.text;
    Some(Recipe::of([apart(concurrently(index)?), together(text.as_str())]))
}

/// The index of the partitioned table at the top.
pub(super) fn root<'a>(
    look: &HalfView<'a>,
    partition: &str,
    parent: &str,
) -> Option<(&'a Identity, &'a Object)> {
    let whole = look.parent(partition)?;
    let identity = Identity { kind: Kind::Index, of: Some(whole.clone()), name: parent.to_owned() };
    let (identity, object) = look.case.after.objects.get_key_value(&identity)?;
    match object.get("parent") {
        Some(above) => root(look, &whole, above),
        None => Some((identity, object)),
    }
}
