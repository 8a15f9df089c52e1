//! Values that look like something: by the type of a column, then by its name.

mod look;
mod text;

pub use look::Look;
pub use text::as_wide;
use text::{base36, code, distinct_text, shortened, text};

use super::random::{Stream, mixed, scaled};
use super::types::{Kept, Type};
use super::value::{DAY, Value};
use super::words::WORDS;

/// The day that times count back from, 2026-01-01, in days since 2000-01-01. It stands still, so that a seed gives the same on
/// every day.
pub const TODAY: i64 = 9497;

/// How many values in a thousand are NULL in a column that takes it.
pub(super) const NULLS: u64 = 125;

/// Years that times are spread over.
const YEARS: i64 = 3;

/// An ordinary value of a type. The same number of a value gives the same value.
pub fn plain(of: &Type, look: Look, stream: Stream, number: u64) -> Value {
    let random = stream.at(number);
    let other = |question: u64| stream.of(question).at(number);
    match of {
        Type::Bool => Value::Bool(random & 1 == 1),
        Type::Int2 | Type::Int4 | Type::Int8 => Value::Int(whole(look, random)),
        Type::Money => Value::Money(signed(price(random, other(1)))),
        Type::Float4 | Type::Float8 => Value::Float(float(look, random)),
        Type::Numeric(digits) => decimal(*digits, look, random, other(1)),
        Type::Text(most) => Value::Text(shortened(text(look, stream, number), *most)),
        Type::Char(length) => Value::Text(code(other(2), *length)),
        Type::Bytea => Value::Bytes(random.to_be_bytes().to_vec()),
        Type::Uuid => uuid(random, other(1)),
        Type::Date => Value::Date(i32::try_from(day(look, random)).unwrap_or_default()),
        Type::Time | Type::Timetz => Value::Time(time_of_day(random)),
        Type::Timestamp => Value::Timestamp(day(look, random) * DAY + time_of_day(other(1))),
        Type::Interval(kept) => interval(*kept, signed(scaled(random, 14 * 24 * 60)), scaled(random, 14)),
        Type::Json | Type::Jsonb => Value::Text(json(random)),
        Type::TsVector => Value::Text(word(random).to_owned()),
        Type::Inet | Type::Cidr => Value::Inet(0x0a00_0000 | low(random) & 0x00ff_ffff),
        Type::Macaddr => Value::Macaddr(macaddr(random)),
        Type::Bits(length) => Value::Bits(random & mask(*length), *length),
        Type::Enum(labels) => {
            Value::Text(labels.get(index(random, labels.len())).cloned().unwrap_or_default())
        }
        Type::Array { element, .. } => {
            let length = scaled(random, 4);
            let values = (0..length).map(|place| plain(element, look, stream.of(3 + place), number));
            Value::Array(values.collect())
        }
        Type::Range(element) => {
            let lower = distinct(element, look, stream, scaled(random, 100_000) * 2);
            let upper = distinct(element, look, stream, scaled(random, 100_000) * 2 + 1);
            Value::Range(Box::new(lower), Box::new(upper))
        }
        Type::Other => Value::Null,
    }
}

/// A value that no other number gives. Numbers, times and ranges come in the order of the numbers.
pub fn distinct(of: &Type, look: Look, stream: Stream, number: u64) -> Value {
    let n = signed(number);
    match of {
        Type::Bool => Value::Bool(number == 1),
        Type::Int2 | Type::Int4 | Type::Int8 => Value::Int(n.saturating_add(1)),
        Type::Money => Value::Money(n.saturating_add(1)),
        #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
        Type::Float4 | Type::Float8 => Value::Float(n as f64),
        // The smallest steps, where there are not many digits.
        Type::Numeric(Some((precision, scale))) if *precision < 18 => {
            Value::Numeric(i128::from(n) + 1, *scale)
        }
        Type::Numeric(_) => Value::Numeric(i128::from(n) + 1, 0),
        Type::Text(most) => Value::Text(distinct_text(look, stream, number, *most)),
        Type::Char(length) => Value::Text(base36(number, *length)),
        Type::Bytea => Value::Bytes(mixed(number).to_be_bytes().to_vec()),
        Type::Uuid => {
            // Bits that tell all numbers apart follow the variant; a multiplication by an odd number turns them round.
            let bits = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) & (u64::MAX >> 2);
            let high = u128::from(stream.at(number)) & 0xffff_ffff_ffff_0fff | 0x4000;
            Value::Uuid(high << 64 | u128::from(bits | 1 << 63))
        }
        Type::Date => Value::Date(i32::try_from(n.min(1_000_000)).unwrap_or_default()),
        Type::Time | Type::Timetz => Value::Time(n % 86_400 * 1_000_000),
        Type::Timestamp => Value::Timestamp(n * 60_000_000),
        Type::Interval(kept) => interval(*kept, n, number),
        Type::Json | Type::Jsonb => Value::Text(format!("{{\"number\": {number}}}")),
        Type::TsVector => Value::Text(format!("{}{number}", word(stream.at(number)))),
        Type::Inet | Type::Cidr => Value::Inet(0x0a00_0000_u32.wrapping_add(low(number))),
        Type::Macaddr => Value::Macaddr(macaddr(number)),
        Type::Bits(length) => Value::Bits(number & mask(*length), *length),
        Type::Enum(labels) => {
            Value::Text(usize::try_from(number).ok().and_then(|n| labels.get(n)).cloned().unwrap_or_default())
        }
        Type::Array { element, .. } => Value::Array(vec![distinct(element, look, stream, number)]),
        Type::Range(element) => Value::Range(
            Box::new(distinct(element, look, stream, number * 2)),
            Box::new(distinct(element, look, stream, number * 2 + 1)),
        ),
        Type::Other => Value::Null,
    }
}

