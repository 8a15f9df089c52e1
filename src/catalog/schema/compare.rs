//! Two schemas in one, with what is new, changed and gone.

use std::collections::{BTreeMap, BTreeSet};

use super::name::unquoted;
use super::{Changes, DisplayName, Mark, Part, Schema, Table};
use crate::catalog::{Catalog, Change, Difference, DifferenceClass, Identity, Item, Kind};

/// The tables and enums of two catalogs, and how they differ.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// All that is in one of them or in both: of what has changed, what it is in the second one.
    pub schema: Schema,
    /// What differs.
    pub changes: Changes,
}

impl Comparison {
    /// Of two catalogs between which this differs. What differs in its layout alone counts as the same.
    pub fn new(before: &Catalog, after: &Catalog, difference: &Difference) -> Comparison {
        let schemas = (Schema::of(before), Schema::of(after));
        let schema = merged(schemas.0.clone(), schemas.1.clone());
        let changes = Changes { compares: true, ..Changes::default() };
        let mut marking = Marking { before, after, schemas, schema: &schema, changes };
        for item in difference.items.iter().filter(|item| item.class() == DifferenceClass::Structural) {
            marking.item(item);
        }
        let Marking { schemas: (before, after), changes, .. } = marking;
        let mut schema = schema.clone();
        // What one schema alone has, and what does not count as a difference, would seem to be in both.
        schema.tables.retain(|table| {
            let is_in_both = before.table(&table.name).is_some() && after.table(&table.name).is_some();
            is_in_both || changes.of(&Part::Table(table.name.clone())).is_some()
        });
        Comparison { schema, changes }
    }

    /// What differs alone, with the tables that foreign keys join to it in this many steps.
    pub fn what_differs(self, depth: usize) -> Comparison {
        let Comparison { schema, changes } = self;
        let differs = |part| changes.of(&part).is_some();
        let tables = schema
            .tables
            .iter()
            .map(|table| &table.name)
            .filter(|name| differs(Part::Table((*name).clone())));
        let tables = schema.around(tables.cloned().collect(), depth);
        let mut part = schema.with_tables(&tables, |view| differs(Part::View(view.clone())));
        let enums = schema.enums.iter().filter(|of| differs(Part::Enum(of.name.clone())));
        part.enums.extend(enums.cloned());
        part.enums.sort_by(|one, other| one.name.cmp(&other.name));
        part.enums.dedup();
        Comparison { schema: part, changes }
    }
}

/// Gives each part that differs its mark.
struct Marking<'a> {
    before: &'a Catalog,
    after: &'a Catalog,
    schemas: (Schema, Schema),
    schema: &'a Schema,
    changes: Changes,
}

