//! From what a schema asks to a plan of how its tables are filled.

mod checks;
mod keys;
mod narrower;
mod references;
mod shared;
mod trees;
mod widths;

use std::collections::BTreeMap;

use narrower::refuse_narrower;
pub use references::needs_given;
use references::{align, refuse_endless};
use shared::SharedColumns;

use super::FillError;
use super::allowed::Allowed;
use super::looks::ColumnLook;
use super::order::parents_first;
use super::plan::{FillPlan, ParentChoice, TableFill, ValueSource};
use super::random::Stream;
use super::ranks::{Parents, Ranks, distinct_values};
use super::shape::Shape;
use super::table::{FillColumn, FillTable};
use super::tuple::Tuple;
use super::types::FillType;
use super::value::Given;

/// The keys of rows that are there already, of a table that is not filled: for each foreign key, by table and place.
pub type GivenKeys = BTreeMap<(usize, usize), Vec<Vec<Option<Given>>>>;

/// Plans to give each table its number of rows; 0 leaves it alone. Values are as common as those in `like`.
///
/// # Errors
/// A constraint that no known values meet, by its name.
pub fn plan(
    tables: Vec<FillTable>,
    rows: &[u64],
    seed: u64,
    given: &GivenKeys,
    like: Option<&Shape>,
) -> Result<FillPlan, FillError> {
    let fills = vec![None; tables.len()];
    let mut plan = FillPlan { seed, tables, fills };
    let shared = SharedColumns::of(&plan, rows);
    for place in parents_first(&plan.tables) {
        let wanted = rows.get(place).copied().unwrap_or(0);
        if wanted == 0 {
            continue;
        }
        let fill = Builder::new(&plan, place, (rows, given, &shared))?.build(like)?;
        if let Some(slot) = plan.fills.get_mut(place) {
            *slot = Some(fill);
        }
    }
    refuse_endless(&plan)?;
    align(&mut plan)?;
    refuse_narrower(&plan)?;
    Ok(plan)
}

/// The random numbers and the look of a column.
pub fn looked_at(seed: u64, table: &FillTable, column: &FillColumn) -> (Stream, ColumnLook) {
    (Stream::new(seed, &[&table.schema, &table.name, &column.name]), ColumnLook::of(&column.name))
}

struct Builder<'p> {
    tables: &'p [FillTable],
    /// Of the tables before this one.
    fills: &'p [Option<TableFill>],
    table: &'p FillTable,
    place: usize,
    rows: &'p [u64],
    given: &'p GivenKeys,
    shared: &'p SharedColumns,
    streams: Vec<(Stream, ColumnLook)>,
    stream: Stream,
    sources: Vec<Option<ValueSource>>,
    choices: Vec<Option<ParentChoice>>,
    tuples: Vec<Tuple>,
}