/// This many minutes, or, where minutes are not kept, this many days or years.
fn interval(kept: Kept, minutes: i64, others: u64) -> Value {
    let few = i32::try_from(others.min(1_000_000)).unwrap_or_default();
    match kept {
        Kept::All => Value::Interval(0, 0, minutes * 60_000_000),
        Kept::Days => Value::Interval(0, few, 0),
        Kept::Years => Value::Interval(12 * few, 0, 0),
    }
}

fn whole(look: Look, random: u64) -> i64 {
    match look {
        Look::Rank => 1 + signed(scaled(random, 5)),
        Look::Percent => signed(scaled(random, 101)),
        Look::Age => 18 + signed(scaled(random, 70)),
        Look::Year => 2000 + signed(scaled(random, 26)),
        Look::Money => signed(price(random, mixed(random))),
        _ => signed(skewed(random, 1000)),
    }
}

fn float(look: Look, random: u64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "53 bits are kept")]
    let share = (random >> 11) as f64 / (1_u64 << 53) as f64;
    let rounded = |value: f64| (value * 10_000.0).round() / 10_000.0;
    match look {
        Look::Latitude => rounded(share * 180.0 - 90.0),
        Look::Longitude => rounded(share * 360.0 - 180.0),
        Look::Percent => rounded(share * 100.0),
        Look::Rank => rounded(share * 5.0),
        _ => rounded(share * 1000.0),
    }
}

fn decimal(digits: Option<(u32, u32)>, look: Look, random: u64, other: u64) -> Value {
    let (precision, scale) = digits.unwrap_or((12, 2));
    let limit = 10_u64.checked_pow(precision.min(18)).unwrap_or(u64::MAX);
    let unit = 10_u64.checked_pow(scale.min(18)).unwrap_or(u64::MAX);
    let cents = match look {
        Look::Percent => scaled(random, 100 * 100 + 1),
        Look::Rank => 100 + scaled(random, 401),
        Look::Latitude | Look::Longitude => scaled(random, 90 * 100),
        _ => price(random, other),
    };
    let unscaled = u128::from(cents) * u128::from(unit) / 100;
    let unscaled = u64::try_from(unscaled).unwrap_or(u64::MAX);
    let fitting = if unscaled < limit { unscaled } else { scaled(other, limit) };
    Value::Numeric(i128::from(fitting), scale)
}

/// In hundredths: many small ones, few large ones, and often just below a round number.
fn price(random: u64, other: u64) -> u64 {
    let whole = skewed(random, 2000) + 1;
    match other % 3 {
        0 => whole * 100,
        1 => whole * 100 - 1,
        _ => whole * 100 + scaled(mixed(other), 100),
    }
}

/// Below a limit; about as many below its square root as above it.
fn skewed(random: u64, limit: u64) -> u64 {
    let (one, other) = (random >> 32, random & 0xffff_ffff);
    ((one * other) >> 32).wrapping_mul(limit) >> 32
}

