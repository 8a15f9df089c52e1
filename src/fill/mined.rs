//! Values near to what stands in checks: the strings and numbers there say more of what passes than any guess.

use super::pattern::matching;
use super::random::{Stream, mixed};
use super::table::RowCheck;
use super::types::FillType;
use super::value::{DAY, FillValue, days};

/// What stands for the time at which a row is written, as the server writes it.
const NOW: [&str; 4] = ["now()", "_timestamp()", "CURRENT_", "LOCALTIME"];

/// A day that lies ahead of any such time, and stands still, so that a seed gives the same on every day.
const AHEAD: &str = "2100-01-01";

/// The strings and numbers in checks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mined {
    literals: Vec<String>,
    numbers: Vec<i64>,
    days: Vec<i64>,
    /// Whether they ask for small letters, and for capitals.
    cases: (bool, bool),
}

impl Mined {
    /// What stands in these checks.
    pub fn of<'c>(checks: impl Iterator<Item = &'c RowCheck>) -> Mined {
        let expressions: Vec<&str> = checks.map(|check| check.expression.as_str()).collect();
        let mut literals: Vec<String> = expressions.iter().flat_map(|one| literals(one)).collect();
        literals.sort();
        literals.dedup();
        #[allow(clippy::cast_possible_truncation, reason = "a candidate may be any number")]
        let whole = |text: &String| {
            // `$1,234.50` is money.
            text.replace(['$', ','], "")
                .parse::<f64>()
                .ok()
                .filter(|number| number.abs() < 9e18)
                .map(|number| number as i64)
        };
        let mut numbers: Vec<i64> = literals.iter().filter_map(whole).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let ahead = expressions.iter().any(|one| NOW.iter().any(|now| one.contains(now))).then_some(AHEAD);
        let days = literals.iter().map(String::as_str).chain(ahead).filter_map(days).map(i64::from).collect();
        let calls = |function| expressions.iter().any(|one| one.contains(function));
        Mined { literals, numbers, days, cases: (calls("lower("), calls("upper(")) }
    }

    /// A text now and then in small letters or in capitals, where the checks look at them.
    pub fn in_case(&self, value: FillValue, number: u64) -> FillValue {
        match (value, self.cases, number % 4) {
            (FillValue::Text(text), (true, _), 0) => FillValue::Text(text.to_lowercase()),
            (FillValue::Text(text), (_, true), 2) => FillValue::Text(text.to_uppercase()),
            (value, ..) => value,
        }
    }

    /// The whole numbers among them, in their order.
    pub fn numbers(&self) -> &[i64] {
        &self.numbers
    }

    /// A value near to one of them, chosen by chance.
    pub fn by_chance(&self, of: &FillType, stream: Stream, number: u64) -> Option<FillValue> {
        let random = |question: u64| stream.of(400 + question).at(number);
        match of {
            FillType::Text(most) => self.text(*most, random(0), random(1)),
            FillType::Char(most) => self.text(Some(*most), random(0), random(1)),
            FillType::Date | FillType::Timestamp => at(of, near(&self.days, random(0), random(1))?),
            _ => at(of, near(&self.numbers, random(0), random(1))?),
        }
    }

    /// One after the other: up and down from each of them, so that a list or a range is gone through as a whole.
    pub fn in_turn(&self, of: &FillType, stream: Stream, number: u64) -> Option<FillValue> {
        let (from, step) = match of {
            FillType::Text(_) | FillType::Char(_) => {
                let place = usize::try_from(number).ok();
                return match place.and_then(|place| self.literals.get(place)) {
                    Some(literal) => fitting(literal.clone(), of),
                    None => self.by_chance(of, stream, number),
                };
            }
            FillType::Date => (self.days.as_slice(), 1),
            FillType::Timestamp => {
                let (day, minutes) = turn(&self.days, number)?;
                return Some(FillValue::Timestamp(day * DAY + minutes * 60_000_000));
            }
            FillType::Numeric(Some((precision, scale))) if *precision < 18 => {
                let (from, units) = turn(&self.numbers, number)?;
                let unit = 10_i128.checked_pow(*scale)?;
                return Some(FillValue::Numeric(i128::from(from) * unit + i128::from(units), *scale));
            }
            _ => (self.numbers.as_slice(), 1),
        };
        let (from, steps) = turn(from, number)?;
        at(of, from.saturating_add(steps * step))
    }

    /// One of the texts, a text that a pattern among them describes, a number near to one that stands there, or a text of such a
    /// length.
    fn text(&self, most: Option<usize>, random: u64, other: u64) -> Option<FillValue> {
        let way = random % 4;
        if way == 3 && !self.numbers.is_empty() {
            return Some(FillValue::Text(near(&self.numbers, random / 4, other)?.to_string()))
                .filter(|text| most.is_none_or(|most| text.text().is_none_or(|text| text.len() <= most)));
        }
        if way == 0 && !self.numbers.is_empty() {
            let length = near(&self.numbers, random / 4, other)?;
            let length = usize::try_from(length.clamp(0, 10_000)).ok()?;
            let length = most.map_or(length, |most| length.min(most));
            return Some(FillValue::Text(letters(length, other)));
        }
        let place = usize::try_from(other % (self.literals.len().max(1) as u64)).ok()?;
        let literal = self.literals.get(place)?;
        let text = match way {
            1 => literal.clone(),
            _ => matching(literal, mixed(other)),
        };
        most.is_none_or(|most| text.chars().count() <= most).then_some(FillValue::Text(text))
    }
}

