//! A half, seen beside the target: what the rules ask of it.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::by_hand::Preceding;
use super::families::Families;
use super::finding::{Blocked, Finding, Recipe};
use super::rule::PlanRule;
use super::{
    Blocking, Blocks, ChangedRows, Dependent, FileTrace, MissingRight, Options, Relation, RelationKind,
    RelationStats, RowAnswer, RowWork, StatementTrace, TargetStats, cost, names,
};
use crate::catalog::{Catalog, Change, Identity, Item, Kind, Object};

/// From how many reads and writes a second on a small table is in use so much that even a short wait is felt.
const HOT_PER_SECOND: f64 = 100.0;

/// From how many rows on a change of rows is better done a few at a time.
const MANY_ROWS: u64 = 10_000;

/// A pending half, and all that is known of it.
#[derive(Debug)]
pub struct Case<'a> {
    /// What it did on the scratch database.
    pub trace: &'a FileTrace,
    /// The schema before it.
    pub before: &'a Catalog,
    /// The schema after it.
    pub after: &'a Catalog,
    /// What the target has and no migration has made.
    pub only_on_target: &'a Catalog,
    /// All that the target has now; nothing where that is not known.
    pub target_now: &'a Catalog,
    /// What the target answered.
    pub answers: &'a [RowAnswer],
    /// How many rows each statement changes, by its number from 0, where that was asked.
    pub changed_rows: &'a [(usize, ChangedRows)],
    /// How many rows each statement reads, likewise.
    pub read_rows: &'a [(usize, u64)],
    /// What on the target needs what the half takes away, and is not known to any migration.
    pub dependents: &'a [Dependent],
    /// What the half needs and the role of the target's session may not do.
    pub missing_rights: &'a [MissingRight],
}

/// One half, seen beside the target.
pub(super) struct HalfView<'a> {
    pub case: &'a Case<'a>,
    /// The halves that run before it.
    earlier: &'a [Case<'a>],
    /// Those that run after it.
    later: &'a [Case<'a>],
    /// The schema that the target has now.
    pub target: &'a Catalog,
    pub stats: Option<&'a TargetStats>,
    pub options: &'a Options,
    blocking: Vec<Blocking<'a>>,
    /// The places of the locks on each relation in `blocking`.
    locks_on: HashMap<&'a Relation, Vec<usize>>,
    /// What each table has after the half.
    parts: HashMap<&'a str, Vec<(&'a Identity, &'a Object)>>,
    pub families: Families,
    /// What was found of work: a statement may work on thousands of partitions for one and the same end.
    found: RefCell<HashSet<(PlanRule, usize, String)>>,
}

