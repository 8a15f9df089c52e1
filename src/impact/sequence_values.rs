//! Sequences that give values again which rows have, and those that have come past where a file lets them end.

use std::collections::BTreeSet;

use super::names::{bare, begins, mentions, parts};
use super::question::last_part;
use super::sequence_settings::{SequenceNamed, SequenceSetting, SetTo, settings};
use super::stand_ins::StandIn;
use super::{About, Consequence, FileTrace, Question, Relation, RowWork, StatementTrace};
use crate::catalog::{Catalog, Identity, Kind, Object};
use crate::migration::sql::{Name, StandardStrings, assigned_columns};

/// A key whose next values come from a sequence that begins anew, or turns round.
#[derive(Debug, Clone, Copy)]
pub(super) struct StartsAnew<'a> {
    /// The sequence, by its name after the half.
    pub sequence: &'a Identity,
    /// Whether the half makes it.
    pub is_new: bool,
    /// The column, likewise.
    pub column: &'a Identity,
    /// The column whose rows have the values, as the target calls it: where another table takes its table's place, the one of before.
    pub known: &'a Identity,
    /// What it gives next; `None` for what comes after the last one, in the other direction.
    pub next: Option<i64>,
    /// The statement that sets it, where one does.
    pub statement: Option<usize>,
    /// How far it is from one value to the next.
    pub increment: i64,
}

/// Where a sequence is at the end of a half.
enum ValueThen {
    /// Where it was, or further.
    GoesOn,
    Set {
        next: i64,
        statement: usize,
    },
    /// A statement computes it, or may.
    Unknown,
}

/// A half, and the halves before it.
#[derive(Clone, Copy)]
struct HalvesSoFar<'h, 'a> {
    all: &'h [&'a FileTrace],
    half: &'a FileTrace,
    before: &'a Catalog,
    after: &'a Catalog,
}

/// The keys of the target whose values the last of these halves makes come again.
pub(super) fn begun_anew<'a>(halves: &[&'a FileTrace]) -> Vec<StartsAnew<'a>> {
    let Some(halves) = HalvesSoFar::of(halves) else { return Vec::new() };
    let mut found = halves.begun_anew_in_stand_ins();
    let begun: Vec<_> = halves.sequences_begun_anew();
    if begun.is_empty() {
        return found;
    }
    let keys = halves.keys_with_own_values();
    for (object, start) in begun {
        let fed = keys.iter().filter(|(column, of, _)| is_fed(column, of, start.sequence, object));
        found.extend(fed.map(|(column, _, known)| StartsAnew { column, known, ..start }));
    }
    found
}

/// What to ask of the target about the sequences of the last of these halves.
pub fn questions_of_sequences(halves: &[FileTrace]) -> Vec<Question> {
    let halves: Vec<&FileTrace> = halves.iter().collect();
    let used = begun_anew(&halves);
    let used = used.iter().filter_map(|one| HalvesSoFar::of(&halves)?.used(one));
    let out_of_range = HalvesSoFar::of(&halves).into_iter().flat_map(|halves| halves.out_of_range());
    used.chain(out_of_range).collect()
}

