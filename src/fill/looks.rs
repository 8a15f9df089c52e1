//! Values that look like something: by the type of a column, then by its name.

mod look;
mod rare;
mod text;

pub use look::ColumnLook;
use rare::{MANY, rare};
pub use text::as_wide;
use text::{base36, code, distinct_text, shortened, text};

use super::random::{Stream, mixed, scaled};
use super::types::{FillType, KeptFields};
use super::value::{DAY, FillValue};
use super::words::WORDS;

/// The day that times count back from, 2026-01-01, in days since 2000-01-01. It stands still, so that a seed gives the same on
/// every day.
pub const TODAY: i64 = 9497;

/// How many values in a thousand are NULL in a column that takes it.
pub(super) const NULLS: u64 = 125;

/// Years that times are spread over.
const YEARS: i64 = 3;

/// An ordinary value of a type. The same number of a value gives the same value.
pub fn plain(of: &FillType, look: ColumnLook, stream: Stream, number: u64) -> FillValue {
    let random = stream.at(number);
    let other = |question: u64| stream.of(question).at(number);
    match of {
        FillType::Bool => FillValue::Bool(random & 1 == 1),
        FillType::Int2 | FillType::Int4 | FillType::Int8 => FillValue::Int(whole(look, random)),
        FillType::Money => FillValue::Money(signed(price(random, other(1)))),
        FillType::Float4 | FillType::Float8 => FillValue::Float(float(look, random)),
        FillType::Numeric(digits) => decimal(*digits, look, random, other(1)),
        FillType::Text(most) => FillValue::Text(shortened(text(look, stream, number), *most)),
        FillType::Char(length) => FillValue::Text(code(other(2), *length)),
        FillType::Bytea => FillValue::Bytes(random.to_be_bytes().to_vec()),
        FillType::Uuid => uuid(random, other(1)),
        FillType::Date => FillValue::Date(i32::try_from(day(look, random)).unwrap_or_default()),
        FillType::Time | FillType::Timetz => FillValue::Time(time_of_day(random)),
        FillType::Timestamp => FillValue::Timestamp(day(look, random) * DAY + time_of_day(other(1))),
        FillType::Interval(kept) => interval(*kept, signed(scaled(random, 14 * 24 * 60)), scaled(random, 14)),
        FillType::Json | FillType::Jsonb => FillValue::Text(json(random)),
        FillType::TsVector => FillValue::Text(word(random).to_owned()),
        FillType::Inet | FillType::Cidr => FillValue::Inet(0x0a00_0000 | low(random) & 0x00ff_ffff),
        FillType::Macaddr => FillValue::Macaddr(macaddr(random)),
        FillType::Bits(length) => FillValue::Bits(random & mask(*length), *length),
        FillType::Enum(labels) => {
            FillValue::Text(labels.get(index(random, labels.len())).cloned().unwrap_or_default())
        }
        FillType::Array { element, .. } => {
            let length = scaled(random, 4);
            let values = (0..length).map(|place| plain(element, look, stream.of(3 + place), number));
            FillValue::Array(values.collect())
        }
        FillType::Range(element) => {
            let lower = distinct(element, look, stream, scaled(random, 100_000) * 2);
            let upper = distinct(element, look, stream, scaled(random, 100_000) * 2 + 1);
            FillValue::Range(Box::new(lower), Box::new(upper))
        }
        FillType::Rare(of) => rare(*of, scaled(random, MANY)),
        FillType::Other => FillValue::Null,
    }
}