impl<'a> HalfView<'a> {
    pub fn new(
        case: &'a Case<'a>,
        (earlier, later): (&'a [Case<'a>], &'a [Case<'a>]),
        target: &'a Catalog,
        stats: Option<&'a TargetStats>,
        options: &'a Options,
    ) -> HalfView<'a> {
        let blocking = case.trace.blocking();
        let mut locks_on: HashMap<&Relation, Vec<usize>> = HashMap::new();
        for (place, one) in blocking.iter().enumerate() {
            locks_on.entry(one.relation).or_default().push(place);
        }
        let mut parts: HashMap<&str, Vec<(&Identity, &Object)>> = HashMap::new();
        for (identity, object) in &case.after.objects {
            let of = identity.of.as_deref().unwrap_or_default();
            parts.entry(of).or_default().push((identity.as_ref(), object.as_ref()));
        }
        let families = Families::of(case.before, case.after);
        let found = RefCell::default();
        HalfView { case, earlier, later, target, stats, options, blocking, locks_on, parts, families, found }
    }

    pub fn statements(&self) -> impl Iterator<Item = (usize, &'a StatementTrace)> {
        self.case.trace.statements.iter().enumerate()
    }

    /// Each piece of work under a lock that makes others wait for the table that is worked on.
    pub fn work_under_lock(&self) -> impl Iterator<Item = (usize, &'a StatementTrace, &'a RowWork)> {
        self.statements()
            .flat_map(|(number, statement)| statement.work.iter().map(move |work| (number, statement, work)))
            .filter(|(number, _, work)| self.lock_over(*number, work.relation()).is_some())
            .filter(|(_, _, work)| self.matters(work.relation()))
    }

    /// The strongest lock on a table while a statement runs that makes readers or writers wait.
    pub fn lock_over(&self, statement: usize, relation: &Relation) -> Option<&Blocking<'a>> {
        let places = self.locks_on.get(relation).map(Vec::as_slice).unwrap_or_default();
        let locks = places.iter().filter_map(|place| self.blocking.get(*place));
        locks
            .filter(|one| makes_wait(one) && (one.from..=one.to).contains(&statement))
            .max_by_key(|one| one.blocks)
    }

    /// All locks that make readers or writers wait.
    pub fn locks(&self) -> impl Iterator<Item = &Blocking<'a>> {
        self.blocking.iter().filter(|one| makes_wait(one))
    }

    /// The relation of this name that a statement has locked.
    pub fn relation(&self, name: &str) -> Option<&'a Relation> {
        let mut locks = self.case.trace.statements.iter().flat_map(|statement| &statement.locks);
        locks.find(|lock| self.name(&lock.relation) == name).map(|lock| &lock.relation)
    }

    pub fn stats_of(&self, relation: &Relation) -> Option<&'a RelationStats> {
        self.stats?.of(relation)
    }

    /// Whether waiting for this table is felt: it is large, in heavy use, or a long transaction would make a queue.
    pub fn matters(&self, relation: &Relation) -> bool {
        if relation.on_target.is_none() {
            return false;
        }
        let Some(stats) = self.stats_of(relation) else { return true };
        let per_second =
            stats.reads_per_second.unwrap_or_default() + stats.writes_per_second.unwrap_or_default();
        self.is_large(relation)
            || per_second >= HOT_PER_SECOND
            || self.strongest(relation).is_some_and(|blocks| self.waits_for(relation, blocks).is_some())
    }

    /// What the strongest lock of the half on it keeps waiting.
    fn strongest(&self, relation: &Relation) -> Option<Blocks> {
        let places = self.locks_on.get(relation)?;
        places.iter().filter_map(|place| self.blocking.get(*place)).map(|one| one.blocks).max()
    }

    /// The longest of the open transactions for which a lock on it waits: one that keeps readers out for each that uses it, another
    /// one for those that write.
    pub fn waits_for(&self, relation: &Relation, blocks: Blocks) -> Option<&'a super::OpenTransaction> {
        let name = relation.on_target.as_ref()?;
        let holds = |open: &&super::OpenTransaction| {
            let used = if blocks == Blocks::ReadsAndWrites { &open.relations } else { &open.written };
            used.iter().any(|(schema, table)| *schema == name.schema && *table == name.name)
        };
        self.stats?.open_transactions.iter().filter(holds).max_by_key(|open| open.age)
    }

    /// The schema when a statement runs that changes none.
    pub fn schema_at(&self, number: usize) -> &'a Catalog {
        const OF_ROWS: [&str; 8] = ["INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "COPY", "SELECT", "SET"];
        let changes_none = |number: usize| {
            let statement = self.case.trace.statements.get(number);
            statement.is_some_and(|one| OF_ROWS.iter().any(|word| names::begins(&one.text, word)))
        };
        match self.case.trace.stages.iter().find(|stage| stage.statements.contains(&number)) {
            // A stage begins with what changes the schema, except the first one.
            Some(stage) if (stage.statements.start..=number).all(changes_none) => &stage.before,
            Some(stage) => &stage.after,
            None => self.case.before,
        }
    }

    /// The halves that run before it.
    pub fn earlier(&self) -> &'a [Case<'a>] {
        self.earlier
    }

    /// What runs before a statement.
    pub fn preceding(&self, number: usize) -> Preceding<'a> {
        let earlier = self.earlier.iter().map(|case| case.trace);
        Preceding::new(earlier, (self.case.trace, number), self.case.only_on_target)
    }

    /// What becomes of something that is there after the half, once all others have run.
    pub fn in_the_end(&self, identity: &'a Identity) -> Option<&'a Object> {
        let end = self.later.last().map_or(self.case.after, |case| case.after);
        let last = self.later.iter().try_fold(identity, |name, case| case.trace.lineage.after(name))?;
        end.objects.get(last).map(AsRef::as_ref)
    }

    /// The major version of the target.
    pub fn major(&self) -> Option<u32> {
        let version = &self.stats?.server_version;
        version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }

    /// What the half changes in the schema, of this kind.
    pub fn items(&self, kind: Kind) -> impl Iterator<Item = &'a Item> {
        self.case.trace.difference.items.iter().filter(move |item| item.identity.kind == kind)
    }

    /// An index of this table that a statement adds; that of a partition comes with the index of the whole.
    pub fn added_index(&self, number: usize, table: &str, index: &str) -> Option<(&'a Identity, &'a Object)> {
        [names::quoted(index), names::in_quotes(index)].into_iter().find_map(|name| {
            let identity = Identity { kind: Kind::Index, of: Some(table.to_owned()), name };
            let (identity, object) = self.case.after.objects.get_key_value(&identity)?;
            self.may_add(number, identity).then_some((identity.as_ref(), object.as_ref()))
        })
    }

    /// Whether a statement may be the one that adds this: what was there before may have been dropped, and comes back. With another
    /// type, the server itself makes indexes and constraints anew.
    fn may_add(&self, number: usize, identity: &Identity) -> bool {
        let comes_back = || {
            let statement = self.case.trace.statements.get(number);
            let adds = |one: &StatementTrace| {
                !names::begins(&one.text, "REINDEX") && !names::says(&one.text, "TYPE")
            };
            self.case.trace.lineage.made.contains(identity) && statement.is_some_and(adds)
        };
        self.before(identity).is_none() || comes_back()
    }

    /// What this table has after the half, of this kind.
    pub fn parts_of<'s>(
        &'s self,
        table: &'s str,
        kind: Kind,
    ) -> impl Iterator<Item = (&'a Identity, &'a Object)> + use<'s, 'a> {
        let parts = self.parts.get(table).map(Vec::as_slice).unwrap_or_default();
        parts.iter().copied().filter(move |(identity, _)| identity.kind == kind)
    }

    /// What a statement may add to this table, of this kind: also what it has from the table that it is a part of.
    pub fn new_of<'s>(
        &'s self,
        number: usize,
        table: &'s str,
        kind: Kind,
    ) -> impl Iterator<Item = (&'a Identity, &'a Object)> + use<'s, 'a> {
        self.parts_of(table, kind).filter(move |(identity, _)| self.may_add(number, identity))
    }

    /// What the half adds to this table, of this kind.
    pub fn added_to<'s>(
        &'s self,
        table: &'s str,
        kind: Kind,
    ) -> impl Iterator<Item = (&'a Identity, &'a Object)> + use<'s, 'a> {
        self.items(kind)
            .filter(move |item| item.identity.of.as_deref() == Some(table))
            .filter(|item| matches!(item.change, Change::Added { .. }))
            .filter_map(|item| Some((&item.identity, self.after(&item.identity)?)))
    }

    pub fn before(&self, identity: &Identity) -> Option<&'a Object> {
        self.case.before.objects.get(identity).map(AsRef::as_ref)
    }

    pub fn after(&self, identity: &Identity) -> Option<&'a Object> {
        self.case.after.objects.get(identity).map(AsRef::as_ref)
    }

    /// A relation as the catalog writes it.
    pub fn name(&self, relation: &Relation) -> String {
        let written = |schema: &str, name: &str| format!("{schema}.{name}");
        let (schema, name) = (names::quoted(&relation.schema), names::quoted(&relation.name));
        let forced = [names::in_quotes(&relation.schema), names::in_quotes(&relation.name)];
        let candidates = [
            written(&schema, &name),
            written(&schema, &forced[1]),
            written(&forced[0], &name),
            written(&forced[0], &forced[1]),
        ];
        let is_there = |name: &&String| {
            [Kind::Table, Kind::MaterializedView].into_iter().any(|kind| {
                let identity = Identity { kind, of: None, name: (*name).clone() };
                self.before(&identity).or(self.after(&identity)).is_some()
            })
        };
        candidates.iter().find(is_there).unwrap_or(&candidates[0]).clone()
    }

    /// An index of this table that the half drops.
    pub fn dropped_index(&self, table: &str) -> Option<String> {
        let mut items = self.items(Kind::Index).filter(|item| item.identity.of.as_deref() == Some(table));
        let dropped = items.find(|item| matches!(item.change, Change::Removed { .. }))?;
        Some(names::beside(table, &dropped.identity.name))
    }

    /// A column as the catalog writes it; lists have names without quotes.
    pub fn column(&self, table: &str, column: &str) -> String {
        let is_there = |name: &String| {
            let identity = Identity { kind: Kind::Column, of: Some(table.to_owned()), name: name.clone() };
            self.before(&identity).or(self.after(&identity)).is_some()
        };
        let quoted = names::quoted(column);
        if is_there(&quoted) {
            quoted
        } else {
            Some(names::in_quotes(column)).filter(is_there).unwrap_or(quoted)
        }
    }

    /// How many rows a statement changes or reads, where the target's planner has said it.
    pub fn planned_rows(&self, statement: usize) -> Option<u64> {
        let changed = self.case.changed_rows.iter().find(|(number, _)| *number == statement);
        let changed = changed.and_then(|(_, rows)| rows.rows());
        let read = self.case.read_rows.iter().find(|(number, _)| *number == statement).map(|(_, rows)| *rows);
        changed.max(read)
    }

    /// Whether work takes long on the target. Of a query that depends on what it reads, not on the table that it fills.
    pub fn is_long(&self, statement: usize, work: &RowWork) -> bool {
        let relation = work.relation();
        match work {
            RowWork::ChangedRows(_) | RowWork::Query(_) => match self.planned_rows(statement) {
                Some(rows) => rows >= self.options.small_rows || rows >= MANY_ROWS && self.matters(relation),
                None => self.matters(relation),
            },
            _ => self.matters(relation),
        }
    }

    /// How long work takes, where the size is known. A query takes its share of the table.
    pub fn time(&self, statement: usize, work: &RowWork) -> Option<Duration> {
        let stats = self.stats_of(work.relation())?;
        let time = cost::time(work, stats, self.options);
        let planned = match work {
            RowWork::ChangedRows(_) | RowWork::Query(_) => self.planned_rows(statement),
            _ => None,
        };
        let rows = stats.rows.filter(|rows| *rows > 0);
        Some(match planned.zip(rows) {
            Some((planned, rows)) if planned < rows => time.mul_f64(planned as f64 / rows as f64),
            _ => time,
        })
    }

    /// Whether this many rows are too many for one transaction.
    pub fn are_many(&self, rows: u64) -> bool {
        rows >= self.options.small_rows.min(MANY_ROWS)
    }

    /// Whether the table is larger than what counts as small, or of unknown size.
    pub fn is_large(&self, relation: &Relation) -> bool {
        self.stats_of(relation).is_none_or(|stats| {
            stats.total_bytes() >= self.options.small_bytes
                || stats.rows.unwrap_or_default() >= self.options.small_rows
        })
    }

    /// The statement that a change of the schema comes from: the last that names all of these, or, where a block of code does
    /// it, the only one that can have.
    pub fn statement_naming(&self, names: &[&str]) -> Option<usize> {
        let named =
            self.statements().filter(|(_, one)| names.iter().all(|name| names::mentions(&one.text, name)));
        named.map(|(number, _)| number).last()
    }

    pub fn finding(
        &self,
        rule: PlanRule,
        statement: Option<usize>,
        object: impl Into<String>,
        what: impl Into<String>,
    ) -> Finding {
        let trace = self.case.trace;
        let location = statement.and_then(|number| Some(trace.statements.get(number)?.location));
        Finding {
            rule,
            class: rule.about().class,
            version: trace.version.clone(),
            path: trace.path.clone(),
            direction: trace.direction,
            statement,
            location,
            object: object.into(),
            what: what.into(),
            blocked: None,
            recipe: None,
        }
    }

    /// A finding about work under a lock: `doing` follows "while": `the index i is built`. `None` where the rule has found the same
    /// already, of another partition.
    pub fn blocking_finding(
        &self,
        rule: PlanRule,
        statement: usize,
        work: &RowWork,
        object: impl Into<String>,
        doing: &str,
    ) -> Option<Finding> {
        let lock = self.lock_over(statement, work.relation())?;
        let object = object.into();
        if !self.found.borrow_mut().insert((rule, statement, object.clone())) {
            return None;
        }
        Some(self.finding_under(lock, rule, statement, work, object, doing))
    }

    pub fn finding_under(
        &self,
        lock: &Blocking<'_>,
        rule: PlanRule,
        statement: usize,
        work: &RowWork,
        object: impl Into<String>,
        doing: &str,
    ) -> Finding {
        let blocked = self.blocked(lock, statement, work);
        let what = format!("{}, {doing}{}", waiting(&blocked), size(blocked.as_ref()));
        let finding = self.finding(rule, Some(statement), object, what);
        Finding { blocked, ..finding }
    }

    /// A finding about a statement that takes long whatever rows there are.
    pub fn finding_during(
        &self,
        lock: &Blocking<'_>,
        rule: PlanRule,
        statement: usize,
        doing: &str,
        time: Duration,
    ) -> Finding {
        let blocked = self.span(lock, time);
        let what = format!("{}, {doing} ({} without any rows)", waiting(&blocked), cost::magnitude(time));
        let finding = self.finding(rule, Some(statement), self.name(lock.relation), what);
        Finding { blocked, ..finding }
    }

    fn span(&self, lock: &Blocking<'_>, time: Duration) -> Option<Blocked> {
        let statements = &self.case.trace.statements;
        Some(Blocked {
            table: self.name(lock.relation),
            blocks: lock.blocks,
            from: statements.get(lock.from)?.location,
            to: statements.get(lock.to)?.location,
            bytes: None,
            rows: None,
            time: Some(time),
        })
    }

    fn blocked(&self, lock: &Blocking<'_>, statement: usize, work: &RowWork) -> Option<Blocked> {
        let statements = &self.case.trace.statements;
        let stats = self.stats_of(work.relation());
        Some(Blocked {
            table: self.name(lock.relation),
            blocks: lock.blocks,
            from: statements.get(lock.from)?.location,
            to: statements.get(lock.to)?.location,
            bytes: stats.map(RelationStats::total_bytes),
            rows: stats.and_then(|stats| stats.rows),
            time: self.time(statement, work),
        })
    }
}

