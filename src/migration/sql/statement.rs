use std::ops::Range;

use super::facts::Facts;
use super::lexer::StandardStrings;
use super::statement_kind::StatementKind;
use crate::migration::Location;

/// One statement, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its bytes in the text: from its first token to its `;`, or to its last token without one.
    pub span: Range<usize>,
    /// Where it begins.
    pub location: Location,
    /// What decides how it can be run.
    pub kind: StatementKind,
    /// What else is known of it.
    pub facts: Facts,
    /// For [`StatementKind::Copy`]: the data lines after it, without the line `\.` that ends them.
    pub copy_data: Option<Range<usize>>,
}

impl Statement {
    /// A statement of a text.
    pub(crate) fn new(cut: Cut, location: Location, text: &[u8]) -> Statement {
        let Cut { span, kind, strings, copy_data } = cut;
        let facts = Facts::of(text.get(span.clone()).unwrap_or_default(), kind, strings);
        Statement { span, location, kind, facts, copy_data }
    }
}

/// A statement as it is cut out of a text: what has to be known to cut the rest, and to check it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Its bytes in the text: from its first token to its `;`, or to its last token without one.
    pub span: Range<usize>,
    /// What decides how it can be run.
    pub kind: StatementKind,
    /// How the server reads strings in it.
    pub strings: StandardStrings,
    /// For [`StatementKind::Copy`]: the data lines after it, without the line `\.` that ends them.
    pub copy_data: Option<Range<usize>>,
}
