//! From what a schema asks to a plan of how its tables are filled.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::FillError;
use super::candidates::{Candidates, literals};
use super::looks::Look;
use super::plan::{Choice, FillPlan, Source, TableFill, Tuple};
use super::random::{Permutation, Stream};
use super::ranks::Ranks;
use super::shape::Shape;
use super::spread::parents_first;
use super::table::{ForeignKey, Table};
use super::types::Type;

/// How many rows in a thousand refer to nothing, where they need not refer to anything.
const WITHOUT_PARENT: u64 = 200;

/// The keys of rows that are there already, of a table that is not filled: for each foreign key, by table and place.
pub type GivenKeys = std::collections::BTreeMap<(usize, usize), Vec<Vec<Option<Bytes>>>>;

/// Plans to give each table its number of rows; 0 leaves it alone. Values are as common as those in `like`.
///
/// # Errors
/// A constraint that no known values meet, by its name.
pub fn plan(
    tables: Vec<Table>,
    rows: &[u64],
    seed: u64,
    given: &GivenKeys,
    like: Option<&Shape>,
) -> Result<FillPlan, FillError> {
    let fills = vec![None; tables.len()];
    let mut plan = FillPlan { seed, tables, fills };
    for place in parents_first(&plan.tables) {
        let wanted = rows.get(place).copied().unwrap_or(0);
        if wanted == 0 {
            continue;
        }
        let fill = Builder::new(&plan, place, rows, given)?.build(like)?;
        if let Some(slot) = plan.fills.get_mut(place) {
            *slot = Some(fill);
        }
    }
    refuse_endless(&plan)?;
    align(&mut plan)?;
    Ok(plan)
}

/// Refuses keys that refer to each other in a circle: their values would be looked for without an end.
fn refuse_endless(plan: &FillPlan) -> Result<(), FillError> {
    let comes_from = |(place, column): (usize, usize)| {
        let fill = plan.fills.get(place)?.as_ref()?;
        let Some(Source::Foreign { key, place: at }) = fill.sources.get(column) else { return None };
        if matches!(fill.choices.get(*key), Some(Choice::Given { .. })) {
            return None;
        }
        let foreign_key = plan.tables.get(place)?.foreign_keys.get(*key)?;
        Some((foreign_key, (foreign_key.parent, *foreign_key.parent_columns.get(*at)?)))
    };
    for (place, table, _) in plan.filled() {
        for column in 0..table.columns.len() {
            let mut seen = BTreeSet::new();
            let mut at = (place, column);
            while let Some((foreign_key, parent)) = comes_from(at) {
                if !seen.insert(at) {
                    return Err(FillError::Unsolvable {
                        table: plan.tables.get(at.0).map(Table::shown).unwrap_or_default(),
                        constraint: foreign_key.name.clone(),
                        reason: "its columns refer to each other in a circle".to_owned(),
                    });
                }
                at = parent;
            }
        }
    }
    Ok(())
}

/// Which foreign keys of a table need rows of others that are not filled: by table and place.
pub fn needs_given(tables: &[Table], rows: &[u64]) -> Vec<(usize, usize)> {
    let is_filled = |table: usize| rows.get(table).is_some_and(|rows| *rows > 0);
    let all = tables.iter().enumerate().filter(|(place, _)| is_filled(*place));
    let keys = all.flat_map(|(place, table)| {
        table.foreign_keys.iter().enumerate().map(move |(key, one)| (place, key, one))
    });
    keys.filter(|(_, _, key)| !is_filled(key.parent)).map(|(place, key, _)| (place, key)).collect()
}

struct Builder<'p> {
    tables: &'p [Table],
    table: &'p Table,
    place: usize,
    rows: &'p [u64],
    given: &'p GivenKeys,
    streams: Vec<(Stream, Look)>,
    stream: Stream,
    sources: Vec<Option<Source>>,
    choices: Vec<Option<Choice>>,
    tuples: Vec<Tuple>,
}

impl<'p> Builder<'p> {
    fn new(
        plan: &'p FillPlan,
        place: usize,
        rows: &'p [u64],
        given: &'p GivenKeys,
    ) -> Result<Self, FillError> {
        let tables = plan.tables.as_slice();
        let table = tables.get(place).ok_or(FillError::Nothing)?;
        let stream = Stream::new(plan.seed, &[&table.schema, &table.name]);
        let column = |column: &super::table::Column| {
            (Stream::new(plan.seed, &[&table.schema, &table.name, &column.name]), Look::of(&column.name))
        };
        Ok(Builder {
            tables,
            table,
            place,
            rows,
            given,
            streams: table.columns.iter().map(column).collect(),
            stream,
            sources: vec![None; table.columns.len()],
            choices: vec![None; table.foreign_keys.len()],
            tuples: Vec::new(),
        })
    }