impl<'h, 'a> HalvesSoFar<'h, 'a> {
    fn of(all: &'h [&'a FileTrace]) -> Option<HalvesSoFar<'h, 'a>> {
        let half = *all.last()?;
        let (before, after) = (&half.stages.first()?.before, &half.stages.last()?.after);
        Some(HalvesSoFar { all, half, before, after })
    }

    /// Each with its object; the column is yet to be found.
    fn sequences_begun_anew(self) -> Vec<(&'a Object, StartsAnew<'a>)> {
        let settings = all_settings(self.half);
        let mut found = Vec::new();
        for (sequence, object) in self.touched_sequences(&settings) {
            let is_new = self.half.lineage.made.contains(sequence);
            let increment = whole(object, "increment").unwrap_or(1);
            let turns = self.old(sequence).and_then(|old| whole(old, "increment"));
            let turns = turns.is_some_and(|was| was.signum() != increment.signum());
            let (next, statement) = match self.value_then(&settings, sequence, object) {
                ValueThen::Set { next, statement } => (Some(next), Some(statement)),
                ValueThen::GoesOn if is_new => (whole(object, "start"), None),
                ValueThen::GoesOn if turns => (None, None),
                ValueThen::GoesOn | ValueThen::Unknown => continue,
            };
            if !(is_new && self.is_of_new_column(object)) {
                let (column, known) = (sequence, sequence);
                let start = StartsAnew { sequence, is_new, column, known, next, statement, increment };
                found.push((object, start));
            }
        }
        found
    }

    /// Keys of tables that have the rows of another one and take its place: the rows were given their values, and the new sequence
    /// has given none.
    fn begun_anew_in_stand_ins(self) -> Vec<StartsAnew<'a>> {
        let mut found = Vec::new();
        for stand_in in StandIn::of(self.all) {
            for (column, of) in self.after.parts(Kind::Column, &stand_in.table().name) {
                let Some(statement) = stand_in.filled_by(&column.name) else { continue };
                let mut sequences = of_kind(self.after, Kind::Sequence);
                let own = sequences.find(|(sequence, object)| {
                    self.on_target(sequence).is_none() && is_fed(column, of, sequence, object)
                });
                let Some((sequence, object)) = own else { continue };
                if !self.is_key_with_own_values(column, of)
                    || stand_in.may_be_set(&column.name, &sequence.name)
                    || !self.all.first().is_some_and(|first| has(first, column))
                {
                    continue;
                }
                let increment = whole(object, "increment").unwrap_or(1);
                let next = whole(object, "start");
                let known = column;
                found.push(StartsAnew { sequence, is_new: true, column, known, next, statement, increment });
            }
        }
        found
    }

    /// Those that a half makes, changes or may set. Found without a look at a thousand others.
    fn touched_sequences(self, settings: &[(usize, SequenceSetting)]) -> Vec<(&'a Identity, &'a Object)> {
        if !settings.is_empty() {
            return of_kind(self.after, Kind::Sequence).collect();
        }
        let changed = self.half.difference.items.iter().map(|item| &item.identity);
        let touched = self.half.lineage.made.iter().chain(changed);
        let names: BTreeSet<&Identity> = touched.filter(|one| one.kind == Kind::Sequence).collect();
        let there = names.into_iter().filter_map(|name| self.after.objects.get_key_value(name));
        there.map(|(identity, object)| (identity.as_ref(), object.as_ref())).collect()
    }

    /// Whether a sequence belongs to a column that the target does not have: then no row has its values.
    fn is_of_new_column(self, sequence: &Object) -> bool {
        owner(sequence).is_some_and(|column| self.on_target(&column).is_none())
    }

    /// Columns of the target that have a value from a sequence, and no value twice, and whose rows stay as they are; each with its
    /// object, and as the target calls it.
    fn keys_with_own_values(self) -> Vec<(&'a Identity, &'a Object, &'a Identity)> {
        let columns = of_kind(self.after, Kind::Column);
        let keys = columns.filter(|(identity, column)| self.is_key_with_own_values(identity, column));
        let known = keys.filter_map(|(identity, column)| Some((identity, column, self.on_target(identity)?)));
        known.filter(|(identity, _, known)| !self.changes_values(identity, known)).collect()
    }

    fn is_key_with_own_values(self, identity: &Identity, column: &Object) -> bool {
        has_own_values(column) && is_number(column) && is_key(self.after, identity)
    }

    /// What a sequence was before the half.
    fn old(self, sequence: &Identity) -> Option<&'a Object> {
        self.before.objects.get(self.half.lineage.before(sequence)?).map(AsRef::as_ref)
    }

    /// What the target calls something that is there after all.
    fn on_target<'i>(self, identity: &'i Identity) -> Option<&'i Identity>
    where
        'a: 'i,
    {
        let known = self.all.iter().rev().try_fold(identity, |one, half| half.lineage.before(one))?;
        self.all.first()?.stages.first()?.before.objects.contains_key(known).then_some(known)
    }

    /// What statements have done with the value of a sequence.
    fn value_then(
        self,
        settings: &[(usize, SequenceSetting)],
        sequence: &Identity,
        object: &Object,
    ) -> ValueThen {
        if settings.is_empty() {
            return ValueThen::GoesOn;
        }
        let names = [Some(sequence), self.half.lineage.before(sequence)].into_iter().flatten();
        let names: Vec<Vec<String>> = names.map(|one| parts(&one.name)).collect();
        let owners = [Some(object), self.old(sequence)].into_iter().flatten();
        let owners: Vec<Vec<String>> = owners.filter_map(|one| one.get("owned by")).map(parts).collect();
        let is_meant = |named: &SequenceNamed| match named {
            SequenceNamed::ByName(name) => names.iter().any(|own| is_called(own, name)),
            SequenceNamed::OfColumn(table, column) => owners.iter().any(|owner| {
                owner.split_last().is_some_and(|(own, of)| own == column && is_called(of, table))
            }),
            SequenceNamed::Any => true,
        };
        let Some((statement, setting)) = settings.iter().rfind(|(_, one)| is_meant(&one.sequence)) else {
            return ValueThen::GoesOn;
        };
        // Which of several a name without a schema means, the search path says.
        let is_certain = match &setting.sequence {
            SequenceNamed::ByName(name) => self.is_the_only(Kind::Sequence, name),
            SequenceNamed::OfColumn(table, _) => self.is_the_only(Kind::Table, table),
            SequenceNamed::Any => true,
        };
        let next = match setting.value {
            _ if !is_certain => None,
            SetTo::Start => whole(object, "start"),
            SetTo::This(value) => Some(value),
            SetTo::After(value) => Some(value.saturating_add(whole(object, "increment").unwrap_or(1))),
            SetTo::Computed => None,
        };
        next.map_or(ValueThen::Unknown, |next| ValueThen::Set { next, statement: *statement })
    }

    fn is_the_only(self, kind: Kind, name: &Name) -> bool {
        let count = |catalog: &Catalog| {
            of_kind(catalog, kind).filter(|(one, _)| parts(&one.name).last() == Some(&name.name)).count()
        };
        name.schema.is_some() || count(self.before) <= 1 && count(self.after) <= 1
    }

    /// Whether a statement may take rows of a table of the target away, or give them other values of a column.
    fn changes_values(self, column: &Identity, known: &Identity) -> bool {
        let table = known.of.as_deref().map(parts).unwrap_or_default();
        let is_of_table = |relation: &Relation| {
            let name = relation.on_target.as_ref().map(|name| [name.schema.clone(), name.name.clone()]);
            name.is_some_and(|name| name[..] == table[..])
        };
        let names = [&column.name, &known.name].map(|name| parts(name).pop());
        let changes = |statement: &StatementTrace| {
            let text = &statement.text;
            let sets = || assigned_columns(text, StandardStrings::On).into_iter().map(|one| Some(one.column));
            let changes_rows = statement
                .work
                .iter()
                .any(|work| matches!(work, RowWork::ChangedRows(table) if is_of_table(table)));
            statement.emptied.iter().any(|emptied| is_of_table(&emptied.table))
                || changes_rows
                    && (["DELETE", "DO", "CALL", "WITH", "MERGE"].iter().any(|word| begins(text, word))
                        || sets().any(|column| names.contains(&column)))
        };
        self.all.iter().flat_map(|half| &half.statements).any(changes)
    }

    /// Whether a half before it sets a sequence, by whatever name.
    fn is_any_set_before(self) -> bool {
        let earlier = self.all.iter().rev().skip(1);
        earlier.flat_map(|half| &half.statements).any(|statement| !settings(&statement.text).is_empty())
    }

    /// The last statement that alters a sequence, by its own name or its column.
    fn altering(self, sequence: &Identity, object: &Object) -> Option<&'a StatementTrace> {
        let names = [Some(sequence.name.as_str()), object.get("owned by")];
        let mut statements = self.half.statements.iter().rev();
        statements.find(|one| names.into_iter().flatten().any(|name| mentions(&one.text, name)))
    }

    /// Whether rows have the values that come.
    fn used(self, one: &StartsAnew<'_>) -> Option<Question> {
        let column = one.known;
        let about = About::Used {
            column: column.name.clone(),
            sequence: one.sequence.name.clone(),
            next: one.next,
            increment: one.increment,
            known: self.on_target(one.sequence).map(|known| known.name.clone()),
        };
        let statement = one.statement.and_then(|number| self.half.statements.get(number));
        let location = statement.map(|statement| statement.location);
        let of = column.of.clone()?;
        // A key says nothing of the rows of children, unless they are partitions.
        let table = Identity { kind: Kind::Table, of: None, name: of.clone() };
        let table = self.all.first()?.stages.first()?.before.objects.get(&table);
        let own_rows = table.is_some_and(|table| table.get("partition by").is_none());
        Some(Question { location, own_rows, ..question(of, about, Consequence::Breaks) })
    }

    /// Whether sequences have come past the end that they get: the server looks at their value at once.
    fn out_of_range(self) -> Vec<Question> {
        let settings = all_settings(self.half);
        let mut found = Vec::new();
        for (sequence, object) in self.touched_sequences(&settings) {
            let (Some(known), Some(old)) = (self.on_target(sequence), self.old(sequence)) else { continue };
            let range = |sequence: &Object| whole(sequence, "minimum").zip(whole(sequence, "maximum"));
            let (Some((least, most)), Some((minimum, maximum))) = (range(old), range(object)) else {
                continue;
            };
            let is_narrower = least < minimum || maximum < most;
            let goes_on = || matches!(self.value_then(&settings, sequence, object), ValueThen::GoesOn);
            if is_narrower && goes_on() && !self.is_any_set_before() {
                let about = About::OutOfRange { sequence: sequence.name.clone(), minimum, maximum };
                let location = self.altering(sequence, object).map(|statement| statement.location);
                found.push(Question { location, ..question(known.name.clone(), about, Consequence::Fails) });
            }
        }
        found
    }
}