/// This many letters, others for each number. They come again and again: an index holds no text that is longer than a third of a page
/// once it is compressed.
fn letters(length: usize, number: u64) -> String {
    const OWN: usize = 64;
    let mut left = number;
    let letter = |_| {
        left = mixed(left);
        char::from(b'a' + u8::try_from(left % 26).unwrap_or_default())
    };
    let own: Vec<char> = (0..length.min(OWN)).map(letter).collect();
    own.iter().cycle().take(length).collect()
}

fn fitting(text: String, of: &FillType) -> Option<FillValue> {
    let most = match of {
        FillType::Text(most) => *most,
        FillType::Char(most) => Some(*most),
        _ => None,
    };
    most.is_none_or(|most| text.chars().count() <= most).then_some(FillValue::Text(text))
}

/// The value of a type that a number stands for; of times the day.
fn at(of: &FillType, number: i64) -> Option<FillValue> {
    Some(match of {
        FillType::Int2 => FillValue::Int(number.clamp(-i64::from(i16::MAX), i16::MAX.into())),
        FillType::Int4 => FillValue::Int(number.clamp(-i64::from(i32::MAX), i32::MAX.into())),
        FillType::Int8 => FillValue::Int(number),
        FillType::Money => FillValue::Money(number.saturating_mul(100)),
        #[allow(clippy::cast_precision_loss, reason = "a candidate may be any number")]
        FillType::Float4 | FillType::Float8 => FillValue::Float(number as f64),
        FillType::Numeric(digits) => {
            let (precision, scale) = digits.unwrap_or((18, 2));
            let most = 10_i128.pow(precision.min(36)) - 1;
            let unscaled = i128::from(number) * 10_i128.pow(scale.min(18));
            FillValue::Numeric(unscaled.clamp(-most, most), scale.min(18))
        }
        FillType::Date => FillValue::Date(i32::try_from(number).ok()?),
        FillType::Timestamp => FillValue::Timestamp(number * DAY + 43_200_000_000),
        _ => return None,
    })
}

/// The one of these, and the steps from there, up and down in turn.
fn turn(from: &[i64], number: u64) -> Option<(i64, i64)> {
    let count = u64::try_from(from.len()).ok()?;
    let one = from.get(usize::try_from(number.checked_rem(count)?).ok()?)?;
    let step = i64::try_from(number / count).ok()?;
    Some((*one, if step % 2 == 0 { step / 2 } else { -(step + 1) / 2 }))
}

/// A number near to one of these, or between two of them.
fn near(numbers: &[i64], random: u64, other: u64) -> Option<i64> {
    let place = usize::try_from(random % (numbers.len() as u64).max(1)).ok()?;
    let one = *numbers.get(place)?;
    Some(match other % 4 {
        0 => one,
        1 => one.saturating_add(1),
        2 => one.saturating_sub(1),
        _ => {
            let next = numbers.get(place + 1).copied().unwrap_or_else(|| one.saturating_add(100));
            let width = u64::try_from(next.saturating_sub(one)).unwrap_or(0).max(1);
            one.saturating_add(i64::try_from(other / 4 % width).unwrap_or_default())
        }
    })
}

/// The strings and numbers in an expression, as the server writes it.
fn literals(expression: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\'' => {
                let (text, length) = quoted(rest);
                found.push(text);
                length
            }
            '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            c if c.is_ascii_digit() => {
                let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
                let length = number.len();
                found.push(number);
                length
            }
            c if c.is_alphanumeric() || c == '_' => {
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').map(char::len_utf8).sum()
            }
            c => c.len_utf8(),
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    found
}

/// A string at the beginning, without its quotes, and its length with them.
fn quoted(text: &str) -> (String, usize) {
    let mut inside = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((place, c)) = characters.next() {
        if c != '\'' {
            inside.push(c);
        } else if characters.next_if(|(_, next)| *next == '\'').is_some() {
            inside.push('\'');
        } else {
            return (inside, place + 1);
        }
    }
    (inside, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_check_is_found() {
        assert_eq!(
            literals("((price > 0.5) AND (status = ANY (ARRAY['a'::text, 'it''s'::text])))"),
            ["0.5", "a", "it's"]
        );
        assert_eq!(literals("((\"a'b1\" > 3) OR (int4range(x1, 10) @> 7))"), ["3", "10", "7"]);
        assert_eq!(literals("(x = 'open"), ["open"]);
    }

    #[test]
    fn a_range_is_gone_through_as_a_whole() {
        let check = RowCheck {
            name: String::new(),
            expression: "((a >= 5) AND (a <= 300))".to_owned(),
            columns: vec![0],
        };
        let mined = Mined::of([&check].into_iter());
        let of = |number| match mined.in_turn(&FillType::Int4, Stream::new(1, &[]), number) {
            Some(FillValue::Int(value)) => value,
            other => panic!("{other:?}"),
        };
        let found: std::collections::BTreeSet<i64> = (0..1200).map(of).collect();
        assert!((5..=300).all(|number| found.contains(&number)), "{found:?}");
    }
}