    fn build(mut self, like: Option<&Shape>) -> Result<TableFill, FillError> {
        self.leave_out()?;
        self.refer()?;
        self.exclude()?;
        self.keep_keys()?;
        self.choose_parents();
        let ranks = self.follow(like);
        let candidates = self.bind();
        self.order_times();
        let table = self.table;
        let there = table.rows.unwrap_or(0);
        let largest = self.largest().unwrap_or(0);
        Ok(TableFill {
            rows: self.rows.get(self.place).copied().unwrap_or(0),
            first: there.max(u64::try_from(largest).unwrap_or(0)),
            sources: self.sources.into_iter().map(|source| source.unwrap_or(Source::Plain)).collect(),
            choices: self.choices.into_iter().map(|choice| choice.unwrap_or(Choice::Follows)).collect(),
            tuples: self.tuples,
            candidates,
            given: (0..table.foreign_keys.len())
                .map(|key| self.given.get(&(self.place, key)).cloned())
                .collect(),
            ranks,
            columns: self.streams,
        })
    }

    /// The largest number that a key of whole numbers has already, or that a check of it names as its limit.
    fn largest(&self) -> Option<i64> {
        let distinct = (0..self.sources.len())
            .filter(|column| self.sources.get(*column) == Some(&Some(Source::Distinct)));
        let numbers = distinct
            .filter(|column| self.table.columns.get(*column).is_some_and(|column| column.of.is_whole()));
        let there = numbers.clone().filter_map(|column| self.table.columns.get(column)?.largest);
        let checks = numbers.flat_map(|column| {
            let of_it = self.table.checks.iter().filter(move |check| check.columns == [column]);
            of_it.flat_map(|check| literals(&check.expression)).filter_map(|text| text.parse::<i64>().ok())
        });
        there.chain(checks.filter(|number| *number < 1_000_000_000)).max()
    }

