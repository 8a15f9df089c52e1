//! A value, as SQL text and as COPY BINARY has it.

use std::fmt::Write;

use bytes::{BufMut, Bytes, BytesMut};

use super::types::FillType;

/// A value that is there already, as the server sent it: for COPY BINARY, and as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// As COPY BINARY has it.
    pub binary: Bytes,
    /// As SQL text.
    pub text: String,
}

/// A value of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum FillValue {
    /// None.
    Null,
    /// Of a boolean.
    Bool(bool),
    /// Of any type of whole numbers.
    Int(i64),
    /// Of `money`, in hundredths.
    Money(i64),
    /// Of a floating-point type.
    Float(f64),
    /// A whole number, to be divided by ten to the power of the other.
    Numeric(i128, u32),
    /// Of a text type, an enum or JSON.
    Text(String),
    /// Of bytea.
    Bytes(Vec<u8>),
    /// Of a UUID.
    Uuid(u128),
    /// Days since 2000-01-01.
    Date(i32),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds since 2000-01-01 00:00 UTC.
    Timestamp(i64),
    /// Months, days and microseconds.
    Interval(i32, i32, i64),
    /// An IPv4 address.
    Inet(u32),
    /// A MAC address.
    Macaddr([u8; 6]),
    /// Bits, and how many of them.
    Bits(u64, u32),
    /// Elements, in one dimension.
    Array(Vec<FillValue>),
    /// From the first, included, to the second, excluded.
    Range(Box<FillValue>, Box<FillValue>),
    /// What the server sent for the server, and as text.
    Raw(Given),
}

impl FillValue {
    /// Appends the value with its length, as COPY BINARY wants a field (PostgreSQL manual, "COPY").
    pub fn encode(&self, of: &FillType, out: &mut BytesMut) {
        match self {
            FillValue::Null => out.put_i32(-1),
            FillValue::Raw(given) => with_length(out, |out| out.put_slice(&given.binary)),
            value => with_length(out, |out| value.encode_inside(of, out)),
        }
    }

    fn encode_inside(&self, of: &FillType, out: &mut BytesMut) {
        match (self, of) {
            (FillValue::Bool(value), _) => out.put_u8((*value).into()),
            // A foreign key may be of another type than the key that it refers to.
            (FillValue::Int(value), FillType::Numeric(_)) => numeric(i128::from(*value), 0, out),
            #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53")]
            (FillValue::Int(value), FillType::Float4 | FillType::Float8) => {
                FillValue::Float(*value as f64).encode_inside(of, out);
            }
            (FillValue::Numeric(unscaled, scale), FillType::Int2 | FillType::Int4 | FillType::Int8) => {
                let whole = unscaled / 10_i128.checked_pow(*scale).unwrap_or(i128::MAX);
                FillValue::Int(i64::try_from(whole).unwrap_or(i64::MAX)).encode_inside(of, out);
            }
            (FillValue::Date(days), FillType::Timestamp) => out.put_i64(i64::from(*days) * DAY),
            (FillValue::Timestamp(micros), FillType::Date) => {
                out.put_i32(i32::try_from(micros.div_euclid(DAY)).unwrap_or(i32::MAX));
            }
            (FillValue::Int(value), FillType::Int2) => out.put_i16(i16::try_from(*value).unwrap_or(i16::MAX)),
            (FillValue::Int(value), FillType::Int4) => out.put_i32(i32::try_from(*value).unwrap_or(i32::MAX)),
            (FillValue::Int(value) | FillValue::Money(value), _) => out.put_i64(*value),
            #[allow(clippy::cast_possible_truncation, reason = "the type of the column has no more digits")]
            (FillValue::Float(value), FillType::Float4) => out.put_f32(*value as f32),
            (FillValue::Float(value), _) => out.put_f64(*value),
            (FillValue::Numeric(unscaled, scale), _) => numeric(*unscaled, *scale, out),
            (FillValue::Text(text), FillType::Jsonb) => {
                // The version of the format.
                out.put_u8(1);
                out.put_slice(text.as_bytes());
            }
            (FillValue::Text(word), FillType::TsVector) => {
                out.put_i32(1);
                out.put_slice(word.as_bytes());
                // The end of the word, and that its places are not known.
                out.put_slice(&[0, 0, 0]);
            }
            (FillValue::Text(text), _) => out.put_slice(text.as_bytes()),
            (FillValue::Bytes(bytes), _) => out.put_slice(bytes),
            (FillValue::Uuid(value), _) => out.put_u128(*value),
            (FillValue::Date(days), _) => out.put_i32(*days),
            (FillValue::Time(micros), FillType::Timetz) => {
                out.put_i64(*micros);
                out.put_i32(0);
            }
            (FillValue::Time(micros) | FillValue::Timestamp(micros), _) => out.put_i64(*micros),
            (FillValue::Interval(months, days, micros), _) => {
                out.put_i64(*micros);
                out.put_i32(*days);
                out.put_i32(*months);
            }
            (FillValue::Inet(address), of) => {
                // The family of IPv4, the length of the network, whether it is a cidr, the length of what follows.
                out.put_slice(&[2, 32, u8::from(*of == FillType::Cidr), 4]);
                out.put_u32(*address);
            }
            (FillValue::Macaddr(bytes), _) => out.put_slice(bytes),
            (FillValue::Bits(bits, length), _) => {
                out.put_i32(i32::try_from(*length).unwrap_or_default());
                // The last 64 bits say which value it is; before these stand zeros.
                let bytes = length.div_ceil(8) as usize;
                let shifted = u128::from(*bits) << (bytes * 8 - *length as usize);
                let all = shifted.to_be_bytes();
                out.put_bytes(0, bytes.saturating_sub(all.len()));
                out.put_slice(all.get(all.len().saturating_sub(bytes)..).unwrap_or_default());
            }
            (FillValue::Array(values), FillType::Array { element, oid }) => array(values, element, *oid, out),
            (FillValue::Range(lower, upper), FillType::Range(element)) => {
                // Both bounds are there, and the lower one belongs to the range.
                out.put_u8(0x02);
                lower.encode(element, out);
                upper.encode(element, out);
            }
            (FillValue::Null | FillValue::Raw(_) | FillValue::Array(_) | FillValue::Range(..), _) => {}
        }
    }

