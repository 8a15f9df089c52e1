//! Which table is a partition or a child of which.

use std::collections::HashMap;

use super::names::{beside, parts};
use crate::catalog::{Catalog, Kind};

/// The tables that belong together, by their names as SQL writes them.
#[derive(Debug, Default)]
pub(super) struct Families {
    parents: HashMap<String, String>,
    children: HashMap<String, Vec<String>>,
}

impl Families {
    /// As they are after a half; of what is gone, as they were before.
    pub fn of(before: &Catalog, after: &Catalog) -> Families {
        let mut families = Families::default();
        for catalog in [after, before] {
            let tables = catalog.objects.iter().filter(|(identity, _)| identity.kind == Kind::Table);
            for (identity, table) in tables {
                let is_old = std::ptr::eq(catalog, before) && after.objects.contains_key(identity);
                let parent = table.list("inherits").into_iter().next().filter(|_| !is_old);
                let Some(parent) = parent.map(|name| qualified_like(&identity.name, &name)) else { continue };
                if std::ptr::eq(catalog, after) {
                    families.children.entry(parent.clone()).or_default().push(identity.name.clone());
                }
                families.parents.insert(identity.name.clone(), parent);
            }
        }
        families
    }

    /// The table that this one is a partition or a child of.
    pub fn parent(&self, table: &str) -> Option<&str> {
        self.parents.get(table).map(String::as_str)
    }

    /// The partitions or children one level below.
    pub fn children(&self, table: &str) -> &[String] {
        self.children.get(table).map(Vec::as_slice).unwrap_or_default()
    }
}

/// `regclass` leaves the schema out where the path has it.
fn qualified_like(other: &str, name: &str) -> String {
    if parts(name).len() > 1 { name.to_owned() } else { beside(other, name) }
}