    /// What the server computes, and what no value can be made for.
    fn leave_out(&mut self) -> Result<(), FillError> {
        for (column, source) in self.table.columns.iter().zip(&mut self.sources) {
            let is_unknown = column.of == Type::Other;
            *source = match column {
                _ if column.is_generated || is_unknown && column.has_default => Some(Source::LeftOut),
                _ if is_unknown && !column.not_null => Some(Source::Null),
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

    /// The columns of foreign keys, the widest first: one whose columns all belong to a wider one follows from that.
    fn refer(&mut self) -> Result<(), FillError> {
        let mut order: Vec<usize> = (0..self.table.foreign_keys.len()).collect();
        order.sort_by_key(|key| {
            let columns = self.table.foreign_keys.get(*key).map_or(0, |key| key.columns.len());
            (std::cmp::Reverse(columns), *key)
        });
        for key in order {
            let Some(foreign_key) = self.table.foreign_keys.get(key) else { continue };
            if self.refers_to_itself(key, foreign_key)? {
                continue;
            }
            let parent_is_empty = self.rows.get(foreign_key.parent).copied().unwrap_or(0) == 0
                && self.given.get(&(self.place, key)).is_none_or(Vec::is_empty);
            if parent_is_empty {
                let nullable =
                    |column: &&usize| self.table.columns.get(**column).is_some_and(|column| !column.not_null);
                let Some(column) = foreign_key.columns.iter().find(nullable) else {
                    return Err(self.no_parent(foreign_key));
                };
                if let Some(slot) = self.sources.get_mut(*column) {
                    *slot = Some(Source::Null);
                }
                self.set_choice(key, Choice::Follows);
                continue;
            }
            let mut is_taken = false;
            for (place, column) in foreign_key.columns.iter().enumerate() {
                match self.sources.get_mut(*column) {
                    Some(slot @ None) => *slot = Some(Source::Foreign { key, place }),
                    _ => is_taken = true,
                }
            }
            if is_taken {
                self.overlap(key, foreign_key)?;
            }
        }
        Ok(())
    }

    /// Whether a foreign key leads from a column to that very column, as in a tree whose nodes have the tenant of their parent.
    /// The column's value cannot come from the parent then: it would be looked for in one row after the other without an end.
    fn refers_to_itself(&mut self, key: usize, foreign_key: &ForeignKey) -> Result<bool, FillError> {
        let both = foreign_key.columns.iter().zip(&foreign_key.parent_columns);
        let (same, other): (Vec<_>, Vec<_>) = both.partition(|(column, parents)| column == parents);
        if foreign_key.parent != self.place || same.is_empty() {
            return Ok(false);
        }
        self.set_choice(key, Choice::Follows);
        if other.is_empty() {
            return Ok(true);
        }
        let may_be_null = |column: usize| {
            self.table.columns.get(column).is_some_and(|column| !column.not_null)
                && self.sources.get(column) == Some(&None)
        };
        let nullable = other.iter().map(|(column, _)| **column).find(|column| may_be_null(*column));
        let Some(slot) = nullable.and_then(|column| self.sources.get_mut(column)) else {
            return Err(FillError::Unsolvable {
                table: self.table.shown(),
                constraint: foreign_key.name.clone(),
                reason:
                    "it refers to the table itself through a column that both rows share, and takes no NULL"
                        .to_owned(),
            });
        };
        *slot = Some(Source::Null);
        Ok(true)
    }

    fn no_parent(&self, key: &ForeignKey) -> FillError {
        let parent = self.tables.get(key.parent).map(Table::shown).unwrap_or_default();
        FillError::NoParent { table: self.table.shown(), constraint: key.name.clone(), parent }
    }

    /// Two foreign keys share columns. One may follow from the other; otherwise both go through the same third table.
    fn overlap(&mut self, key: usize, foreign_key: &ForeignKey) -> Result<(), FillError> {
        let decides = foreign_key.columns.iter().find_map(|column| match self.sources.get(*column)? {
            Some(Source::Foreign { key: other, .. }) if *other != key => Some((*other, *column)),
            _ => None,
        });
        let Some((other, column)) = decides else { return Ok(()) };
        let unsolvable = || FillError::Unsolvable {
            table: self.table.shown(),
            constraint: foreign_key.name.clone(),
            reason: "it shares columns with another foreign key, and the two lead to different tables"
                .to_owned(),
        };
        let other_key = self.table.foreign_keys.get(other).ok_or_else(unsolvable)?;
        let there = |key: &ForeignKey| {
            let place = key.columns.iter().position(|one| *one == column)?;
            key.parent_columns.get(place).copied()
        };
        let through = |key: &ForeignKey| -> Option<(usize, usize)> {
            let column = there(key)?;
            let parent = self.tables.get(key.parent)?;
            let found = parent.foreign_keys.iter().position(|one| one.columns.contains(&column))?;
            Some((found, parent.foreign_keys.get(found)?.parent))
        };
        // The other one's parent refers to the table of this one: then it holds by itself.
        let (others, grand) = through(other_key).ok_or_else(unsolvable)?;
        if grand == foreign_key.parent && foreign_key.columns.len() == 1 {
            self.set_choice(key, Choice::Follows);
            return Ok(());
        }
        let (mine, my_grand) = through(foreign_key).ok_or_else(unsolvable)?;
        if my_grand != grand {
            return Err(unsolvable());
        }
        let stream = self.stream.of(1000 + key as u64);
        self.set_choice(key, Choice::Aligned { with: (other, others), through: mine, stream });
        Ok(())
    }

    fn set_choice(&mut self, key: usize, choice: Choice) {
        if let Some(slot) = self.choices.get_mut(key) {
            *slot = Some(choice);
        }
    }

    /// Ranges that do not meet.
    fn exclude(&mut self) -> Result<(), FillError> {
        for exclusion in &self.table.exclusions {
            let range = exclusion.parts.iter().find_map(|(column, operator)| {
                let of = &self.table.columns.get((*column)?)?.of;
                (operator == "&&" && matches!(of, Type::Range(_))).then_some((*column)?)
            });
            let slot = range.and_then(|column| self.sources.get_mut(column));
            match slot {
                Some(slot @ (None | Some(Source::Distinct))) => *slot = Some(Source::Distinct),
                _ if exclusion.parts.iter().all(|(column, operator)| column.is_some() && operator == "=") => {
                }
                _ => {
                    return Err(FillError::Unsolvable {
                        table: self.table.shown(),
                        constraint: exclusion.name.clone(),
                        reason: "only ranges that do not overlap, and columns that are equal, can be made"
                            .to_owned(),
                    });
                }
            }
        }
        Ok(())
    }

    fn keep_keys(&mut self) -> Result<(), FillError> {
        let equal = self
            .table
            .exclusions
            .iter()
            .filter(|exclusion| exclusion.parts.iter().all(|(_, operator)| operator == "="));
        let equal = equal.map(|exclusion| {
            let columns = exclusion.parts.iter().filter_map(|(column, _)| *column).collect();
            (exclusion.name.clone(), columns, false)
        });
        let keys = self.table.keys.iter().map(|key| (key.name.clone(), key.columns.clone(), key.is_computed));
        let mut all: Vec<(String, Vec<usize>, bool)> = keys.chain(equal).collect();
        // A key of one column is a part of many others.
        all.sort_by_key(|(_, columns, _)| columns.len());
        for (name, columns, is_computed) in all {
            self.keep_key(&name, &columns, is_computed)?;
        }
        Ok(())
    }

    fn keep_key(&mut self, name: &str, columns: &[usize], is_computed: bool) -> Result<(), FillError> {
        if is_computed {
            return Err(FillError::Unsolvable {
                table: self.table.shown(),
                constraint: name.to_owned(),
                reason: "it is made of expressions that may put different values together".to_owned(),
            });
        }
        let source = |column: &usize| self.sources.get(*column).copied().flatten();
        let is_distinct = |column: &usize| matches!(source(column), Some(Source::Distinct | Source::Null));
        if columns.iter().any(is_distinct) || self.is_counted_off(columns) {
            return Ok(());
        }
        // A column that may have any number of values makes the key distinct by itself.
        let rows = self.rows.get(self.place).copied().unwrap_or(0) + self.table.rows.unwrap_or(0);
        let has_room = |column: &usize| {
            let of = self.table.columns.get(*column).map(|column| &column.of);
            of.is_some_and(|of| *of != Type::Other && of.values().is_none_or(|values| values > rows))
        };
        let free = columns.iter().find(|column| source(column).is_none() && has_room(column));
        if let Some(column) = free {
            if let Some(slot) = self.sources.get_mut(*column) {
                *slot = Some(Source::Distinct);
            }
            return Ok(());
        }
        self.count_off(name, columns)
    }

    /// Whether a key that is counted off is a part of these columns.
    fn is_counted_off(&self, columns: &[usize]) -> bool {
        (0..self.tuples.len()).any(|tuple| {
            let belongs = |column: usize| match self.sources.get(column).copied().flatten() {
                Some(Source::Digit { tuple: one, .. }) => one == tuple,
                Some(Source::Foreign { key, .. }) => {
                    matches!(self.choices.get(key), Some(Some(Choice::Digit { tuple: one, .. })) if *one == tuple)
                }
                _ => false,
            };
            let of_it: Vec<usize> = (0..self.sources.len()).filter(|column| belongs(*column)).collect();
            !of_it.is_empty() && of_it.iter().all(|column| columns.contains(column))
        })
    }

    /// Every combination of the rows that foreign keys refer to, and of the values of the other columns, at most once.
    fn count_off(&mut self, name: &str, columns: &[usize]) -> Result<(), FillError> {
        let tuple = self.tuples.len();
        let unsolvable = |reason: &str| FillError::Unsolvable {
            table: self.table.shown(),
            constraint: name.to_owned(),
            reason: reason.to_owned(),
        };
        let (mut sizes, mut digits, mut keys) = (Vec::new(), Vec::new(), BTreeSet::new());
        for column in columns {
            match self.sources.get(*column).copied().flatten() {
                Some(Source::Foreign { key, .. }) if self.choices.get(key) == Some(&None) => {
                    let parent = self.table.foreign_keys.get(key).map_or(0, |key| key.parent);
                    if parent == self.place {
                        return Err(unsolvable("it holds a reference to the table itself"));
                    }
                    if keys.insert(key) {
                        sizes.push(self.parents(key, parent));
                        digits.push((None, key));
                    }
                }
                // One that another key counts off makes this one no less distinct.
                Some(Source::Foreign { .. } | Source::Digit { .. }) => {}
                None => {
                    let of = self.table.columns.get(*column).map(|column| &column.of);
                    sizes.push(of.and_then(Type::values).unwrap_or(1));
                    digits.push((Some(*column), 0));
                }
                _ => return Err(unsolvable("one of its columns is decided elsewhere")),
            }
        }
        let rows = self.rows.get(self.place).copied().unwrap_or(0);
        let there = self.table.rows.unwrap_or(0);
        let most = sizes.iter().fold(1_u64, |all, size| all.saturating_mul(*size));
        if digits.is_empty() {
            return Err(unsolvable("its columns belong to other keys, too"));
        }
        if rows > most {
            let (table, constraint) = (self.table.shown(), name.to_owned());
            return Err(FillError::TooMany { table, constraint, asked: rows, most });
        }
        let parents_have_rows = |key: &usize| {
            let parent = self.table.foreign_keys.get(*key).map_or(0, |key| key.parent);
            self.tables.get(parent).and_then(|table| table.rows).unwrap_or(0) > 0
                || self.given.contains_key(&(self.place, *key))
        };
        if there > 0
            && !keys.iter().any(|key| {
                !parents_have_rows(key) || self.rows.get(self.parent(*key)).is_some_and(|rows| *rows > 0)
            })
        {
            return Err(unsolvable(
                "the table has rows, whose combinations are not known: --truncate empties it",
            ));
        }
        for (part, (column, key)) in digits.into_iter().enumerate() {
            match column {
                Some(column) => {
                    if let Some(slot) = self.sources.get_mut(column) {
                        *slot = Some(Source::Digit { tuple, part });
                    }
                }
                None => self.set_choice(key, Choice::Digit { tuple, part }),
            }
        }
        let order = Permutation::new(most, self.stream.of(2000 + tuple as u64));
        self.tuples.push(Tuple { order, sizes });
        Ok(())
    }

    fn parent(&self, key: usize) -> usize {
        self.table.foreign_keys.get(key).map_or(0, |key| key.parent)
    }

    /// How many rows a foreign key may refer to.
    fn parents(&self, key: usize, parent: usize) -> u64 {
        match self.given.get(&(self.place, key)) {
            Some(given) => given.len() as u64,
            None => self.rows.get(parent).copied().unwrap_or(0),
        }
    }

    fn choose_parents(&mut self) {
        for (key, foreign_key) in self.table.foreign_keys.iter().enumerate() {
            if self.choices.get(key) != Some(&None) {
                continue;
            }
            let stream = self.stream.of(3000 + key as u64);
            let nullable =
                |column: &usize| self.table.columns.get(*column).is_some_and(|column| !column.not_null);
            let is_in_key = |column: &usize| self.table.keys.iter().any(|key| key.columns.contains(column));
            let may_be_null =
                foreign_key.columns.iter().any(nullable) && !foreign_key.columns.iter().any(is_in_key);
            let choice = if foreign_key.parent == self.place {
                Choice::Earlier { stream, first_is_null: may_be_null }
            } else if let Some(keys) = self.given.get(&(self.place, key)) {
                Choice::Given { stream, count: keys.len() as u64 }
            } else {
                let order = Permutation::new(self.parents(key, foreign_key.parent), stream.of(5));
                Choice::Skewed { stream, order, nulls: if may_be_null { WITHOUT_PARENT } else { 0 } }
            };
            self.set_choice(key, choice);
        }
    }

    /// How often the values of each column come, and how often a foreign key refers to nothing.
    fn follow(&mut self, like: Option<&Shape>) -> Vec<Option<Ranks>> {
        let rows = self.rows.get(self.place).copied().unwrap_or(0);
        let shape = like.and_then(|like| like.table(&self.table.schema, &self.table.name));
        let of_column =
            |column: &super::table::Column| Some(Ranks::of(shape?.columns.get(&column.name)?, rows));
        let ranks: Vec<Option<Ranks>> = self.table.columns.iter().map(of_column).collect();
        for (foreign_key, choice) in self.table.foreign_keys.iter().zip(&mut self.choices) {
            let followed = foreign_key.columns.first().and_then(|column| ranks.get(*column)?.as_ref());
            let is_nullable = foreign_key
                .columns
                .iter()
                .any(|column| self.table.columns.get(*column).is_some_and(|column| !column.not_null));
            if let (Some(followed), Some(Choice::Skewed { nulls, .. }), true) =
                (followed, choice, is_nullable)
            {
                *nulls = followed.nulls;
            }
        }
        ranks
    }

    /// Columns that are free so far and stand in a check: groups of those that checks join.
    fn bind(&mut self) -> Vec<Candidates> {
        let is_free = |column: &usize| match self.sources.get(*column).copied().flatten() {
            None => true,
            Some(Source::Foreign { key, .. }) => {
                let is_simple = self.table.foreign_keys.get(key).is_some_and(|key| key.columns.len() == 1);
                is_simple && matches!(self.choices.get(key), Some(Some(Choice::Skewed { .. })))
            }
            Some(_) => false,
        };
        let mut groups: Vec<(BTreeSet<usize>, Vec<usize>)> = Vec::new();
        for (place, check) in self.table.checks.iter().enumerate() {
            if check.columns.is_empty() || !check.columns.iter().all(is_free) {
                continue;
            }
            let mut columns: BTreeSet<usize> = check.columns.iter().copied().collect();
            let mut checks = vec![place];
            groups.retain(|(others, their)| {
                let is_apart = others.is_disjoint(&columns);
                if !is_apart {
                    columns.extend(others);
                    checks.extend(their);
                }
                is_apart
            });
            groups.push((columns, checks));
        }
        let mut candidates = Vec::new();
        for (group, (columns, mut checks)) in groups.into_iter().enumerate() {
            for column in &columns {
                match self.sources.get_mut(*column) {
                    Some(slot @ None) => *slot = Some(Source::Candidate { group }),
                    Some(Some(Source::Foreign { key, .. })) => {
                        if let Some(slot @ Some(Choice::Skewed { .. })) = self.choices.get_mut(*key)
                            && let Some(Choice::Skewed { stream, nulls, .. }) = *slot
                        {
                            // Where a check speaks of it, it is often one of two that has to be NULL.
                            *slot = Some(Choice::Candidate {
                                group,
                                stream,
                                nulls: if nulls > 0 { 500 } else { 0 },
                            });
                        }
                    }
                    _ => {}
                }
            }
            checks.sort_unstable();
            let stream = self.stream.of(4000 + group as u64);
            candidates.push(Candidates::new(self.table, columns.into_iter().collect(), checks, stream));
        }
        candidates
    }

    /// `updated_at` comes after `created_at`.
    fn order_times(&mut self) {
        let is_time = |column: usize| {
            matches!(
                self.table.columns.get(column).map(|column| &column.of),
                Some(Type::Timestamp | Type::Date)
            )
        };
        let look = |column: usize| self.streams.get(column).map(|(_, look)| *look);
        let of = |column: usize| self.table.columns.get(column).map(|column| &column.of);
        for column in
            (0..self.sources.len()).filter(|column| is_time(*column) && look(*column) == Some(Look::Later))
        {
            let is_first = |first: &usize| {
                look(*first) == Some(Look::Created)
                    && of(*first) == of(column)
                    && self.table.columns.get(*first).is_some_and(|first| first.not_null)
                    && matches!(self.sources.get(*first), Some(None))
            };
            let first = (0..self.sources.len()).find(is_first);
            if let (Some(slot @ None), Some(first)) = (self.sources.get_mut(column), first) {
                *slot = Some(Source::After { column: first });
            }
        }
    }
}

/// Where two foreign keys of a table share a column, their parents have to be chosen so that their children can be counted.
fn align(plan: &mut FillPlan) -> Result<(), FillError> {
    let mut counted = BTreeSet::new();
    for (_, table, fill) in plan.filled() {
        for (foreign_key, choice) in table.foreign_keys.iter().zip(&fill.choices) {
            if let Choice::Aligned { with: (other, others), through, .. } = choice {
                let other_parent = table.foreign_keys.get(*other).map_or(0, |key| key.parent);
                counted.insert((other_parent, *others, foreign_key.name.clone(), table.shown()));
                counted.insert((foreign_key.parent, *through, foreign_key.name.clone(), table.shown()));
            }
        }
    }
    for (table, key, constraint, of) in counted {
        let unsolvable = |reason: &str| FillError::Unsolvable {
            table: of.clone(),
            constraint: constraint.clone(),
            reason: reason.to_owned(),
        };
        let grand =
            plan.tables.get(table).and_then(|table| table.foreign_keys.get(key)).map_or(0, |key| key.parent);
        let rows = |place: usize| plan.fills.get(place).and_then(Option::as_ref).map_or(0, |fill| fill.rows);
        let (have, need) = (rows(table), rows(grand));
        if have < need {
            let parent = plan.tables.get(table).map(Table::shown).unwrap_or_default();
            return Err(unsolvable(&format!(
                "{parent} needs at least {need} rows for that, one for each that it refers to"
            )));
        }
        let choice =
            plan.fills.get_mut(table).and_then(Option::as_mut).and_then(|fill| fill.choices.get_mut(key));
        match choice {
            Some(choice @ (Choice::Skewed { .. } | Choice::Remainder)) => *choice = Choice::Remainder,
            _ => {
                return Err(unsolvable(
                    "it shares a column with another foreign key, which a key decides already",
                ));
            }
        }
    }
    Ok(())
}
