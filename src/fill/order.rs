//! In which order tables are filled: those that others refer to before these.

use std::collections::BTreeSet;

use super::table::FillTable;

/// The places of tables, those that others refer to before these. Circles are cut at a foreign key that can wait, if there is one.
pub fn parents_first(tables: &[FillTable]) -> Vec<usize> {
    let mut left = TablesLeft::of(tables);
    let mut order = Vec::new();
    while order.len() < tables.len() {
        let ready: Vec<usize> = left.all().filter(|place| left.parents_of(*place).next().is_none()).collect();
        let next = if ready.is_empty() { left.first_of_circle().into_iter().collect() } else { ready };
        if next.is_empty() {
            break;
        }
        for place in next {
            left.is_left.remove(&place);
            order.push(place);
        }
    }
    order
}

/// The tables that have no place in the order yet.
struct TablesLeft<'t> {
    tables: &'t [FillTable],
    is_left: BTreeSet<usize>,
    /// For each table, those that refer to it.
    children: Vec<Vec<usize>>,
}

impl<'t> TablesLeft<'t> {
    fn of(tables: &'t [FillTable]) -> TablesLeft<'t> {
        let mut children = vec![Vec::new(); tables.len()];
        for (place, table) in tables.iter().enumerate() {
            for key in &table.foreign_keys {
                if let Some(children) = children.get_mut(key.parent).filter(|_| key.parent != place) {
                    children.push(place);
                }
            }
        }
        TablesLeft { tables, is_left: (0..tables.len()).collect(), children }
    }

    fn all(&self) -> impl Iterator<Item = usize> {
        self.is_left.iter().copied()
    }

    /// Those that a table refers to.
    fn parents_of(&self, place: usize) -> impl Iterator<Item = usize> {
        let keys = self.tables.get(place).map(|table| table.foreign_keys.as_slice()).unwrap_or_default();
        let parents = keys.iter().map(|key| key.parent);
        parents.filter(move |parent| *parent != place && self.is_left.contains(parent))
    }

    /// Where each of them refers to another one: one of a circle that refers to none outside of it. If possible, one whose rows can be
    /// there before those that it refers to.
    fn first_of_circle(&self) -> Option<usize> {
        // The last one that is reached by nobody before it: whatever leads to it is reached from it.
        let (mut reached, mut last) = (BTreeSet::new(), None);
        for place in self.all() {
            if !reached.contains(&place) {
                last = Some(place);
                let children = |from: usize| self.children.get(from).cloned().unwrap_or_default();
                self.reach(place, children, &mut reached);
            }
        }
        let mut circle = BTreeSet::new();
        self.reach(last?, |from| self.parents_of(from).collect(), &mut circle);
        let can_be_first = |place: &&usize| {
            let table = self.tables.get(**place);
            table.is_some_and(|table| {
                let mut keys = table.foreign_keys.iter();
                keys.all(|key| {
                    let is_there = key.parent == **place || !self.is_left.contains(&key.parent);
                    is_there || table.can_come_before(key)
                })
            })
        };
        circle.iter().find(can_be_first).or(circle.first()).copied()
    }

    /// Adds a table, and all that lead on from it.
    fn reach(&self, from: usize, next: impl Fn(usize) -> Vec<usize>, reached: &mut BTreeSet<usize>) {
        let mut open = vec![from];
        while let Some(place) = open.pop() {
            if self.is_left.contains(&place) && reached.insert(place) {
                open.extend(next(place));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fill::table::FillForeignKey;

    /// A table with foreign keys to others, without columns that may be NULL: those are deferrable that are said to be.
    fn table(keys: &[(usize, bool)]) -> FillTable {
        let key = |(parent, is_deferrable): &(usize, bool)| FillForeignKey {
            name: String::new(),
            columns: vec![0],
            parent: *parent,
            parent_columns: vec![0],
            is_deferrable: *is_deferrable,
        };
        FillTable { foreign_keys: keys.iter().map(key).collect(), ..FillTable::default() }
    }

    #[test]
    fn parents_come_first_and_a_circle_is_cut_where_it_can_be() {
        let chain = [table(&[(1, false)]), table(&[(2, false)]), table(&[(2, false)])];
        assert_eq!(parents_first(&chain), [2, 1, 0]);
        // The first one only refers to a circle; of that, the last can be there before the other.
        let circle = [table(&[(1, true)]), table(&[(2, false)]), table(&[(1, true), (2, false)])];
        assert_eq!(parents_first(&circle), [2, 1, 0]);
        let two = [
            table(&[(1, false)]),
            table(&[(0, false), (2, false)]),
            table(&[(3, false)]),
            table(&[(2, false)]),
        ];
        assert_eq!(parents_first(&two), [2, 3, 0, 1]);
    }
}
