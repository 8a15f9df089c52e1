//! Columns that checks bind to each other. What a check means, the server knows: it is asked which of many candidates pass, and
//! those are used. So that some do, candidates are made of what stands in the checks as well as of what looks right.

use super::looks::{Look, NULLS, plain};
use super::random::Stream;
use super::table::Table;
use super::types::Type;
use super::value::{DAY, Value, days};

/// How many candidates the server is asked about.
pub const CANDIDATES: u64 = 2000;

/// Columns that are bound to each other, and which candidates meet the checks.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidates {
    /// The columns, by their places.
    pub columns: Vec<usize>,
    /// The checks, by their places.
    pub checks: Vec<usize>,
    /// What stands in the checks.
    pub literals: Vec<String>,
    /// The numbers of the candidates that pass. Before the server was asked: all.
    pub passing: Vec<u64>,
    /// The values that pass, in their order, for a single column that follows another database.
    pub ranked: Vec<Value>,
    /// The numbers by which one of them is chosen.
    pub stream: Stream,
}

impl Candidates {
    /// Of checks over some columns of a table.
    pub fn new(table: &Table, columns: Vec<usize>, checks: Vec<usize>, stream: Stream) -> Candidates {
        let expressions = checks.iter().filter_map(|check| table.checks.get(*check));
        let mut literals: Vec<String> = expressions.flat_map(|check| literals(&check.expression)).collect();
        literals.sort();
        literals.dedup();
        Candidates {
            columns,
            checks,
            literals,
            passing: (0..CANDIDATES).collect(),
            ranked: Vec::new(),
            stream,
        }
    }

    /// Which candidate a row takes.
    pub(super) fn chosen(&self, number: u64) -> Option<u64> {
        let chosen = self.stream.below(number, self.passing.len() as u64);
        self.passing.get(usize::try_from(chosen).ok()?).copied()
    }

    /// The value of a column in a row.
    pub(super) fn value(&self, table: &Table, column: usize, of: (Stream, Look), number: u64) -> Value {
        match self.chosen(number) {
            Some(candidate) => self.candidate(table, column, of, candidate),
            None => Value::Null,
        }
    }

    /// The value of this rank, or with this label, for a column that follows another database.
    pub(super) fn of_rank(&self, rank: u64, label: Option<&str>) -> Option<&Value> {
        let with_label =
            label.and_then(|label| self.ranked.iter().find(|one| one.text().as_deref() == Some(label)));
        let place = rank.checked_rem(self.ranked.len() as u64)?;
        with_label.or_else(|| self.ranked.get(usize::try_from(place).ok()?))
    }

    /// The value of a column in a candidate.
    pub fn candidate(
        &self,
        table: &Table,
        column: usize,
        (stream, look): (Stream, Look),
        number: u64,
    ) -> Value {
        let Some(column) = table.columns.get(column) else { return Value::Null };
        let stream = stream.of(300);
        if !column.not_null && stream.of(7).is_among(number, NULLS) {
            return Value::Null;
        }
        // The later ones rest on the checks, the first ones on what looks right.
        let mined = number % 2 == 1;
        let found = if mined { self.mined(&column.of, stream, number) } else { None };
        found.unwrap_or_else(|| plain(&column.of, look, stream, number))
    }

    /// A value near to what stands in the checks.
    fn mined(&self, of: &Type, stream: Stream, number: u64) -> Option<Value> {
        let random = |question: u64| stream.of(400 + question).at(number);
        match of {
            Type::Int2 | Type::Int4 | Type::Int8 | Type::Money => {
                let near = near(&self.numbers(), random(0), random(1), 1)?;
                let largest = match of {
                    Type::Int2 => i64::from(i16::MAX),
                    Type::Int4 => i64::from(i32::MAX),
                    _ => i64::MAX,
                };
                Some(Value::Int(near.clamp(-largest, largest)))
            }
            #[allow(clippy::cast_precision_loss, reason = "a candidate may be any number")]
            Type::Float4 | Type::Float8 => {
                near(&self.numbers(), random(0), random(1), 1).map(|near| Value::Float(near as f64))
            }
            Type::Numeric(digits) => {
                let scale = digits.map_or(2, |(_, scale)| scale);
                let near = near(&self.numbers(), random(0), random(1), 1)?;
                Some(Value::Numeric(i128::from(near) * 10_i128.pow(scale.min(18)), scale))
            }
            Type::Date => {
                let days: Vec<i64> =
                    self.literals.iter().filter_map(|text| days(text)).map(i64::from).collect();
                near(&days, random(0), random(1), 1)
                    .and_then(|day| Some(Value::Date(i32::try_from(day).ok()?)))
            }
            Type::Timestamp => {
                let days: Vec<i64> =
                    self.literals.iter().filter_map(|text| days(text)).map(i64::from).collect();
                near(&days, random(0), random(1), 1).map(|day| Value::Timestamp(day * DAY + 43_200_000_000))
            }
            Type::Text(most) => self.text(*most, random(0), random(1)),
            Type::Char(_) => self.text(None, random(0), random(1)),
            _ => None,
        }
    }

    /// One of the texts in the checks, a text that a pattern among them describes, or one of a length that stands there.
    fn text(&self, most: Option<usize>, random: u64, other: u64) -> Option<Value> {
        let lengths = self.numbers();
        let way = random % 3;
        if way == 0 && !lengths.is_empty() {
            let length = near(&lengths, random / 3, other, 1)?;
            let length = usize::try_from(length.clamp(0, 10_000)).ok()?;
            let length = most.map_or(length, |most| length.min(most));
            return Some(Value::Text(
                "abcdefghij".chars().cycle().skip(usize::try_from(other % 10).ok()?).take(length).collect(),
            ));
        }
        let place = usize::try_from(other % (self.literals.len().max(1) as u64)).ok()?;
        let literal = self.literals.get(place)?;
        let text = match way {
            1 => literal.clone(),
            _ => super::pattern::matching(literal, super::random::mixed(other)),
        };
        most.is_none_or(|most| text.chars().count() <= most).then_some(Value::Text(text))
    }

    fn numbers(&self) -> Vec<i64> {
        #[allow(clippy::cast_possible_truncation, reason = "a candidate may be any number")]
        let whole = |text: &String| {
            text.parse::<f64>().ok().filter(|number| number.abs() < 9e18).map(|number| number as i64)
        };
        let mut numbers: Vec<i64> = self.literals.iter().filter_map(whole).collect();
        numbers.sort_unstable();
        numbers
    }
}

/// A number near to one of these, or between two of them.
fn near(numbers: &[i64], random: u64, other: u64, step: i64) -> Option<i64> {
    let place = usize::try_from(random % (numbers.len() as u64).max(1)).ok()?;
    let one = *numbers.get(place)?;
    Some(match other % 4 {
        0 => one,
        1 => one.saturating_add(step),
        2 => one.saturating_sub(step),
        _ => {
            let next = numbers.get(place + 1).copied().unwrap_or_else(|| one.saturating_add(100));
            let width = u64::try_from(next.saturating_sub(one)).unwrap_or(0).max(1);
            one.saturating_add(i64::try_from(other / 4 % width).unwrap_or_default())
        }
    })
}

/// The strings and numbers in an expression, as the server writes it.
pub fn literals(expression: &str) -> Vec<String> {
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
}