    /// The value as the server reads it from text, where it is not NULL.
    pub fn text(&self) -> Option<String> {
        Some(match self {
            FillValue::Null => return None,
            FillValue::Raw(given) => given.text.clone(),
            FillValue::Bool(value) => value.to_string(),
            FillValue::Int(value) => value.to_string(),
            FillValue::Money(value) => decimal(i128::from(*value), 2),
            FillValue::Float(value) => value.to_string(),
            FillValue::Numeric(unscaled, scale) => decimal(*unscaled, *scale),
            FillValue::Text(text) => text.clone(),
            FillValue::Bytes(bytes) => bytes.iter().fold("\\x".to_owned(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            }),
            FillValue::Uuid(value) => format!("{value:032x}"),
            FillValue::Date(days) => date(i64::from(*days)),
            FillValue::Time(micros) => time(*micros),
            FillValue::Timestamp(micros) => {
                format!("{} {}+00", date(micros.div_euclid(DAY)), time(micros.rem_euclid(DAY)))
            }
            FillValue::Interval(months, days, micros) => {
                // Before 15, no number of microseconds may have more than 31 bits.
                let sign = if *micros < 0 { "-" } else { "" };
                format!("{months} months {days} days {sign}{}", time(micros.saturating_abs()))
            }
            FillValue::Inet(address) => std::net::Ipv4Addr::from(*address).to_string(),
            FillValue::Macaddr(bytes) => bytes.map(|byte| format!("{byte:02x}")).join(":"),
            FillValue::Bits(bits, length) => {
                let is_set = |bit: u32| bits.checked_shr(bit).unwrap_or(0) & 1 == 1;
                (0..*length).rev().map(|bit| if is_set(bit) { '1' } else { '0' }).collect()
            }
            FillValue::Array(values) => {
                let elements: Vec<String> = values.iter().map(|value| quoted(value.text())).collect();
                format!("{{{}}}", elements.join(","))
            }
            FillValue::Range(lower, upper) => format!("[{},{})", quoted(lower.text()), quoted(upper.text())),
        })
    }
}

impl FillValue {
    /// A text that values have in common which the server takes for the same.
    pub fn as_compared(&self, of: &FillType) -> Option<String> {
        Some(match (self, of) {
            (FillValue::Numeric(unscaled, scale), _) if *scale > 0 => {
                decimal(*unscaled, *scale).trim_end_matches('0').trim_end_matches('.').to_owned()
            }
            #[allow(clippy::cast_possible_truncation, reason = "the type of the column has no more digits")]
            (FillValue::Float(value), FillType::Float4) => (*value as f32 + 0.0).to_string(),
            (FillValue::Interval(..), _) => self.whole().to_string(),
            (FillValue::Array(values), FillType::Array { element, .. }) => {
                let elements: Vec<_> =
                    values.iter().map(|value| quoted(value.as_compared(element))).collect();
                elements.join(",")
            }
            // An index may be over `lower`, and `char(n)` does not see blanks at the end.
            _ => self.text()?.trim().to_lowercase(),
        })
    }

    /// What whole numbers and times are put in order by.
    pub fn whole(&self) -> i64 {
        match self {
            FillValue::Int(number)
            | FillValue::Money(number)
            | FillValue::Time(number)
            | FillValue::Timestamp(number) => *number,
            FillValue::Interval(months, days, micros) => {
                i64::from(*months) * 30 * DAY + i64::from(*days) * DAY + micros
            }
            FillValue::Date(days) => i64::from(*days),
            _ => 0,
        }
    }
}

