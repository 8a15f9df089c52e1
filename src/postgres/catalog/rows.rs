//! From the rows of the queries to a catalog.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio_postgres::SimpleQueryRow;

use crate::catalog::{Catalog, Identity, Kind, Lineage, Object};

/// How the server knows an object: catalog and number.
type Id = (u32, u32);

/// The same, and the number of a column of it; 0 is the object itself.
type PartId = (Id, i32);

/// The catalogs of the objects that are read one by one. The server never changes these numbers.
pub(super) const COMMON: [(&str, u32); 8] = [
    ("pg_type", 1247),
    ("pg_proc", 1255),
    ("pg_class", 1259),
    ("pg_constraint", 2606),
    ("pg_rewrite", 2618),
    ("pg_trigger", 2620),
    ("pg_policy", 3256),
    ("pg_statistic_ext", 3381),
];

/// An object by its name.
type Named = (Arc<Identity>, Arc<Object>);

/// What the rows so far have shown.
#[derive(Clone, Default)]
pub(super) struct Snapshot {
    left_out: HashSet<Id>,
    objects: HashMap<PartId, Named>,
    /// What is of no kind that is known, in words.
    pub(super) unknown: Vec<String>,
    /// The objects without those that are to be left out and their parts.
    catalog: Catalog,
}

/// The objects of a database by their OIDs, which outlive their names.
#[derive(Debug)]
pub struct ObjectNumbers(HashMap<PartId, Arc<Identity>>);

impl ObjectNumbers {
    /// What has become of these objects, where those are there afterwards.
    pub fn lineage(&self, after: &ObjectNumbers) -> Lineage {
        let mut lineage = Lineage::default();
        for (id, old) in &self.0 {
            match after.0.get(id) {
                None => drop(lineage.gone.insert(old.as_ref().clone())),
                Some(new) if new == old => {}
                Some(new) => lineage.rename(old.as_ref().clone(), new.as_ref().clone()),
            }
        }
        let made = after.0.iter().filter(|(id, _)| !self.0.contains_key(id));
        lineage.made = made.map(|(_, new)| new.as_ref().clone()).collect();
        lineage
    }
}

impl Snapshot {
    /// What the rows tell; `None` when they can't be read.
    pub(super) fn in_rows(rows: &[SimpleQueryRow]) -> Option<Snapshot> {
        let mut snapshot = Snapshot::default();
        for row in rows {
            match row.columns().first()?.name() {
                "left out" => drop(snapshot.left_out.insert((number(row, "left out")?, number(row, "oid")?))),
                "kind" => snapshot.object(row)?,
                "class" => snapshot.facts(row)?,
                "unknown" => snapshot.unknown.push(text(row, "unknown")?.to_owned()),
                // What the settings have become.
                _ => {}
            }
        }
        snapshot.catalog = Catalog { objects: snapshot.kept().map(|(_, named)| named.clone()).collect() };
        Some(snapshot)
    }

    /// Whether the database has Citus.
    pub(super) fn has_citus(&self) -> bool {
        let is_citus = |identity: &Identity| identity.kind == Kind::Extension && identity.name == "citus";
        self.objects.values().any(|(identity, _)| is_citus(identity))
    }

    /// Learns facts about what it knows already.
    pub(super) fn learn(&mut self, rows: &[SimpleQueryRow]) -> Option<()> {
        for row in
            rows.iter().filter(|row| row.columns().first().is_some_and(|first| first.name() == "class"))
        {
            self.facts(row)?;
        }
        self.catalog = Catalog { objects: self.kept().map(|(_, named)| named.clone()).collect() };
        Some(())
    }

    /// The catalog. What has not changed since an earlier one is shared with it.
    pub(super) fn catalog(&self) -> Catalog {
        self.catalog.clone()
    }

    /// The objects of the catalog by their numbers.
    pub(super) fn numbers(&self) -> ObjectNumbers {
        ObjectNumbers(self.kept().map(|(id, (identity, _))| (*id, Arc::clone(identity))).collect())
    }