/// A value that no other number gives. Numbers, times and ranges come in the order of the numbers.
pub fn distinct(of: &FillType, look: ColumnLook, stream: Stream, number: u64) -> FillValue {
    let n = signed(number);
    match of {
        FillType::Bool => FillValue::Bool(number == 1),
        FillType::Int2 | FillType::Int4 | FillType::Int8 => FillValue::Int(n.saturating_add(1)),
        FillType::Money => FillValue::Money(n.saturating_add(1)),
        #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
        FillType::Float4 | FillType::Float8 => FillValue::Float(n as f64),
        // The smallest steps, where there are not many digits.
        FillType::Numeric(Some((precision, scale))) if *precision < 18 => {
            FillValue::Numeric(i128::from(n) + 1, *scale)
        }
        FillType::Numeric(_) => FillValue::Numeric(i128::from(n) + 1, 0),
        FillType::Text(most) => FillValue::Text(distinct_text(look, stream, number, *most)),
        FillType::Char(length) => FillValue::Text(base36(number, *length)),
        FillType::Bytea => FillValue::Bytes(mixed(number).to_be_bytes().to_vec()),
        FillType::Uuid => {
            // Bits that tell all numbers apart follow the variant; a multiplication by an odd number turns them round.
            let bits = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) & (u64::MAX >> 2);
            let high = u128::from(stream.at(number)) & 0xffff_ffff_ffff_0fff | 0x4000;
            FillValue::Uuid(high << 64 | u128::from(bits | 1 << 63))
        }
        FillType::Date => FillValue::Date(i32::try_from(n.min(1_000_000)).unwrap_or_default()),
        FillType::Time | FillType::Timetz => FillValue::Time(n % 86_400 * 1_000_000),
        FillType::Timestamp => FillValue::Timestamp(n * 60_000_000),
        FillType::Interval(kept) => interval(*kept, n, number),
        FillType::Json | FillType::Jsonb => FillValue::Text(format!("{{\"number\": {number}}}")),
        FillType::TsVector => FillValue::Text(format!("{}{number}", word(stream.at(number)))),
        FillType::Inet | FillType::Cidr => FillValue::Inet(0x0a00_0000_u32.wrapping_add(low(number))),
        FillType::Macaddr => FillValue::Macaddr(macaddr(number)),
        FillType::Bits(length) => FillValue::Bits(number & mask(*length), *length),
        FillType::Enum(labels) => FillValue::Text(
            usize::try_from(number).ok().and_then(|n| labels.get(n)).cloned().unwrap_or_default(),
        ),
        FillType::Array { element, .. } => FillValue::Array(vec![distinct(element, look, stream, number)]),
        FillType::Range(element) => FillValue::Range(
            Box::new(distinct(element, look, stream, number * 2)),
            Box::new(distinct(element, look, stream, number * 2 + 1)),
        ),
        FillType::Rare(of) => rare(*of, number),
        FillType::Other => FillValue::Null,
    }
}

/// This many minutes, or, where minutes are not kept, this many days or years.
fn interval(kept: KeptFields, minutes: i64, others: u64) -> FillValue {
    let few = i32::try_from(others.min(1_000_000)).unwrap_or_default();
    match kept {
        KeptFields::All => FillValue::Interval(0, 0, minutes * 60_000_000),
        KeptFields::Days => FillValue::Interval(0, few, 0),
        KeptFields::Years => FillValue::Interval(12 * few, 0, 0),
    }
}

fn whole(look: ColumnLook, random: u64) -> i64 {
    match look {
        ColumnLook::Rank => 1 + signed(scaled(random, 5)),
        ColumnLook::Percent => signed(scaled(random, 101)),
        ColumnLook::Age => 18 + signed(scaled(random, 70)),
        ColumnLook::Year => 2000 + signed(scaled(random, 26)),
        ColumnLook::Money => signed(price(random, mixed(random))),
        _ => signed(skewed(random, 1000)),
    }
}

fn float(look: ColumnLook, random: u64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "53 bits are kept")]
    let share = (random >> 11) as f64 / (1_u64 << 53) as f64;
    let rounded = |value: f64| (value * 10_000.0).round() / 10_000.0;
    match look {
        ColumnLook::Latitude => rounded(share * 180.0 - 90.0),
        ColumnLook::Longitude => rounded(share * 360.0 - 180.0),
        ColumnLook::Percent => rounded(share * 100.0),
        ColumnLook::Rank => rounded(share * 5.0),
        _ => rounded(share * 1000.0),
    }
}

