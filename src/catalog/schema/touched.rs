//! Which migrations touched which tables.

use std::collections::{BTreeMap, BTreeSet};

use super::{DisplayName, Schema};
use crate::migration::sql::table_uses::{TableUse, table_uses};
use crate::migration::{Half, Name};

impl Schema {
    /// For each of these halves, which ran one after the other, the tables that it touched, by the names that they have
    /// now. Of one whose text nobody has kept, that is not known.
    pub fn touched_by(&self, halves: &[Option<&Half>]) -> Vec<BTreeSet<DisplayName>> {
        let mut names = CurrentNames { schema: self, earlier: BTreeMap::new() };
        let mut touched: Vec<BTreeSet<DisplayName>> = Vec::new();
        // From the newest to the oldest: so a name is known before what it was earlier.
        for half in halves.iter().rev() {
            let uses: Vec<TableUse> = half.iter().flat_map(|half| uses_of(half)).collect();
            touched.push(uses.iter().rev().filter_map(|one| names.now(one)).collect());
        }
        touched.reverse();
        touched
    }
}

/// What tables are called now.
struct CurrentNames<'s> {
    schema: &'s Schema,
    /// By what they were called at the time.
    earlier: BTreeMap<String, DisplayName>,
}

impl CurrentNames<'_> {
    fn now(&mut self, one: &TableUse) -> Option<DisplayName> {
        match one {
            TableUse::Named(name) => self.find(name),
            TableUse::Renamed { from, to } => {
                let now = self.find(&Name { schema: from.schema.clone(), name: to.clone() })?;
                self.earlier.insert(from.name.clone(), now.clone());
                Some(now)
            }
        }
    }

    /// Without its schema, it is the one in `public`, else the first of that name.
    fn find(&self, Name { schema, name }: &Name) -> Option<DisplayName> {
        let own = |table: &&super::Table| {
            table.name.name == *name && schema.as_ref().is_none_or(|schema| table.name.schema == *schema)
        };
        let mut named: Vec<&DisplayName> =
            self.schema.tables.iter().filter(own).map(|table| &table.name).collect();
        named.sort_by_key(|name| name.schema != "public");
        named.first().copied().or_else(|| self.earlier.get(name)).cloned()
    }
}

fn uses_of(half: &Half) -> impl Iterator<Item = TableUse> + '_ {
    half.statements().iter().flat_map(|statement| table_uses(half.text(statement)))
}