/// The column that a sequence belongs to.
pub(super) fn owner(sequence: &Object) -> Option<Identity> {
    let owner = sequence.get("owned by")?;
    let name = last_part(owner);
    let of = owner.strip_suffix(name)?.strip_suffix('.')?;
    Some(Identity { kind: Kind::Column, of: Some(of.to_owned()), name: name.to_owned() })
}

fn question(table: String, about: About, consequence: Consequence) -> Question {
    Question {
        table,
        about,
        consequence,
        location: None,
        changed_before: None,
        new_values: Vec::new(),
        own_rows: false,
        may_come: false,
        made_by: None,
    }
}

/// What the statements of a half set, each with its number from 0.
fn all_settings(half: &FileTrace) -> Vec<(usize, SequenceSetting)> {
    let statements = half.statements.iter().enumerate();
    statements
        .flat_map(|(number, statement)| {
            settings(&statement.text).into_iter().map(move |setting| (number, setting))
        })
        .collect()
}

/// Whether something of this name was there before a half.
fn has(half: &FileTrace, identity: &Identity) -> bool {
    half.stages.first().is_some_and(|stage| stage.before.objects.contains_key(identity))
}

/// Found without a look at all other objects.
fn of_kind(catalog: &Catalog, kind: Kind) -> impl Iterator<Item = (&Identity, &Object)> {
    let first = Identity { kind, of: None, name: String::new() };
    let objects =
        catalog.objects.range(first..).map(|(identity, object)| (identity.as_ref(), object.as_ref()));
    objects.take_while(move |(identity, _)| identity.kind == kind)
}

