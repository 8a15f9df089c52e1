//! Values of types that few columns have, as SQL text and as COPY BINARY has them (`*_recv` of each type in PostgreSQL).

use bytes::{BufMut, BytesMut};

use super::WORDS;
use crate::fill::types::RareType;
use crate::fill::value::{FillValue, Given};

/// How many different values a column of such a type may have.
pub const MANY: u64 = 100_000_000;

/// The value with a number. Another number gives another value.
pub fn rare(of: RareType, number: u64) -> FillValue {
    let mut binary = BytesMut::new();
    let text = match of {
        RareType::Oid => {
            let oid = u32::try_from(number.saturating_add(1)).unwrap_or(u32::MAX);
            binary.put_u32(oid);
            oid.to_string()
        }
        RareType::Xml => {
            let text = format!("<item number=\"{number}\">{}</item>", word(number));
            binary.put_slice(text.as_bytes());
            text
        }
        RareType::Ltree => {
            let text = format!("{}.{}.n{number}", word(number / 7), word(number));
            // The version of the format.
            binary.put_u8(1);
            binary.put_slice(text.as_bytes());
            text
        }
        RareType::Hstore => {
            let (key, value) = (word(number), number.to_string());
            binary.put_i32(1);
            for part in [key, &value] {
                binary.put_i32(i32::try_from(part.len()).unwrap_or_default());
                binary.put_slice(part.as_bytes());
            }
            format!("\"{key}\"=>\"{value}\"")
        }
        _ => shape(of, number, &mut binary),
    };
    FillValue::Raw(Given { binary: binary.freeze(), text })
}

/// A geometric value near a place on a map of 360 by 180.
#[allow(clippy::cast_precision_loss, reason = "whole numbers far below 2^53")]
fn shape(of: RareType, number: u64, binary: &mut BytesMut) -> String {
    // In hundredths, so that all have two digits.
    let (x, y) = ((number % 36_000) as f64 - 18_000.0, (number / 36_000) as f64 - 9_000.0);
    let (right, above) = ((x + 100.0) / 100.0, (y + 100.0) / 100.0);
    let (x, y) = (x / 100.0, y / 100.0);
    let points = [(x, y), (right, y), (x, above)];
    let text = |points: &[(f64, f64)]| {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("({x},{y})")).collect();
        points.join(",")
    };
    let mut put = |numbers: &[f64]| numbers.iter().for_each(|number| binary.put_f64(*number));
    match of {
        RareType::Lseg => {
            put(&[x, y, right, y]);
            format!("[{}]", text(&points[..2]))
        }
        // The upper right corner comes first.
        RareType::Box => {
            put(&[right, above, x, y]);
            text(&[(right, above), (x, y)])
        }
        RareType::Line => {
            put(&[1.0, -1.0, number as f64]);
            format!("{{1,-1,{number}}}")
        }
        RareType::Circle => {
            put(&[x, y, 1.0]);
            format!("<({x},{y}),1>")
        }
        RareType::Path | RareType::Polygon => {
            if of == RareType::Path {
                // It is closed.
                binary.put_u8(1);
            }
            binary.put_i32(3);
            points.iter().for_each(|(x, y)| {
                binary.put_f64(*x);
                binary.put_f64(*y);
            });
            format!("({})", text(&points))
        }
        _ => {
            put(&[x, y]);
            text(&points[..1])
        }
    }
}

fn word(number: u64) -> &'static str {
    let place = number % WORDS.len() as u64;
    usize::try_from(place).ok().and_then(|place| WORDS.get(place)).copied().unwrap_or_default()
}
