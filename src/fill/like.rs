//! Values as common, as wide and as ordered as those of another database.

use super::looks::{Look, as_wide, distinct, plain};
use super::random::Stream;
use super::ranks::Ranks;
use super::types::Type;
use super::value::{DAY, Value};

/// How far ahead of the last day something is due.
const AHEAD: f64 = 90.0;

/// The value of a column in a row.
pub(super) fn like(of: &Type, look: Look, stream: Stream, number: u64, ranks: &Ranks) -> Value {
    if ranks.is_null(stream, number) {
        return Value::Null;
    }
    match (of, ranks.label(stream, number)) {
        (Type::Bool, Some(label)) => return Value::Bool(label.starts_with('t')),
        (Type::Enum(labels), Some(label)) if labels.iter().any(|one| one == label) => {
            return Value::Text(label.to_owned());
        }
        _ => {}
    }
    let rank = ranks.rank(stream, number);
    let stream = stream.of(13);
    match of {
        Type::Text(most) => match distinct(of, look, stream, rank) {
            Value::Text(text) => Value::Text(as_wide(text, ranks.width, *most, stream.of(14), rank)),
            value => value,
        },
        Type::Int2 => Value::Int(ranks.number(rank, i16::MAX.into())),
        Type::Int4 => Value::Int(ranks.number(rank, i32::MAX.into())),
        Type::Int8 => Value::Int(ranks.number(rank, i64::MAX)),
        Type::Money => Value::Money(ranks.number(rank, i64::MAX)),
        Type::Numeric(Some((precision, scale))) if precision > scale => {
            let digits = (precision - scale).min(18);
            let limit = 10_i64.checked_pow(digits).unwrap_or(i64::MAX) - 1;
            let unit = 10_i128.checked_pow(*scale).unwrap_or(1);
            Value::Numeric(i128::from(ranks.number(rank, limit)) * unit, *scale)
        }
        Type::Numeric(None) => Value::Numeric(i128::from(ranks.number(rank, i64::MAX)), 0),
        #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 values")]
        Type::Float8 => Value::Float(ranks.number(rank, i64::MAX) as f64),
        Type::Timestamp if look != Look::Birth => Value::Timestamp(moment(look, rank, ranks)),
        Type::Date if look != Look::Birth => {
            let days = moment(look, rank, ranks).div_euclid(DAY);
            Value::Date(i32::try_from(days).unwrap_or_default())
        }
        Type::Uuid | Type::Char(_) => distinct(of, look, stream, rank),
        _ => plain(of, look, stream, rank),
    }
}

/// Microseconds since 2000-01-01: the later, the higher the rank.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "some decades")]
fn moment(look: Look, rank: u64, ranks: &Ranks) -> i64 {
    let ahead = if look == Look::Due { AHEAD } else { 0.0 };
    super::looks::TODAY * DAY + ((ahead - ranks.days_back(rank)) * DAY as f64) as i64
}