/// Microseconds of a day.
pub const DAY: i64 = 86_400_000_000;

fn quoted(text: Option<String>) -> String {
    text.map_or_else(
        || "NULL".to_owned(),
        |text| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    )
}

fn with_length(out: &mut BytesMut, write: impl FnOnce(&mut BytesMut)) {
    let start = out.len();
    out.put_i32(0);
    write(out);
    let length = i32::try_from(out.len() - start - 4).unwrap_or(i32::MAX);
    if let Some(place) = out.get_mut(start..start + 4) {
        place.copy_from_slice(&length.to_be_bytes());
    }
}

/// Groups of four decimal digits, the weight of the first one, the sign, and how many digits are shown after the point.
fn numeric(unscaled: i128, scale: u32, out: &mut BytesMut) {
    // The digits after the point fill whole groups.
    let padding = (4 - scale % 4) % 4;
    let mut left = unscaled.unsigned_abs() * 10_u128.pow(padding);
    let after_point = i32::try_from((scale + padding) / 4).unwrap_or_default();
    let mut groups = Vec::new();
    while left > 0 {
        groups.push(i16::try_from(left % 10_000).unwrap_or_default());
        left /= 10_000;
    }
    let count = i32::try_from(groups.len()).unwrap_or_default();
    let weight = if count == 0 { 0 } else { count - 1 - after_point };
    out.put_i16(i16::try_from(count).unwrap_or_default());
    out.put_i16(i16::try_from(weight).unwrap_or_default());
    out.put_u16(if unscaled < 0 { 0x4000 } else { 0 });
    out.put_u16(u16::try_from(scale).unwrap_or_default());
    for group in groups.iter().rev() {
        out.put_i16(*group);
    }
}

fn array(values: &[FillValue], element: &FillType, oid: u32, out: &mut BytesMut) {
    out.put_i32(i32::from(!values.is_empty()));
    out.put_i32(i32::from(values.contains(&FillValue::Null)));
    out.put_u32(oid);
    if values.is_empty() {
        return;
    }
    out.put_i32(i32::try_from(values.len()).unwrap_or(i32::MAX));
    out.put_i32(1);
    for value in values {
        value.encode(element, out);
    }
}

fn decimal(unscaled: i128, scale: u32) -> String {
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = unscaled.unsigned_abs().to_string();
    let scale = scale as usize;
    if scale == 0 {
        return format!("{sign}{digits}");
    }
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

fn time(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    format!("{:02}:{:02}:{:02}.{:06}", seconds / 3600, seconds / 60 % 60, seconds % 60, micros % 1_000_000)
}

/// A date of the Gregorian calendar, from the days since 2000-01-01.
fn date(days: i64) -> String {
    // Counted from 1 March of a year that begins a cycle of 400 years, a leap day comes at the end of its year.
    let days = days + 146_097 * 5 - 60;
    let cycle = days.div_euclid(146_097);
    let day = days.rem_euclid(146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let year = year + cycle * 400 + i64::from(month >= 10);
    let month = if month < 10 { month + 3 } else { month - 9 };
    format!("{year:04}-{month:02}-{date:02}")
}

/// The days since 2000-01-01 of a date like `2026-02-28`.
pub fn days(text: &str) -> Option<i32> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day): (i64, i64, i64) =
        (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.get(..2)?.parse().ok()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(1..=9999).contains(&year) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let in_year = (153 * month + 2) / 5 + day - 1;
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + in_year;
    i32::try_from(days - 730_425).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_and_read_as_the_calendar_has_them() {
        for (number, text) in [
            (0, "2000-01-01"),
            (59, "2000-02-29"),
            (60, "2000-03-01"),
            (366, "2001-01-01"),
            (-1, "1999-12-31"),
            (9555, "2026-02-28"),
        ] {
            assert_eq!(date(i64::from(number)), text);
            assert_eq!(days(text), Some(number), "{text}");
        }
        assert_eq!(days("2026-13-01"), None);
    }

    #[test]
    fn decimals_have_as_many_digits_as_their_scale() {
        assert_eq!(decimal(5, 2), "0.05");
        assert_eq!(decimal(-12_345, 2), "-123.45");
        assert_eq!(decimal(7, 0), "7");
    }

    #[test]
    fn a_numeric_is_encoded_in_groups_of_four_digits() {
        let mut out = BytesMut::new();
        FillValue::Numeric(1_234_567, 2).encode(&FillType::Numeric(None), &mut out);
        // 12345.67: the groups 1, 2345 and 6700, the first one worth 10,000 to the power of 1.
        assert_eq!(out.as_ref(), [0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 2, 0, 1, 9, 41, 26, 44]);
    }
}
