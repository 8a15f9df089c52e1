//! Values as common, as wide and as ordered as those of another database.

use super::looks::{ColumnLook, as_wide, distinct, plain};
use super::random::Stream;
use super::ranks::Ranks;
use super::types::FillType;
use super::value::{DAY, FillValue};

/// How far ahead of the last day something is due.
const AHEAD: f64 = 90.0;

/// The value of a column in a row.
pub(super) fn like(of: &FillType, look: ColumnLook, stream: Stream, number: u64, ranks: &Ranks) -> FillValue {
    if ranks.is_null(stream, number) {
        return FillValue::Null;
    }
    match (of, ranks.label(stream, number)) {
        (FillType::Bool, Some(label)) => return FillValue::Bool(label.starts_with('t')),
        (FillType::Enum(labels), Some(label)) if labels.iter().any(|one| one == label) => {
            return FillValue::Text(label.to_owned());
        }
        _ => {}
    }
    of_rank(of, look, stream, ranks.rank(stream, number), ranks)
}

/// The value of this rank, whatever row has it.
pub(super) fn of_rank(
    of: &FillType,
    look: ColumnLook,
    stream: Stream,
    rank: u64,
    ranks: &Ranks,
) -> FillValue {
    let stream = stream.of(13);
    match of {
        FillType::Text(_) => distinct_like(of, look, stream, rank, ranks),
        FillType::Int2 => FillValue::Int(ranks.number(rank, i16::MAX.into())),
        FillType::Int4 => FillValue::Int(ranks.number(rank, i32::MAX.into())),
        FillType::Int8 => FillValue::Int(ranks.number(rank, i64::MAX)),
        FillType::Money => FillValue::Money(ranks.number(rank, i64::MAX)),
        FillType::Numeric(Some((precision, scale))) if precision > scale => {
            let digits = (precision - scale).min(18);
            let limit = 10_i64.checked_pow(digits).unwrap_or(i64::MAX) - 1;
            let unit = 10_i128.checked_pow(*scale).unwrap_or(1);
            FillValue::Numeric(i128::from(ranks.number(rank, limit)) * unit, *scale)
        }
        FillType::Numeric(None) => FillValue::Numeric(i128::from(ranks.number(rank, i64::MAX)), 0),
        #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 values")]
        FillType::Float8 => FillValue::Float(ranks.number(rank, i64::MAX) as f64),
        FillType::Timestamp if look != ColumnLook::Birth => FillValue::Timestamp(moment(look, rank, ranks)),
        FillType::Date if look != ColumnLook::Birth => {
            let days = moment(look, rank, ranks).div_euclid(DAY);
            FillValue::Date(i32::try_from(days).unwrap_or_default())
        }
        FillType::Uuid | FillType::Char(_) => distinct(of, look, stream, rank),
        _ => plain(of, look, stream, rank),
    }
}

/// A value that no other number gives. A text is as wide as those of the other database.
pub(super) fn distinct_like(
    of: &FillType,
    look: ColumnLook,
    stream: Stream,
    number: u64,
    ranks: &Ranks,
) -> FillValue {
    match (of, distinct(of, look, stream, number)) {
        (FillType::Text(most), FillValue::Text(text)) => {
            FillValue::Text(as_wide(text, look, (ranks.width, *most), stream.of(14), number))
        }
        (_, value) => value,
    }
}

/// Microseconds since 2000-01-01: the later, the higher the rank.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "some decades")]
fn moment(look: ColumnLook, rank: u64, ranks: &Ranks) -> i64 {
    let ahead = if look == ColumnLook::Due { AHEAD } else { 0.0 };
    super::looks::TODAY * DAY + ((ahead - ranks.days_back(rank)) * DAY as f64) as i64
}