fn whole(sequence: &Object, attribute: &str) -> Option<i64> {
    sequence.get(attribute)?.parse().ok()
}

fn is_called(own: &[String], name: &Name) -> bool {
    let schema = own.len().checked_sub(2).and_then(|place| own.get(place));
    own.last() == Some(&name.name) && name.schema.as_ref().is_none_or(|wanted| schema == Some(wanted))
}

fn has_own_values(column: &Object) -> bool {
    column.get("identity").is_some()
        || column.get("default").is_some_and(|default| default.contains("nextval("))
}

/// Whether a column that has values from a sequence has them from this one.
fn is_fed(column: &Identity, of: &Object, sequence: &Identity, object: &Object) -> bool {
    let name = format!("{}.{}", column.of.as_deref().unwrap_or_default(), column.name);
    match of.get("default") {
        Some(default) => default.contains(&format!("'{}'", sequence.name.replace('\'', "''"))),
        None => object.get("owned by") == Some(&name),
    }
}

fn is_number(column: &Object) -> bool {
    let type_name = column.get("type").unwrap_or_default();
    ["smallint", "integer", "bigint"].contains(&type_name) || type_name.starts_with("numeric")
}

/// Whether no two rows may have the same value of a column.
fn is_key(catalog: &Catalog, column: &Identity) -> bool {
    let Some(of) = column.of.as_deref() else { return false };
    catalog.parts(Kind::Index, of).any(|(_, index)| {
        // Names of columns stand there without quotes. A partition's is told with the whole, and whether a predicate will hold is unknown.
        index.get("unique").is_some()
            && ["parent", "predicate"].iter().all(|attribute| index.get(attribute).is_none())
            && index.list("columns") == [bare(&column.name)]
    })
}