fn decimal(digits: Option<(u32, u32)>, look: ColumnLook, random: u64, other: u64) -> FillValue {
    let (precision, scale) = digits.unwrap_or((12, 2));
    let limit = 10_u64.checked_pow(precision.min(18)).unwrap_or(u64::MAX);
    let unit = 10_u64.checked_pow(scale.min(18)).unwrap_or(u64::MAX);
    let cents = match look {
        ColumnLook::Percent => scaled(random, 100 * 100 + 1),
        ColumnLook::Rank => 100 + scaled(random, 401),
        ColumnLook::Latitude | ColumnLook::Longitude => scaled(random, 90 * 100),
        _ => price(random, other),
    };
    let unscaled = u128::from(cents) * u128::from(unit) / 100;
    let unscaled = u64::try_from(unscaled).unwrap_or(u64::MAX);
    let fitting = if unscaled < limit { unscaled } else { scaled(other, limit) };
    FillValue::Numeric(i128::from(fitting), scale)
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
fn day(look: ColumnLook, random: u64) -> i64 {
    let back = signed(scaled(random, u64::try_from(YEARS * 365).unwrap_or_default()));
    let day = match look {
        ColumnLook::Birth => return TODAY - 18 * 365 - signed(scaled(random, 60 * 365)),
        ColumnLook::Due => TODAY - 365 + signed(scaled(random, 455)),
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
pub fn later(value: &FillValue, stream: Stream, number: u64) -> Option<FillValue> {
    // Most things happen soon.
    let minutes = signed(skewed(stream.of(9).at(number), 60 * 24 * 60));
    match value {
        FillValue::Timestamp(micros) => Some(FillValue::Timestamp(micros + minutes * 60_000_000)),
        FillValue::Date(days) => {
            Some(FillValue::Date(days + i32::try_from(minutes / (24 * 60)).unwrap_or_default()))
        }
        _ => None,
    }
}

fn json(random: u64) -> String {
    format!("{{\"{}\": {}, \"active\": {}}}", word(random), scaled(mixed(random), 100), random & 1 == 1)
}

fn word(random: u64) -> &'static str {
    WORDS.get(index(random, WORDS.len())).copied().unwrap_or_default()
}

fn uuid(one: u64, other: u64) -> FillValue {
    let high = one & 0xffff_ffff_ffff_0fff | 0x4000;
    FillValue::Uuid(u128::from(high) << 64 | u128::from(other & (u64::MAX >> 2) | 1 << 63))
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
    use crate::fill::types::RareType;

    #[test]
    fn distinct_values_are_distinct() {
        let types = [
            FillType::Int8,
            FillType::Uuid,
            FillType::Text(None),
            FillType::Text(Some(4)),
            FillType::Char(3),
            FillType::Bytea,
            FillType::Date,
            FillType::Timestamp,
            FillType::Inet,
            FillType::Macaddr,
            FillType::Numeric(None),
            FillType::Range(Box::new(FillType::Int4)),
            FillType::Bits(12),
            FillType::Rare(RareType::Oid),
            FillType::Rare(RareType::Hstore),
            FillType::Rare(RareType::Ltree),
        ];
        for of in types {
            for look in [
                ColumnLook::Email,
                ColumnLook::Code,
                ColumnLook::Secret,
                ColumnLook::Title,
                ColumnLook::Unknown,
            ] {
                let text = |n| distinct(&of, look, Stream::new(1, &["t"]), n).text().unwrap();
                assert_eq!((0..3000).map(text).collect::<BTreeSet<_>>().len(), 3000, "{of:?} {look:?}");
            }
        }
    }

    #[test]
    fn names_say_what_values_look_like() {
        for (name, look) in [
            ("email", ColumnLook::Email),
            ("user_email", ColumnLook::Email),
            ("created_at", ColumnLook::Created),
            ("updated_at", ColumnLook::Later),
            ("due_date", ColumnLook::Due),
            ("full_name", ColumnLook::FullName),
            ("name", ColumnLook::Title),
            ("unit_price", ColumnLook::Money),
            ("password_hash", ColumnLook::Secret),
            ("x", ColumnLook::Unknown),
        ] {
            assert_eq!(ColumnLook::of(name), look, "{name}");
        }
    }

    #[test]
    fn texts_keep_their_length() {
        for n in 0..500 {
            for look in [ColumnLook::Email, ColumnLook::Paragraph, ColumnLook::Title, ColumnLook::Unknown] {
                let FillValue::Text(text) = plain(&FillType::Text(Some(9)), look, Stream::new(1, &["t"]), n)
                else {
                    panic!()
                };
                assert!(text.len() <= 9 && !text.is_empty(), "{text:?}");
            }
        }
    }
}
