use std::ops::Range;

use super::sql::{Cut, Kind, Piece, Splitter, Statement};

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

/// Joins pieces to segments.
///
/// A segment ends at COPY, at a psql command (which is not sent), and behind a statement that changes how text
/// is read: the server cuts a whole message into tokens before it runs the first statement of it.
pub(super) fn segments<'s>(mut pieces: Splitter<'s>, source: &'s [u8]) -> impl Iterator<Item = Segment> + 's {
    let mut next_copy = None;
    std::iter::from_fn(move || {
        if let Some(copy) = next_copy.take() {
            return Some(copy);
        }
        let mut sql = None;
        for piece in pieces.by_ref() {
            match piece {
                Piece::Statement(statement) if statement.kind.copies() => {
                    let copy = Segment::Copy { statement: Statement::new(statement, source) };
                    if sql.is_none() {
                        return Some(copy);
                    }
                    next_copy = Some(copy);
                    return sql;
                }
                Piece::Statement(statement) => {
                    let changes_lexing = statement.kind == Kind::ChangesLexing;
                    sql = Some(extended(sql, &statement));
                    if changes_lexing {
                        return sql;
                    }
                }
                Piece::Backslash { .. } if sql.is_some() => return sql,
                _ => {}
            }
        }
        sql
    })
}

fn extended(sql: Option<Segment>, statement: &Cut) -> Segment {
    match sql {
        Some(Segment::Sql { span, statements }) => {
            Segment::Sql { span: span.start..statement.span.end, statements: statements + 1 }
        }
        _ => Segment::Sql { span: statement.span.clone(), statements: 1 },
    }
}
