//! The schema between the statements of a half: what comes and goes within it shows nowhere else.
//!
//! Reading it takes time, and most statements change nothing that the target has. So it is read before a statement that changes
//! definitions, and only where one before it has done so since the last reading.

use std::sync::Arc;

use super::observation::Observation;
use super::relations::Relations;
use crate::catalog::Catalog;
use crate::impact::{HalfStage, LockMode, begins, mentions};
use crate::postgres::catalog::ObjectNumbers;

/// How often at most the schema is read within a half: after that it is compared as a whole.
const MOST_READINGS: usize = 100;

/// The schema after some statements of a half.
#[derive(Debug, Clone)]
pub(super) struct SchemaReading {
    /// How many statements.
    pub statements: usize,
    pub catalog: Arc<Catalog>,
    pub numbers: Arc<ObjectNumbers>,
}

/// The schema as it was read between statements.
#[derive(Debug, Default)]
pub(super) struct SchemaReadings {
    all: Vec<SchemaReading>,
    /// Whether a statement since the last one has changed what was there before the transaction.
    is_due: bool,
}

impl SchemaReadings {
    /// Whether to read before this statement.
    pub fn are_due(&self, statement: &str) -> bool {
        self.is_due && self.all.len() < MOST_READINGS && may_change_definitions(statement)
    }

    /// Takes note of a statement that has run.
    pub fn ran(&mut self, statement: &str, relations: &Relations, before: &Observation, after: &Observation) {
        let is_changed = after.iter().any(|(number, now)| {
            let earlier = before.get(number);
            let is_strong = now.lock >= Some(LockMode::ShareUpdateExclusive);
            let is_new = earlier.is_none_or(|earlier| earlier.lock < now.lock);
            let names = [now.name.as_ref(), earlier.and_then(|earlier| earlier.name.as_ref())];
            let is_named = names.into_iter().flatten().any(|name| mentions(statement, name));
            is_strong && relations.get(*number).is_some() && (is_new || is_named || is_code(statement))
        });
        self.is_due |= is_changed && may_change_definitions(statement);
    }

    /// Adds what was read after this many statements.
    pub fn read(&mut self, statements: usize, (catalog, numbers): (Catalog, ObjectNumbers)) {
        self.is_due = false;
        self.all.push(SchemaReading { statements, catalog: Arc::new(catalog), numbers: Arc::new(numbers) });
    }

    /// The parts of a half that begins with the one and ends with the other.
    pub fn stages(self, before: SchemaReading, after: SchemaReading) -> Vec<HalfStage> {
        let all: Vec<SchemaReading> = [before].into_iter().chain(self.all).chain([after]).collect();
        let stage = |around: &[SchemaReading]| {
            let [before, after] = around else { return None };
            Some(HalfStage {
                statements: before.statements..after.statements,
                before: Arc::clone(&before.catalog),
                after: Arc::clone(&after.catalog),
                lineage: before.numbers.lineage(&after.numbers),
            })
        };
        all.windows(2).filter_map(stage).collect()
    }
}

/// Whether a table may be another one afterwards. A new partition is made for rows of the default one.
fn may_change_definitions(statement: &str) -> bool {
    let words = ["ALTER", "DROP", "CREATE INDEX", "CREATE UNIQUE INDEX"];
    is_code(statement)
        || words.into_iter().any(|words| begins(statement, words))
        || begins(statement, "CREATE TABLE") && mentions(statement, "PARTITION")
}

fn is_code(statement: &str) -> bool {
    ["DO", "CALL", "SELECT"].into_iter().any(|word| begins(statement, word))
}