impl Marking<'_> {
    fn item(&mut self, item: &Item) {
        let Item { identity, change } = item;
        let mark = match change {
            Change::Added { .. } => Mark::New,
            Change::Removed { .. } => Mark::Gone,
            Change::Changed { .. } => Mark::Changed,
        };
        match (&identity.of, identity.kind) {
            (Some(of), kind) => self.part(&DisplayName::from_sql(of), kind, identity, mark),
            (None, Kind::Table | Kind::ForeignTable) => {
                self.table(DisplayName::from_sql(&identity.name), mark)
            }
            (None, Kind::View | Kind::MaterializedView) => {
                self.mark(Part::View(DisplayName::from_sql(&identity.name)), mark);
            }
            (None, Kind::Enum) => self.labels(DisplayName::from_sql(&identity.name), mark),
            _ => {}
        }
    }

    fn mark(&mut self, part: Part, mark: Mark) {
        self.changes.marks.insert(part, mark);
    }

    /// A partition that comes or goes changes its table.
    fn table(&mut self, name: DisplayName, mark: Mark) {
        let Some(table) = self.schema.table(&name) else {
            let parent = self.schema.tables.iter().find(|table| table.partitions.contains(&name));
            if let Some(parent) = parent {
                self.changed(parent.name.clone());
            }
            return;
        };
        if mark != Mark::Changed {
            for key in &table.foreign_keys {
                self.changes.marks.insert(Part::ForeignKey(name.clone(), key.name.clone()), mark);
            }
        }
        self.mark(Part::Table(name), mark);
    }

    fn changed(&mut self, table: DisplayName) {
        self.changes.marks.entry(Part::Table(table)).or_insert(Mark::Changed);
    }

    /// A part of a table or of a view.
    fn part(&mut self, of: &DisplayName, kind: Kind, identity: &Identity, mark: Mark) {
        let Some(table) = self.schema.table(of) else {
            if self.schema.views.iter().any(|view| view.name == *of) {
                self.changes.marks.entry(Part::View(of.clone())).or_insert(Mark::Changed);
            } else {
                // Of a partition.
                self.table(of.clone(), Mark::Changed);
            }
            return;
        };
        let (table, name) = (table.name.clone(), unquoted(&identity.name));
        self.changed(table.clone());
        match kind {
            Kind::Column => {
                let before = self.schemas.0.table(&table).and_then(|table| table.column(&name));
                if let (Mark::Changed, Some(before)) = (mark, before) {
                    self.changes.columns_before.insert((table.clone(), name.clone()), before.clone());
                }
                self.mark(Part::Column(table, name), mark);
            }
            Kind::Index => self.mark(Part::Index(table, name), mark),
            Kind::Trigger => self.mark(Part::Trigger(table, name), mark),
            Kind::Constraint => {
                let object = self.after.objects.get(identity).or_else(|| self.before.objects.get(identity));
                let part = match object.and_then(|object| object.get("type")) {
                    Some("foreign key") => Part::ForeignKey(table, name),
                    Some("unique") => Part::UniqueKey(
                        table,
                        object.map(|object| object.list("columns")).unwrap_or_default(),
                    ),
                    _ => Part::Check(table, name),
                };
                self.mark(part, mark);
            }
            _ => {}
        }
    }

    fn labels(&mut self, name: DisplayName, mark: Mark) {
        let labels = |schema: &Schema| {
            let of = schema.enums.iter().find(|of| of.name == name);
            of.map(|of| of.labels.iter().cloned().collect::<BTreeSet<String>>()).unwrap_or_default()
        };
        if mark == Mark::Changed {
            let (before, after) = (labels(&self.schemas.0), labels(&self.schemas.1));
            for label in after.difference(&before) {
                self.changes.marks.insert(Part::Label(name.clone(), label.clone()), Mark::New);
            }
            for label in before.difference(&after) {
                self.changes.marks.insert(Part::Label(name.clone(), label.clone()), Mark::Gone);
            }
        }
        self.mark(Part::Enum(name), mark);
    }
}

/// All that one of two schemas has. What is gone follows what is there.
fn merged(before: Schema, after: Schema) -> Schema {
    let mut schema = Schema {
        tables: merged_by(before.tables, after.tables, |table| table.name.clone(), merged_table),
        many_to_many: merged_by(before.many_to_many, after.many_to_many, |link| link.through.clone(), newer),
        views: merged_by(before.views, after.views, |view| view.name.clone(), newer),
        enums: merged_by(
            before.enums,
            after.enums,
            |of| of.name.clone(),
            |before, mut after| {
                after.labels = merged_by(before.labels, after.labels, String::clone, newer);
                after
            },
        ),
        functions: after.functions,
    };
    schema.tables.sort_by(|one, other| one.name.cmp(&other.name));
    schema.many_to_many.sort_by(|one, other| one.through.cmp(&other.through));
    schema.views.sort_by(|one, other| one.name.cmp(&other.name));
    schema.enums.sort_by(|one, other| one.name.cmp(&other.name));
    schema
}

fn newer<T>(_: T, after: T) -> T {
    after
}

fn merged_table(before: Table, after: Table) -> Table {
    Table {
        columns: merged_by(before.columns, after.columns, |column| column.name.clone(), newer),
        unique_keys: merged_by(before.unique_keys, after.unique_keys, Clone::clone, newer),
        foreign_keys: merged_by(before.foreign_keys, after.foreign_keys, |key| key.name.clone(), newer),
        checks: merged_by(before.checks, after.checks, |check| check.name.clone(), newer),
        indexes: merged_by(before.indexes, after.indexes, |index| index.name.clone(), newer),
        triggers: merged_by(before.triggers, after.triggers, |trigger| trigger.name.clone(), newer),
        partitions: merged_by(before.partitions, after.partitions, Clone::clone, newer),
        ..after
    }
}

/// The elements of both lists, those of the second in its order.
fn merged_by<T, K: Ord>(
    before: Vec<T>,
    after: Vec<T>,
    key: impl Fn(&T) -> K,
    merge: impl Fn(T, T) -> T,
) -> Vec<T> {
    let there: BTreeSet<K> = after.iter().map(&key).collect();
    let (mut in_both, mut gone) = (BTreeMap::new(), Vec::new());
    for element in before {
        if there.contains(&key(&element)) {
            in_both.insert(key(&element), element);
        } else {
            gone.push(element);
        }
    }
    let newer = after.into_iter().map(|element| match in_both.remove(&key(&element)) {
        Some(older) => merge(older, element),
        None => element,
    });
    newer.chain(gone).collect()
}
