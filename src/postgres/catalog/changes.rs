//! What the server says of changes since an earlier reading (`sql/changes.sql`, `sql/changes_of_transaction.sql`).

use std::collections::{BTreeMap, HashSet};

use tokio_postgres::SimpleQueryRow;

use super::rows::COMMON;

/// The first column of what these two say.
pub(super) const CHANGES: &str = "changes";

/// The catalogs of relations and their parts, which `sql/changes_of_transaction.sql` looks at for locked relations alone.
const OF_RELATIONS: [&str; 8] = [
    "pg_class",
    "pg_constraint",
    "pg_trigger",
    "pg_rewrite",
    "relation of a rule",
    "pg_policy",
    "pg_attrdef",
    "pg_inherits",
];

/// By what a change is known.
#[derive(Clone)]
pub(super) struct Watermarks {
    /// The oldest transaction that was running, or the next one.
    pub transaction: u64,
    pub environment: EnvironmentRows,
    present: Present,
}

/// What is rare, or what much depends on (`sql/environment.sql`).
type EnvironmentRows = Vec<Vec<Option<String>>>;

/// The rows of each catalog, by its name and the class of the objects that they are parts of: the relation of each (none for
/// objects of other kinds: 0), and the number of its object; sorted.
type Present = BTreeMap<(String, u32), Vec<(u32, u32)>>;

/// What the server says of changes.
pub(super) struct CatalogChanges {
    transaction: Option<u64>,
    pub environment: EnvironmentRows,
    present: Present,
    /// The objects with new rows: class and number.
    pub changed: HashSet<(u32, u32)>,
    /// The relations that were looked at; nothing: all.
    looked_at: Option<HashSet<u32>>,
}

impl Watermarks {
    /// Whether an object that is not common may change together with one that is: an event trigger may do anything, and a
    /// publication loses a table that is dropped. What is to be known of a subscription changes all the time.
    pub fn others_may_follow(&self) -> bool {
        self.environment.iter().any(|row| {
            let column = |number: usize| row.get(number).and_then(Option::as_deref);
            match column(0) {
                Some("pg_event_trigger" | "pg_publication") => column(1) != Some("0"),
                what => what == Some("subscription"),
            }
        })
    }
}

