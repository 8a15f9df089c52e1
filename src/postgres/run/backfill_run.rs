//! Where a backfill stands while it runs, and what follows from that for the next batch.

use std::ops::Range;
use std::time::Instant;

use super::part_run::Row;
use crate::migration::{Backfill, BackfillProgress, Position, Step, TableIdentity};
use crate::postgres::backfill::{Key, NO_ROW, Pace, RowSecurity, WaitReason};
use crate::postgres::failure::StepState;

/// A backfill that is running.
pub(super) struct BackfillRun<'a> {
    pub step: &'a Step,
    pub backfill: &'a Backfill,
    pub key: Key,
    pub table: TableIdentity,
    pub row_security: RowSecurity,
    pub pace: Pace,
    pub row: Row,
    /// What the history says of it, once it says something.
    pub recorded: Option<BackfillProgress>,
    /// Where it stands. That is what the history says, unless it begins anew.
    pub done: Option<BackfillProgress>,
    /// When it began, and how many rows it had passed then.
    pub began: (Instant, u64),
    /// About how many rows there are, where it begins now.
    pub of: Option<u64>,
    /// The key of the last row that it is to do: the last that there was when it began. `None` where there was none.
    pub until: Option<Vec<String>>,
    pub waiting: WaitNotes,
    /// Whether its statement was seen to change the rows of a batch alone.
    pub is_proven: bool,
    /// A trigger that may give rows another key: then each batch is looked at.
    pub trigger: Option<String>,
    pub has_told_slow: bool,
}

/// The rows of one transaction.
#[derive(Debug, Clone)]
pub(super) struct RowBatch {
    /// It goes up to this key. `None`: it has no row.
    pub end: Option<Vec<String>>,
    /// How many rows there were up to that key. Of the last batch it is the most that there may be.
    pub rows: u64,
    /// Whether no other comes after it.
    pub is_last: bool,
}

/// What was seen and said of reasons to wait.
#[derive(Default)]
pub(super) struct WaitNotes {
    pub looked: Option<Instant>,
    pub told: Vec<WaitReason>,
    pub has_named_hidden: bool,
    /// Those that were named.
    pub idle_slots: Vec<String>,
}

impl BackfillRun<'_> {
    /// What stands in the place of each `:batch`.
    pub fn conditions(&self, batch: &RowBatch) -> Vec<(Range<usize>, String)> {
        let after = self.done.as_ref().map(|done| done.after.as_slice());
        let condition = |alias| match &batch.end {
            Some(end) => self.key.condition(alias, after, Some(end)),
            None => NO_ROW.to_owned(),
        };
        let places = self.backfill.places.iter();
        places.map(|place| (place.span.clone(), condition(place.alias.as_deref()))).collect()
    }

    /// The batch up to this key, as the server has written it. Without one, it takes what is left.
    pub fn batch_to(&self, key: Option<&str>) -> RowBatch {
        let end = key.and_then(|key| serde_json::from_str(key).ok());
        let is_last = end.is_none() || end == self.until;
        RowBatch { end: end.or_else(|| self.until.clone()), rows: self.pace.rows(), is_last }
    }

    /// A query for the key up to which the next batch goes.
    pub fn query_for_batch(&self, after: Option<&[String]>) -> String {
        self.key.last_of_batch(after, self.until.as_deref(), self.pace.rows())
    }

    /// A query with a row for each row of a batch that goes up to this key.
    pub fn query_for_rows(&self, end: &[String]) -> String {
        self.key.rows_of_batch(self.done.as_ref().map(|done| done.after.as_slice()), end)
    }

    /// A query with a row for each row of a batch up to this key that the transaction has written.
    pub fn query_for_written_rows(&self, end: &[String]) -> String {
        self.key.written_rows(self.done.as_ref().map(|done| done.after.as_slice()), Some(end))
    }

    /// The same for rows after this key that the backfill still has before it.
    pub fn query_for_written_rows_ahead(&self, end: &[String]) -> String {
        self.key.written_rows(Some(end), self.until.as_deref())
    }

    /// The rows of a batch, for people.
    pub fn shown_rows(&self, batch: &RowBatch) -> String {
        self.key.shown_rows(self.done.as_ref().map(|done| done.after.as_slice()), batch.end.as_deref())
    }

    /// What the history says once a batch is done.
    pub fn after(&self, batch: &RowBatch) -> BackfillProgress {
        let before = self.done.as_ref();
        let rows = before.map_or(0, |before| before.rows);
        let order = self.key.values_order();
        BackfillProgress {
            direction: self.step.direction(),
            after: match &batch.end {
                Some(end) => end.clone(),
                None => before.map(|before| before.after.clone()).unwrap_or_default(),
            },
            until: self.until.clone(),
            labels: order.known_labels(),
            made_of: order.known_parts(),
            widths: Some(order.widths),
            types: Some(order.types),
            sorted: Some(order.sorted),
            table: Some(self.table.clone()),
            rows: if batch.is_last { rows } else { rows + batch.rows },
            of: self.of,
        }
    }

    pub fn record(&mut self, batch: &RowBatch) {
        self.recorded = Some(self.after(batch));
        self.done.clone_from(&self.recorded);
        self.row = Row::Written(Position::Done(0));
        self.is_proven = self.trigger.is_none();
    }

    pub fn state(&self) -> StepState {
        state_of(self.row, self.recorded.as_ref())
    }

    /// How many rows a second this run has passed.
    pub fn rows_per_second(&self) -> u64 {
        let (start, before) = self.began;
        let rows = self.done.as_ref().map_or(0, |done| done.rows).saturating_sub(before);
        let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        rows.saturating_mul(1000) / milliseconds
    }
}

/// How a backfill is left that stops here.
pub(super) fn state_of(row: Row, recorded: Option<&BackfillProgress>) -> StepState {
    match (recorded, row) {
        (Some(BackfillProgress { rows, of, .. }), _) => StepState::Backfilling { rows: *rows, of: *of },
        (None, Row::Absent) => StepState::RolledBack,
        (None, _) => StepState::Stopped { done: 0, total: 1 },
    }
}