/// Whether readers or writers wait for it. Nobody writes to a materialized view.
fn makes_wait(one: &Blocking<'_>) -> bool {
    match one.relation.kind {
        RelationKind::MaterializedView => one.blocks == Blocks::ReadsAndWrites,
        _ => one.blocks > Blocks::Definitions,
    }
}

impl Finding {
    pub(super) fn with_recipe(self, recipe: impl Into<Option<Recipe>>) -> Finding {
        Finding { recipe: recipe.into(), ..self }
    }
}

/// Who waits: `reads and writes of public.users wait from line 3 to line 7`.
fn waiting(blocked: &Option<Blocked>) -> String {
    let Some(blocked) = blocked else { return String::new() };
    let who = match blocked.blocks {
        Blocks::ReadsAndWrites => "reads and writes",
        Blocks::Writes => "writes",
        Blocks::Definitions => "other changes of the definition",
    };
    let (from, to) = (blocked.from.line, blocked.to.line);
    let lines = if from == to { format!("in line {from}") } else { format!("from line {from} to line {to}") };
    format!("{who} of {} wait {lines}", blocked.table)
}

/// On how much, and for how long: ` (40 GB, 300000000 rows: tens of minutes)`.
fn size(blocked: Option<&Blocked>) -> String {
    let Some((bytes, time)) = blocked.and_then(|blocked| Some((blocked.bytes?, blocked.time?))) else {
        return String::new();
    };
    let rows =
        blocked.and_then(|blocked| blocked.rows).map(|rows| format!(", {rows} rows")).unwrap_or_default();
    format!(" ({}{rows}: {})", cost::bytes(bytes), cost::magnitude(time))
}
