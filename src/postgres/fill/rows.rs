//! The rows of a plan, as they are loaded.

use std::ops::Range;

use bytes::BytesMut;

use crate::fill::{FillPlan, parents_first};
use crate::postgres::load::{LoadTable, RowSource};

/// The rows of a plan.
#[derive(Debug)]
pub struct FilledRows {
    plan: FillPlan,
    /// Which table of the plan each of the loaded ones is.
    places: Vec<usize>,
}

impl FilledRows {
    /// The tables of a plan to be loaded, and their rows. Those that others refer to come first, as they have to where one transaction
    /// copies a circle of them.
    pub fn of(plan: FillPlan) -> (Vec<LoadTable>, FilledRows) {
        let order = parents_first(&plan.tables);
        let filled = |place: &usize| Some((plan.tables.get(*place)?, plan.fills.get(*place)?.as_ref()?.rows));
        let table = |place: &usize| {
            let (table, rows) = filled(place)?;
            let columns = plan.given_columns(*place);
            let (name, is_new) = (table.sql.clone(), table.rows.unwrap_or(0) == 0);
            Some(LoadTable { name, columns, rows, is_new, noted: None })
        };
        let tables = order.iter().filter_map(table).collect();
        let places = order.into_iter().filter(|place| filled(place).is_some()).collect();
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