    /// Forgets what it knows of the objects with these OIDs, and learns what else has been seen. `None` when an object
    /// has another name than before: anything that names it may have changed.
    pub(super) fn replace(&mut self, numbers: &HashSet<u32>, snapshot: Snapshot) -> Option<()> {
        let is_old =
            |(class, oid): &Id| numbers.contains(oid) && COMMON.iter().any(|(_, common)| common == class);
        let renamed =
            |(id, (new, _)): (&PartId, &Named)| self.objects.get(id).is_some_and(|(old, _)| old != new);
        if snapshot.objects.iter().any(renamed) {
            return None;
        }
        self.left_out.retain(|id| !is_old(id));
        for (_, (identity, _)) in self.objects.extract_if(|(id, _), _| is_old(id)) {
            self.catalog.objects.remove(&identity);
        }
        self.left_out.extend(snapshot.left_out);
        let new: Vec<PartId> = snapshot.objects.keys().copied().collect();
        self.objects.extend(snapshot.objects);
        let holders = self.holders_left_out();
        let new = new.iter().filter_map(|id| self.objects.get_key_value(id));
        let kept = new.filter(|(id, (identity, _))| self.is_kept(&holders, id, identity));
        let kept: Vec<Named> = kept.map(|(_, named)| named.clone()).collect();
        self.catalog.objects.extend(kept);
        Some(())
    }

    /// Forgets what has been seen of what initdb made, and learns it anew.
    pub(super) fn replace_built_ins(&mut self, snapshot: Snapshot) {
        for (_, (identity, _)) in self.objects.extract_if(|_, (identity, _)| identity.kind == Kind::BuiltIn) {
            self.catalog.objects.remove(&identity);
        }
        self.catalog.objects.extend(snapshot.catalog.objects);
        self.objects.extend(snapshot.objects);
    }

    fn object(&mut self, row: &SimpleQueryRow) -> Option<()> {
        let identity = Identity {
            kind: Kind::from_word(text(row, "kind")?)?,
            of: row.try_get("of").ok()?.map(str::to_owned),
            name: text(row, "name")?.to_owned(),
        };
        let mut object = Object::default();
        add_attributes(&mut object, row)?;
        self.objects.insert(part_id(row)?, (Arc::new(identity), Arc::new(object)));
        Some(())
    }

    fn facts(&mut self, row: &SimpleQueryRow) -> Option<()> {
        match self.objects.get_mut(&part_id(row)?) {
            Some((_, object)) => add_attributes(Arc::make_mut(object), row),
            // The server knows of more objects than are listed.
            None => Some(()),
        }
    }

    fn kept(&self) -> impl Iterator<Item = (&PartId, &Named)> {
        let holders = self.holders_left_out();
        self.objects.iter().filter(move |(id, (identity, _))| self.is_kept(&holders, id, identity))
    }

    fn is_kept(&self, holders: &HashSet<&str>, (id, _): &PartId, identity: &Identity) -> bool {
        let is_part_of_one = identity.of.as_ref().is_some_and(|of| holders.contains(of.as_str()));
        !self.left_out.contains(id) && !is_part_of_one
    }

    /// The names of what is left out with all its parts.
    fn holders_left_out(&self) -> HashSet<&str> {
        self.left_out
            .iter()
            .filter_map(|id| self.objects.get(&(*id, 0)))
            .filter(|(identity, _)| identity.of.is_none() && has_parts(identity.kind))
            .map(|(identity, _)| identity.name.as_str())
            .collect()
    }
}

/// Whether objects of this kind have parts that bear its name in their [`Identity::of`].
fn has_parts(kind: Kind) -> bool {
    use Kind::{CompositeType, Domain, ForeignServer, ForeignTable, MaterializedView, Table, View};
    matches!(kind, Table | ForeignTable | View | MaterializedView | CompositeType | Domain | ForeignServer)
}

fn add_attributes(object: &mut Object, row: &SimpleQueryRow) -> Option<()> {
    for (index, column) in row.columns().iter().enumerate() {
        if matches!(column.name(), "kind" | "of" | "name" | "class" | "oid" | "sub") {
            continue;
        }
        if let Some(value) = row.try_get(index).ok()? {
            object.attributes.insert(column.name().to_owned(), value.to_owned());
        }
    }
    Some(())
}

fn part_id(row: &SimpleQueryRow) -> Option<PartId> {
    Some(((number(row, "class")?, number(row, "oid")?), text(row, "sub")?.parse().ok()?))
}

fn number(row: &SimpleQueryRow, column: &str) -> Option<u32> {
    text(row, column)?.parse().ok()
}

fn text<'a>(row: &'a SimpleQueryRow, column: &str) -> Option<&'a str> {
    row.try_get(column).ok()?
}
