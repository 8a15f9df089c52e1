//! Where an error lies: the way back from the server's position in a message, or from the number of statements that went well, to the file.

use std::ops::Range;

use super::{ErrorOrigin, Message, PartOrigin, Purpose, Rewritten, SentQuery, statements_from};
use crate::migration::{Half, body};
use crate::postgres::sql_error::SqlError;

impl Message {
    /// The statement of a file.
    pub(super) fn file_text(&self, origin: &ErrorOrigin) -> Option<&str> {
        let ErrorOrigin::File { statement, .. } = origin else { return None };
        self.parts.iter().find_map(|part| match &part.origin {
            PartOrigin::File { half, span, .. } if span.contains(&statement.start) => {
                half.source().get(statement.clone())
            }
            _ => None,
        })
    }

    /// The byte of the message that a position in a part of it is.
    pub(super) fn place_of(&self, query: &SentQuery, position: usize) -> usize {
        let mark = if query.range.start == 0 { 0 } else { self.mark };
        let in_query = self.unit.byte_offset(&self.text_of(query), position);
        query.range.start + in_query.saturating_sub(mark)
    }

    /// Whether an error can lie at this byte, after this many statements that went well. What does not parse fails as a whole, before the
    /// first one. Later on, the server may count in a text of its own: that of an index, say, which a statement makes it build anew.
    pub(super) fn may_be_meant(&self, byte: usize, completed: usize) -> bool {
        let Some(part) = self.parts.iter().find(|part| part.range.contains(&byte)) else { return false };
        if completed == 0 {
            return true;
        }
        let parts = self.parts.iter().take_while(|other| other.range.start < part.range.start);
        let before: usize = parts.map(|part| part.statements).sum();
        let Some(number) = completed.checked_sub(before).filter(|number| *number < part.statements) else {
            return false;
        };
        match &part.origin {
            PartOrigin::File { half, span, rewritten } if rewritten.is_empty() => {
                let place = byte - part.range.start + span.start;
                statements_from(half, span.start)
                    .nth(number)
                    .is_some_and(|statement| (statement.span.start..=statement.span.end).contains(&place))
            }
            _ => true,
        }
    }

    pub(super) fn origin_of_place(&self, byte: usize) -> ErrorOrigin {
        let Some(part) = self.parts.iter().find(|part| part.range.contains(&byte)) else {
            return ErrorOrigin::Own(Purpose::Frame);
        };
        let (half, span, rewritten) = match &part.origin {
            PartOrigin::File { half, span, rewritten } => (half, span, rewritten),
            PartOrigin::Own(purpose) => return ErrorOrigin::Own(*purpose),
        };
        let offset = in_source(span.start + byte - part.range.start, rewritten).min(span.end);
        ErrorOrigin::File { offset, statement: statement_at(half, span, offset) }
    }

    pub(super) fn origin_of_statement(&self, completed: usize, error: &SqlError) -> ErrorOrigin {
        let mut before = 0;
        for part in &self.parts {
            if completed >= before + part.statements {
                before += part.statements;
                continue;
            }
            let (half, span) = match &part.origin {
                PartOrigin::File { half, span, .. } => (half, span),
                PartOrigin::Own(purpose) => return ErrorOrigin::Own(*purpose),
            };
            let statement = statements_from(half, span.start)
                .nth(completed - before)
                .map_or_else(|| span.clone(), |statement| statement.span.clone());
            let text = half.source().get(statement.clone()).unwrap_or_default();
            let inside = self.offset_in_body(text, error).unwrap_or_default();
            return ErrorOrigin::File { offset: statement.start + inside, statement };
        }
        ErrorOrigin::Own(Purpose::Frame)
    }

    /// Where in a statement the error lies, if that is in the body of a function or in a DO block. The server counts from
    /// the start of the message only where the text of the body stands there once, and the history holds the file's, too.
    fn offset_in_body(&self, statement: &str, error: &SqlError) -> Option<usize> {
        let in_query = || {
            let (query, position) = (error.internal_query.as_deref()?, error.internal_position?);
            body::offset_of(statement, query, self.unit.byte_offset(query, position))
        };
        in_query().or_else(|| body::offset_of_line(statement, error.line_of_block()?))
    }
}

/// Where in the source stands what has this offset once these parts are rewritten. Within one of them it is where that begins.
fn in_source(offset: usize, rewritten: &[Rewritten]) -> usize {
    let mut offset = offset;
    for Rewritten { span, length } in rewritten {
        if offset < span.start {
            break;
        }
        if offset < span.start + length {
            return span.start;
        }
        offset = offset + span.len() - length;
    }
    offset
}

fn statement_at(half: &Half, within: &Range<usize>, offset: usize) -> Range<usize> {
    half.statements()
        .iter()
        .map(|statement| statement.span.clone())
        .filter(|span| span.start >= within.start)
        .take_while(|span| span.start <= offset)
        .last()
        .unwrap_or_else(|| within.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_rewritten_statement_is_found_in_the_source() {
        let rewritten = [Rewritten { span: 10..16, length: 30 }, Rewritten { span: 20..26, length: 2 }];
        let places = [9, 10, 39, 40, 43, 44, 45, 46].map(|offset| in_source(offset, &rewritten));
        assert_eq!(places, [9, 10, 10, 16, 19, 20, 20, 26]);
    }
}