impl CatalogChanges {
    pub fn in_rows(rows: &[SimpleQueryRow]) -> Option<CatalogChanges> {
        let mut transaction = None;
        let mut environment = Vec::new();
        let mut present = BTreeMap::new();
        let mut changed = HashSet::new();
        let mut looked_at = None;
        for row in rows {
            match row.columns().first()?.name() {
                "transaction" => transaction = Some(row.get(0)?.parse().ok()?),
                "environment" => {
                    environment
                        .push((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect());
                }
                CHANGES => match row.get(0)? {
                    "dependents" => {}
                    "locked" => looked_at = Some(list(row.get("present"))?.into_iter().collect()),
                    catalog => {
                        let class = row.get("class")?.parse().ok()?;
                        changed.extend(list(row.get("changed"))?.into_iter().map(|oid| (class, oid)));
                        present.insert((catalog.to_owned(), class), present_in(row, catalog)?);
                    }
                },
                _ => {}
            }
        }
        environment.sort();
        Some(CatalogChanges { transaction, environment, present, changed, looked_at })
    }

    /// Whether an object with new rows, or without some that it had, is still there. One with new rows is, also where it belongs to
    /// a relation that was not looked at: a foreign key has triggers on the other table.
    pub fn has(&self, (class, number): (u32, u32)) -> bool {
        if self.changed.contains(&(class, number)) {
            return true;
        }
        let is_here = |catalog: &str| {
            let present = self.present.get(&(catalog.to_owned(), class));
            present.is_some_and(|present| present.iter().any(|(_, there)| *there == number))
        };
        let catalog = COMMON.iter().find(|(_, common)| *common == class);
        catalog.is_none_or(|(name, _)| is_here(name))
    }

    /// Whether all rows of a catalog with a relation were looked at.
    fn covers(&self, catalog: &str) -> impl Fn(&(u32, u32)) -> bool {
        let looked_at = self.looked_at.as_ref().filter(|_| OF_RELATIONS.contains(&catalog));
        move |(relation, _)| looked_at.is_none_or(|looked_at| looked_at.contains(relation))
    }

    /// The objects with rows that are gone since.
    pub fn gone_since(&self, last: &Watermarks) -> HashSet<(u32, u32)> {
        let of_catalog = |(catalog, before): (&(String, u32), &Vec<(u32, u32)>)| {
            let now = self.present.get(catalog).map_or(&[][..], Vec::as_slice);
            let before = before.iter().copied().filter(self.covers(&catalog.0));
            let class = catalog.1;
            gone(before, now).into_iter().map(move |(_, number)| (class, number))
        };
        last.present.iter().flat_map(of_catalog).collect()
    }

    /// The first watermarks, where everything was asked for.
    pub fn first(self) -> Option<Watermarks> {
        Some(Watermarks {
            transaction: self.transaction?,
            environment: self.environment,
            present: self.present,
        })
    }

    /// The watermarks after these changes. The environment is as it was.
    pub fn since(mut self, last: Watermarks) -> Watermarks {
        for (catalog, before) in last.present {
            let mut left: Vec<(u32, u32)> = {
                let covers = self.covers(&catalog.0);
                before.into_iter().filter(|row| !covers(row)).collect()
            };
            if !left.is_empty() {
                let present = self.present.entry(catalog).or_default();
                present.append(&mut left);
                present.sort_unstable();
            }
        }
        Watermarks {
            transaction: self.transaction.unwrap_or(last.transaction),
            environment: last.environment,
            present: self.present,
        }
    }
}

/// The rows of a catalog that are present.
fn present_in(row: &SimpleQueryRow, catalog: &str) -> Option<Vec<(u32, u32)>> {
    let numbers = list(row.get("present"))?;
    let mut present: Vec<(u32, u32)> = match row.get("holders") {
        Some(holders) => list(Some(holders))?.into_iter().zip(numbers).collect(),
        None if OF_RELATIONS.contains(&catalog) => {
            numbers.into_iter().map(|number| (number, number)).collect()
        }
        None => numbers.into_iter().map(|number| (0, number)).collect(),
    };
    present.sort_unstable();
    Some(present)
}

/// What stands more often in the first of two sorted lists than in the second.
fn gone<T: Ord + Copy>(before: impl IntoIterator<Item = T>, now: &[T]) -> Vec<T> {
    let mut now = now.iter().copied().peekable();
    let is_gone = |one: &T| {
        while now.next_if(|other| other < one).is_some() {}
        now.next_if_eq(one).is_none()
    };
    before.into_iter().filter(is_gone).collect()
}

/// The numbers of an array, as the server writes it; none for NULL.
pub(super) fn list(array: Option<&str>) -> Option<Vec<u32>> {
    let inside = array.unwrap_or("{}").strip_prefix('{')?.strip_suffix('}')?;
    inside.split_terminator(',').map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_less_often_is_gone() {
        assert_eq!(gone([1, 2, 2, 3, 5], &[1, 2, 4, 5, 6]), [2, 3]);
        assert_eq!(gone([1, 1], &[]), [1, 1]);
        assert_eq!(gone([], &[1]), [0; 0]);
    }

    #[test]
    fn arrays_are_read_as_they_are_written() {
        assert_eq!(list(Some("{}")), Some(vec![]));
        assert_eq!(list(Some("{1,4294967295}")), Some(vec![1, u32::MAX]));
        assert_eq!(list(None), Some(vec![]));
        assert_eq!(list(Some("{1,NULL}")), None);
    }

    #[test]
    fn what_was_not_looked_at_is_as_it_was() {
        let key = |catalog: &str| (catalog.to_owned(), 2606);
        let present = |rows: &[(u32, u32)]| Present::from([(key("pg_constraint"), rows.to_vec())]);
        let last = Watermarks {
            transaction: 7,
            environment: vec![],
            present: present(&[(1, 11), (2, 21), (2, 22)]),
        };
        let changes = CatalogChanges {
            transaction: None,
            environment: vec![],
            present: present(&[(2, 22), (2, 23)]),
            changed: HashSet::new(),
            looked_at: Some(HashSet::from([2])),
        };
        assert_eq!(changes.gone_since(&last), HashSet::from([(2606, 21)]));
        let since = changes.since(last);
        assert_eq!((since.transaction, since.present), (7, present(&[(1, 11), (2, 22), (2, 23)])));
    }
}
