//! From the rows of the queries to a catalog.

use std::collections::{HashMap, HashSet};

use tokio_postgres::SimpleQueryRow;

use crate::catalog::{Catalog, Identity, Kind, Object};

/// How the server knows an object: catalog and number.
type Id = (u32, u32);

/// The same, and the number of a column of it; 0 is the object itself.
type PartId = (Id, i32);

/// What the rows seen so far have told.
#[derive(Default)]
struct Seen {
    left_out: HashSet<Id>,
    objects: HashMap<PartId, (Identity, Object)>,
}

/// The catalog that the rows tell of; `None` when they can't be read.
pub(super) fn catalog(rows: &[SimpleQueryRow]) -> Option<Catalog> {
    let mut seen = Seen::default();
    for row in rows {
        match row.columns().first()?.name() {
            "left out" => drop(seen.left_out.insert((number(row, "left out")?, number(row, "oid")?))),
            "kind" => seen.object(row)?,
            "class" => seen.facts(row)?,
            // What the settings have become.
            _ => {}
        }
    }
    Some(Catalog { objects: seen.without_left_out() })
}

impl Seen {
    fn object(&mut self, row: &SimpleQueryRow) -> Option<()> {
        let identity = Identity {
            kind: Kind::from_word(text(row, "kind")?)?,
            of: row.try_get("of").ok()?.map(str::to_owned),
            name: text(row, "name")?.to_owned(),
        };
        let mut object = Object::default();
        add_attributes(&mut object, row)?;
        self.objects.insert(part_id(row)?, (identity, object));
        Some(())
    }

    fn facts(&mut self, row: &SimpleQueryRow) -> Option<()> {
        match self.objects.get_mut(&part_id(row)?) {
            Some((_, object)) => add_attributes(object, row),
            // The server knows of more objects than are listed.
            None => Some(()),
        }
    }

    /// The objects without those that are to be left out and their parts.
    fn without_left_out(self) -> std::collections::BTreeMap<Identity, Object> {
        let Seen { left_out, objects } = self;
        let (out, kept): (Vec<_>, Vec<_>) =
            objects.into_iter().partition(|((id, _), _)| left_out.contains(id));
        let holders: HashSet<String> = out
            .into_iter()
            .filter(|(_, (identity, _))| identity.of.is_none() && has_parts(identity.kind))
            .map(|(_, (identity, _))| identity.name)
            .collect();
        kept.into_iter()
            .map(|(_, named)| named)
            .filter(|(identity, _)| identity.of.as_ref().is_none_or(|of| !holders.contains(of)))
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