/// A day: recent ones are more frequent. Working days are more frequent than weekends.
fn day(look: Look, random: u64) -> i64 {
    let back = signed(scaled(random, u64::try_from(YEARS * 365).unwrap_or_default()));
    let day = match look {
        Look::Birth => return TODAY - 18 * 365 - signed(scaled(random, 60 * 365)),
        Look::Due => TODAY - 365 + signed(scaled(random, 455)),
        _ => TODAY - back,
    };
    // 2000-01-01 was a Saturday. Most of what falls on a weekend is moved to the Friday before it.
    match day.rem_euclid(7) {
        weekend @ 0..=1 if !mixed(random).is_multiple_of(4) => day - 1 - weekend,
        _ => day,
    }
}

/// How much is done in each hour of a day, in hundredths.
const RHYTHM: [u64; 24] = [1, 1, 0, 0, 0, 1, 2, 4, 8, 10, 10, 9, 6, 8, 9, 9, 7, 5, 3, 2, 2, 1, 1, 1];

/// Whole seconds, as microseconds, with the rhythm of a day.
fn time_of_day(random: u64) -> i64 {
    let mut left = scaled(random, RHYTHM.iter().sum());
    let mut hour = 0;
    for share in RHYTHM {
        if left < share {
            break;
        }
        left -= share;
        hour += 1;
    }
    (hour * 3600 + signed(scaled(mixed(random), 3600))) * 1_000_000
}

/// A time after another one of the same row.
pub fn later(value: &Value, stream: Stream, number: u64) -> Option<Value> {
    // Most things happen soon.
    let minutes = signed(skewed(stream.of(9).at(number), 60 * 24 * 60));
    match value {
        Value::Timestamp(micros) => Some(Value::Timestamp(micros + minutes * 60_000_000)),
        Value::Date(days) => Some(Value::Date(days + i32::try_from(minutes / (24 * 60)).unwrap_or_default())),
        _ => None,
    }
}

fn json(random: u64) -> String {
    format!("{{\"{}\": {}, \"active\": {}}}", word(random), scaled(mixed(random), 100), random & 1 == 1)
}

fn word(random: u64) -> &'static str {
    WORDS.get(index(random, WORDS.len())).copied().unwrap_or_default()
}

fn uuid(one: u64, other: u64) -> Value {
    let high = one & 0xffff_ffff_ffff_0fff | 0x4000;
    Value::Uuid(u128::from(high) << 64 | u128::from(other & (u64::MAX >> 2) | 1 << 63))
}

fn macaddr(number: u64) -> [u8; 6] {
    // The first byte says that the address was not given out by anybody.
    let [_, _, _, a, b, c, d, e] = number.to_be_bytes();
    [2, a, b, c, d, e]
}

fn mask(bits: u32) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

fn index(random: u64, length: usize) -> usize {
    usize::try_from(scaled(random, length as u64)).unwrap_or_default()
}

fn low(number: u64) -> u32 {
    u32::try_from(number & 0xffff_ffff).unwrap_or_default()
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn distinct_values_are_distinct() {
        let types = [
            Type::Int8,
            Type::Uuid,
            Type::Text(None),
            Type::Text(Some(4)),
            Type::Char(3),
            Type::Bytea,
            Type::Date,
            Type::Timestamp,
            Type::Inet,
            Type::Macaddr,
            Type::Numeric(None),
            Type::Range(Box::new(Type::Int4)),
            Type::Bits(12),
        ];
        for of in types {
            for look in [Look::Email, Look::Code, Look::Secret, Look::Title, Look::Unknown] {
                let text = |n| distinct(&of, look, Stream::new(1, &["t"]), n).text().unwrap();
                assert_eq!((0..3000).map(text).collect::<BTreeSet<_>>().len(), 3000, "{of:?} {look:?}");
            }
        }
    }

    #[test]
    fn names_say_what_values_look_like() {
        for (name, look) in [
            ("email", Look::Email),
            ("user_email", Look::Email),
            ("created_at", Look::Created),
            ("updated_at", Look::Later),
            ("due_date", Look::Due),
            ("full_name", Look::FullName),
            ("name", Look::Title),
            ("unit_price", Look::Money),
            ("password_hash", Look::Secret),
            ("x", Look::Unknown),
        ] {
            assert_eq!(Look::of(name), look, "{name}");
        }
    }

    #[test]
    fn texts_keep_their_length() {
        for n in 0..500 {
            for look in [Look::Email, Look::Paragraph, Look::Title, Look::Unknown] {
                let Value::Text(text) = plain(&Type::Text(Some(9)), look, Stream::new(1, &["t"]), n) else {
                    panic!()
                };
                assert!(text.len() <= 9 && !text.is_empty(), "{text:?}");
            }
        }
    }
}
