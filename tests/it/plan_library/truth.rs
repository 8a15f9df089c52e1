//! What an operation does to tables that were there before it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::lock::Mode;

/// What an operation does. Tables and indexes are named as the setup names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    /// Its strongest lock on each table; on an index only where that is in the way of more than the one on its table.
    pub locks: BTreeMap<String, Mode>,
    /// Tables whose rows it writes again, and with them their indexes.
    pub rewrites: BTreeSet<String>,
    /// Tables that it reads as a whole, besides what a rewrite and an index need.
    pub scans: BTreeSet<String>,
    /// Tables that a query of it reads as a whole here; where there are other indexes and rows, it may read less.
    pub reads: BTreeSet<String>,
    /// Indexes that it builds on rows that were there: `an_index on a_table`.
    pub builds: BTreeSet<String>,
    /// Tables in which it inserts, updates or deletes rows.
    pub changes: BTreeSet<String>,
}

impl Truth {
    /// Takes in a line of the library: `scans customers, orders`.
    pub fn add(&mut self, line: &str) {
        let (what, of) = line.split_once(' ').unwrap_or((line, ""));
        let names = of.split(',').map(|name| name.trim().to_owned());
        match what {
            "locks" => self.locks.extend(names.map(|lock| {
                let (table, mode) = lock.split_once(' ').unwrap_or_else(|| panic!("no mode in {lock}"));
                let mode = Mode::from_sql(mode).unwrap_or_else(|| panic!("no mode of a lock: {mode}"));
                (table.to_owned(), mode)
            })),
            "rewrites" => self.rewrites.extend(names),
            "scans" => self.scans.extend(names),
            "reads" => self.reads.extend(names),
            "builds" => self.builds.extend(names),
            "changes" => self.changes.extend(names),
            "nothing" => {}
            _ => panic!("what does an operation do here? {line}"),
        }
    }
}

impl fmt::Display for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let locks = self.locks.iter().map(|(table, mode)| format!("{table} {mode}")).collect();
        let kinds = [
            ("locks", &locks),
            ("rewrites", &self.rewrites),
            ("scans", &self.scans),
            ("reads", &self.reads),
            ("builds", &self.builds),
            ("changes", &self.changes),
        ];
        for (what, names) in kinds.into_iter().filter(|(_, names)| !names.is_empty()) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            writeln!(f, "    {what} {}", names.join(", "))?;
        }
        if *self == Truth::default() { writeln!(f, "    nothing") } else { Ok(()) }
    }
}
