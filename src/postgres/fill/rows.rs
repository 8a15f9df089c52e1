//! The rows of a plan, as they are loaded.

use std::ops::Range;

use bytes::BytesMut;

use crate::fill::FillPlan;
use crate::postgres::load::{LoadTable, RowSource};

/// The rows of a plan.
#[derive(Debug)]
pub struct FilledRows {
    plan: FillPlan,
    /// Which table of the plan each of the loaded ones is.
    places: Vec<usize>,
}

impl FilledRows {
    /// The tables of a plan to be loaded, and their rows.
    pub fn of(plan: FillPlan) -> (Vec<LoadTable>, FilledRows) {
        let tables = plan.filled().map(|(place, table, fill)| LoadTable {
            name: table.sql.clone(),
            columns: plan.given_columns(place),
            rows: fill.rows,
            noted: None,
        });
        let tables = tables.collect();
        let places = plan.filled().map(|(place, _, _)| place).collect();
        (tables, FilledRows { plan, places })
    }
}

impl RowSource for FilledRows {
    fn write(&self, table: usize, rows: Range<u64>, buffer: &mut BytesMut) {
        if let Some(place) = self.places.get(table) {
            self.plan.write(*place, rows, buffer);
        }
    }
}
