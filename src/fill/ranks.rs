//! How often each value of a column comes, after the shape of another database.

use std::collections::BTreeMap;

use super::random::{Stream, scaled};
use super::shape::ColumnShape;

/// The whole, in the unit of the shares.
const WHOLE: u64 = 1_000_000_000;

/// How often each value comes: the most common ones by their shares, the others evenly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranks {
    /// How many in a thousand are NULL.
    pub nulls: u64,
    /// The shares of the most common values, each added to those before it, of all that are not NULL.
    upper: Vec<u64>,
    /// How many different values there are.
    distinct: u64,
    /// How many bytes a text has on average.
    pub width: usize,
    /// The labels of an enum, or the two of a boolean, in the order of the shares.
    labels: Vec<String>,
}

impl Ranks {
    /// After a column of a table that gets this many rows.
    pub fn of(shape: &ColumnShape, rows: u64) -> Ranks {
        let labels: BTreeMap<&String, f64> =
            shape.labels.iter().map(|(label, share)| (label, *share)).collect();
        let shares =
            if labels.is_empty() { shape.frequencies.clone() } else { labels.values().copied().collect() };
        let there = (1.0 - shape.nulls).max(1e-9);
        let mut sum = 0.0;
        let upper = shares.iter().map(|share| {
            sum += share / there;
            whole(sum.min(1.0) * WHOLE as f64)
        });
        Ranks {
            nulls: whole(shape.nulls * 1000.0),
            upper: upper.collect(),
            distinct: whole(shape.distinct.of(rows)).max(1),
            // Without the header.
            width: shape.width.saturating_sub(2) as usize,
            labels: labels.into_keys().cloned().collect(),
        }
    }

    /// Which value a row has, by how common it is.
    pub fn rank(&self, stream: Stream, number: u64) -> u64 {
        let share = scaled(stream.of(11).at(number), WHOLE);
        let common = self.upper.partition_point(|upper| *upper <= share) as u64;
        let known = self.upper.len() as u64;
        if common < known {
            return common;
        }
        let others = self.distinct.saturating_sub(known);
        if others == 0 {
            common.min(known.saturating_sub(1))
        } else {
            known + stream.of(12).below(number, others)
        }
    }

    /// The label of a row, where the labels are known.
    pub fn label(&self, stream: Stream, number: u64) -> Option<&str> {
        let place = usize::try_from(self.rank(stream, number)).ok()?;
        self.labels.get(place).map(String::as_str)
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares and counts are neither negative nor large"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}
