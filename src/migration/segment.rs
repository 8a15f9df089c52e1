use std::ops::Range;

use super::sql::{Statement, StatementKind};

/// Statements are joined up to this many bytes: the server takes messages of less than a gigabyte, and reads all of one before
/// it runs any of it.
const LONGEST_MESSAGE: usize = 16 * 1024 * 1024;

/// A part of a half that can be sent to the server as one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Statements that follow each other, with what stands between them.
    Sql {
        /// Their bytes in [`Half::source`](super::Half::source).
        span: Range<usize>,
        /// How many there are, at least one.
        statements: usize,
    },
    /// One COPY with the client: `FROM stdin`, with data for the copy protocol, or `TO stdout`.
    Copy {
        /// The COPY; its data, if it takes any, is in `copy_data`.
        statement: Statement,
    },
}

impl Segment {
    /// The bytes of its SQL in [`Half::source`](super::Half::source), without data of COPY.
    pub fn span(&self) -> Range<usize> {
        match self {
            Segment::Sql { span, .. } => span.clone(),
            Segment::Copy { statement } => statement.span.clone(),
        }
    }
}

/// Joins statements to segments.
///
/// A segment ends at COPY, at a psql command (which is not sent), and after a statement that changes how text
/// is read: the server cuts a whole message into tokens before it runs the first statement of it.
pub(super) fn segments<'s>(
    statements: &'s [Statement],
    source: &'s [u8],
) -> impl Iterator<Item = Segment> + 's {
    let mut rest = statements;
    std::iter::from_fn(move || {
        let (first, after) = rest.split_first()?;
        if first.kind.copies() {
            rest = after;
            return Some(Segment::Copy { statement: first.clone() });
        }
        let (mut span, mut statements) = (first.span.clone(), 1);
        rest = after;
        let mut last = first;
        while let Some((next, after)) = rest.split_first()
            && next.span.end - span.start <= LONGEST_MESSAGE
            && goes_on(last, next, source)
        {
            span.end = next.span.end;
            statements += 1;
            (last, rest) = (next, after);
        }
        Some(Segment::Sql { span, statements })
    })
}

/// Whether a statement can be sent along with the one before it. A psql command stands between two statements with its
/// backslash; one in a comment does not matter either.
fn goes_on(last: &Statement, next: &Statement, source: &[u8]) -> bool {
    let between = source.get(last.span.end..next.span.start).unwrap_or_default();
    last.kind != StatementKind::ChangesLexing
        && !next.kind.copies()
        && memchr::memchr(b'\\', between).is_none()
}