impl<'p> Builder<'p> {
    fn new(
        plan: &'p FillPlan,
        place: usize,
        (rows, given, shared): (&'p [u64], &'p GivenKeys, &'p SharedColumns),
    ) -> Result<Self, FillError> {
        let tables = plan.tables.as_slice();
        let table = tables.get(place).ok_or(FillError::Nothing)?;
        let stream = Stream::new(plan.seed, &[&table.schema, &table.name]);
        Ok(Builder {
            tables,
            fills: plan.fills.as_slice(),
            table,
            place,
            rows,
            given,
            shared,
            streams: table.columns.iter().map(|column| looked_at(plan.seed, table, column)).collect(),
            stream,
            sources: vec![None; table.columns.len()],
            choices: vec![None; table.foreign_keys.len()],
            tuples: Vec::new(),
        })
    }

    fn build(mut self, like: Option<&Shape>) -> Result<TableFill, FillError> {
        self.refuse_copy()?;
        self.leave_out()?;
        self.refuse_sequences()?;
        self.share();
        self.refer(like)?;
        self.exclude()?;
        self.keep_keys(like)?;
        self.choose_parents();
        let ranks = self.follow(like);
        self.filter_combinations();
        let candidates = self.bind();
        self.order_times();
        let table = self.table;
        Ok(TableFill {
            rows: self.rows.get(self.place).copied().unwrap_or(0),
            first: table.rows.unwrap_or(0),
            firsts: table.columns.iter().map(|column| self.first_of(column)).collect(),
            rooms: (0..table.columns.len()).map(|place| self.room(place).unwrap_or(u64::MAX)).collect(),
            sources: self.sources.into_iter().map(|source| source.unwrap_or(ValueSource::Plain)).collect(),
            choices: self.choices.into_iter().map(|choice| choice.unwrap_or(ParentChoice::Follows)).collect(),
            tuples: self.tuples,
            candidates,
            given: (0..table.foreign_keys.len())
                .map(|key| self.given.get(&(self.place, key)).cloned())
                .collect(),
            ranks,
            columns: self.streams,
        })
    }

    /// The number of the first value of a column that has to be distinct: after what is there, and where the values begin that are
    /// allowed.
    fn first_of(&self, column: &FillColumn) -> u64 {
        let largest = column.largest.filter(|_| column.of.is_whole()).unwrap_or(0);
        let largest = u64::try_from(largest).unwrap_or(0);
        column.allowed.first().max(largest).max(self.table.rows.unwrap_or(0))
    }

    /// How many rows can have a value of their own in a column; `None` for more than anybody fills.
    fn room(&self, place: usize) -> Option<u64> {
        let column = self.table.columns.get(place)?;
        let is_key = self.table.keys.iter().any(|key| key.columns == [place]);
        let passed_over = match column.allowed {
            Allowed::From(first) => self.first_of(column) - first,
            // Of a key, those that are there already are not in the list; of another column, they may be any.
            Allowed::Only(_) if is_key || self.table.rows.unwrap_or(0) == 0 => 0,
            Allowed::Only(_) => u64::MAX,
        };
        Some(column.values()?.saturating_sub(passed_over))
    }

    /// Refuses what COPY BINARY does not write to.
    fn refuse_copy(&self) -> Result<(), FillError> {
        if self.table.has_row_security {
            return Err(FillError::RowSecurity { table: self.table.shown() });
        }
        match self.table.columns.iter().find(|column| !column.takes_binary) {
            Some(column) => Err(FillError::NoBinary {
                table: self.table.shown(),
                column: column.name.clone(),
                type_name: column.type_name.clone(),
            }),
            None => Ok(()),
        }
    }

    /// What the server computes, and what no value can be made for.
    fn leave_out(&mut self) -> Result<(), FillError> {
        for (column, source) in self.table.columns.iter().zip(&mut self.sources) {
            let is_unknown = column.of == FillType::Other;
            *source = match column {
                _ if column.computed.is_some() || is_unknown && column.has_default => {
                    Some(ValueSource::LeftOut)
                }
                _ if is_unknown && !column.not_null => Some(ValueSource::Null),
                _ if is_unknown => {
                    return Err(FillError::Type {
                        table: self.table.shown(),
                        column: column.name.clone(),
                        type_name: column.type_name.clone(),
                    });
                }
                _ => None,
            };
        }
        Ok(())
    }

    /// Refuses columns whose sequence would give values to the next rows that are there by then.
    fn refuse_sequences(&self) -> Result<(), FillError> {
        let made = self.table.columns.iter().zip(&self.sources);
        let made = made.filter(|(_, source)| **source != Some(ValueSource::LeftOut));
        for (column, _) in made {
            if let Some(sequence) = column.sequences.iter().find(|sequence| !sequence.can_be_set) {
                return Err(FillError::Sequence {
                    table: self.table.shown(),
                    column: column.name.clone(),
                    sequence: sequence.name.clone(),
                });
            }
        }
        Ok(())
    }

    /// Columns whose values other tables have, too.
    fn share(&mut self) {
        for (column, source) in self.sources.iter_mut().enumerate() {
            if source.is_none() {
                *source = self.shared.source(self.place, column);
            }
        }
    }

    fn set_choice(&mut self, key: usize, choice: ParentChoice) {
        if let Some(slot) = self.choices.get_mut(key) {
            *slot = Some(choice);
        }
    }

    /// Whether a row may have NULL in a column because it would in the other database. In a key, or in a reference to another row of the table,
    /// nothing else may ask for a value.
    fn may_be_null(&self, place: usize) -> bool {
        let Some(column) = self.table.columns.get(place) else { return false };
        let refers_to_itself = self
            .table
            .foreign_keys
            .iter()
            .any(|key| key.parent == self.place && key.columns.contains(&place));
        if self.sources.get(place) != Some(&Some(ValueSource::Distinct)) && !refers_to_itself {
            return !column.not_null;
        }
        let mut keys = self.table.keys.iter().filter(|key| key.columns.contains(&place));
        self.table.may_be_without(place) && self.may_be_wider(place) && !keys.any(|key| key.nulls_are_equal)
    }

    /// How many values a column has in the other database, for as many rows as it gets.
    fn distinct_there(&self, like: Option<&Shape>, column: usize) -> Option<u64> {
        let shape = like?.table(&self.table.schema, &self.table.name)?;
        let shape = shape.columns.get(&self.table.columns.get(column)?.name)?;
        Some(distinct_values(shape, self.rows.get(self.place).copied().unwrap_or(0)))
    }

    /// How often the values of each column come, and where.
    fn follow(&self, like: Option<&Shape>) -> Vec<Option<Ranks>> {
        let rows = self.rows.get(self.place).copied().unwrap_or(0);
        let there = |table: &FillTable| like?.table(&table.schema, &table.name);
        let of_column = |(place, column): (usize, &FillColumn)| {
            let table = there(self.table)?;
            let key = self.table.foreign_keys.iter().find(|key| key.columns.contains(&place));
            let parents = key.map(|key| Parents {
                there: self.tables.get(key.parent).and_then(there).and_then(|table| table.rows).unwrap_or(0),
                here: self.rows.get(key.parent).copied().unwrap_or(0),
            });
            let shape = table.columns.get(&column.name)?;
            let ranks = Ranks::of(shape, &column.of, rows, table.rows.unwrap_or(rows), parents);
            let ranks = if self.may_be_wider(place) { ranks } else { ranks.without_width() };
            Some(if self.may_be_null(place) { ranks } else { ranks.without_nulls() })
        };
        self.table.columns.iter().enumerate().map(of_column).collect()
    }
}
