//! What is shown while rows are loaded.

use super::Printer;
use super::printable::one_line;
use crate::postgres::load::{LoadEvent, LoadListener};

impl LoadListener for Printer {
    fn load_event(&mut self, event: LoadEvent<'_>) {
        match event {
            LoadEvent::Begins(tables) => {
                self.bars.begin(tables.iter().map(|table| (one_line(&table.name).into_owned(), table.rows)));
            }
            LoadEvent::Copying { table } => self.bars.start(table),
            LoadEvent::Rows { table, rows } => self.bars.at(table, rows),
            LoadEvent::Copied { table } => self.bars.end(table),
            LoadEvent::PuttingBack(put_off) => {
                self.clear();
                self.progress.begin(put_off.steps());
                self.progress.at("indexes and foreign keys");
            }
            LoadEvent::IsBack(_) => self.progress.advance(),
            LoadEvent::Analyzing => self.progress.at("ANALYZE"),
        }
    }
}
