//! Which values a column may have whose rows have to differ from each other. Most may have any; where a check of the column alone
//! takes few of them, those that pass are found beforehand, by asking the server.

use super::looks::{ColumnLook, distinct};
use super::mined::Mined;
use super::random::Stream;
use super::types::FillType;
use super::value::FillValue;

/// The values of a column that has to be distinct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// Any, from this number on.
    From(u64),
    /// Those alone that are in a list.
    Only(Listed),
}

/// Values that pass the checks of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What stands in the checks.
    pub mined: Mined,
    /// The numbers of the values.
    pub numbers: Vec<u64>,
    /// The checks, as people call them.
    pub checks: String,
}

impl Allowed {
    /// The number of the first one.
    pub fn first(&self) -> u64 {
        match self {
            Allowed::From(first) => *first,
            Allowed::Only(_) => 0,
        }
    }

    /// How many different values there are; `None` for more than anybody fills.
    pub fn values(&self, of: &FillType) -> Option<u64> {
        match self {
            Allowed::From(first) => of.values().map(|values| values.saturating_sub(*first)),
            Allowed::Only(listed) => Some(listed.numbers.len() as u64),
        }
    }

    /// The value at a place among them. No other place gives the same.
    pub fn at(&self, of: &FillType, (stream, look): (Stream, ColumnLook), place: u64) -> FillValue {
        match self {
            Allowed::From(first) => distinct(of, look, stream, first.saturating_add(place)),
            Allowed::Only(listed) => {
                let number = usize::try_from(place).ok().and_then(|place| listed.numbers.get(place));
                number.map_or(FillValue::Null, |number| listed.mined.proposed(of, (stream, look), *number))
            }
        }
    }
}

impl Mined {
    /// A value that may pass: in turn one that is ordinary and one that is near to what stands in the checks.
    pub fn proposed(&self, of: &FillType, (stream, look): (Stream, ColumnLook), number: u64) -> FillValue {
        let ordinary = || distinct(of, look, stream, number / 2);
        match number % 2 {
            0 => self.in_case(ordinary(), number),
            _ => self.in_turn(of, stream.of(300), number / 2).unwrap_or_else(ordinary),
        }
    }
}
