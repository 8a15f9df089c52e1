//! What is sent to the server as one message, and the way back from the server's position to the file's.
//!
//! A message is made of pieces: pmdb's own statements (BEGIN, the history row, COMMIT) around a stretch of a file.
//! The server gives the place of an error as a distance from the start of the message, or gives none; then the
//! number of statements that were completed before tells which one failed.

use std::ops::Range;
use std::pin::pin;

use futures_util::StreamExt;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::sql_error::SqlError;
use crate::connect::PositionUnit;
use crate::migration::sql::secrets::masked;
use crate::migration::{Half, body};

/// One simple-query message.
#[derive(Debug)]
pub struct Message {
    text: String,
    unit: PositionUnit,
    pieces: Vec<MessagePart>,
}

#[derive(Debug)]
struct MessagePart {
    /// Bytes of the message.
    range: Range<usize>,
    statements: usize,
    origin: PieceOrigin,
}

#[derive(Debug)]
enum PieceOrigin {
    Own(Purpose),
    /// Bytes of the half's source.
    File {
        half: Half,
        span: Range<usize>,
    },
}

/// What a statement of pmdb's own is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// BEGIN, COMMIT, settings: what stands around a file. An error at COMMIT is the file's (a deferred constraint).
    Frame,
    /// Reading or writing the history table.
    History,
    /// Checking, in the transaction of a half, that it has changed nothing outside of its database.
    Guard,
    /// Checks, after a half that is committed, that what the run relies on has not changed.
    StartingPoint,
}

/// What an error belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorOrigin {
    /// A statement of pmdb's own.
    Own(Purpose),
    /// A place in the source of a half, in bytes.
    File {
        /// The place of the error, or the start of the failing statement when the server names no place.
        offset: usize,
        /// Where the failing statement stands.
        statement: Range<usize>,
    },
}

/// An error with its origin.
#[derive(Debug)]
pub struct MessageError {
    /// What the server said.
    pub error: SqlError,
    /// What it is about.
    pub origin: ErrorOrigin,
}

impl Message {
    /// An empty message that begins with a comment: the runner's mark, for `pg_stat_activity`.
    pub fn marked(mark: &str, unit: PositionUnit) -> Message {
        Message { text: format!("{mark} "), unit, pieces: Vec::new() }
    }

    /// Adds statements of pmdb's own, one per element.
    pub fn own(mut self, purpose: Purpose, statements: &[impl AsRef<str>]) -> Message {
        let start = self.text.len();
        for statement in statements {
            self.text.push_str(statement.as_ref());
            self.text.push_str(";\n");
        }
        self.add(start, statements.len(), PieceOrigin::Own(purpose))
    }

    /// Adds a stretch of a half. A line break and a semicolon follow it: it may end in a comment or without one.
    pub fn file(mut self, half: &Half, span: Range<usize>, statements: usize) -> Message {
        let start = self.text.len();
        self.text.push_str(half.source().get(span.clone()).unwrap_or_default());
        self.text.push_str("\n;\n");
        self.add(start, statements, PieceOrigin::File { half: half.clone(), span })
    }

    fn add(mut self, start: usize, statements: usize, origin: PieceOrigin) -> Message {
        self.pieces.push(MessagePart { range: start..self.text.len(), statements, origin });
        self
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// How many statements it holds.
    pub fn statements(&self) -> usize {
        self.pieces.iter().map(|piece| piece.statements).sum()
    }

    /// Sends the message and waits for the end of it. `on_completed` gets after each statement how
    /// many are done, and the first column of its last row; all other rows are thrown away as they come.
    ///
    /// # Errors
    /// The first error, with its origin. The server has skipped the rest of the message then.
    pub async fn send(
        &self,
        client: &Client,
        mut on_completed: impl FnMut(usize, Option<String>),
    ) -> Result<(), MessageError> {
        let mut completed = 0;
        let mut value = None;
        let stream = match client.simple_query_raw(&self.text).await {
            Ok(stream) => stream,
            Err(error) => return Err(self.failed(error, completed)),
        };
        let mut stream = pin!(stream);
        let mut failure = None;
        while let Some(message) = stream.next().await {
            match message {
                Ok(SimpleQueryMessage::CommandComplete(_)) => {
                    completed += 1;
                    on_completed(completed, value.take());
                }
                Ok(SimpleQueryMessage::Row(row)) => value = row.try_get(0).ok().flatten().map(str::to_owned),
                Ok(_) => {}
                Err(error) if failure.is_none() => {
                    let lost = error.as_db_error().is_none();
                    failure = Some(self.failed(error, completed));
                    if lost {
                        break;
                    }
                }
                Err(_) => break,
            }
        }
        failure.map_or(Ok(()), Err)
    }

    fn failed(&self, error: tokio_postgres::Error, completed: usize) -> MessageError {
        let mut error = SqlError::from(error);
        let origin = match error.position {
            Some(position) => self.origin_of_position(position),
            None => self.origin_of_statement(completed, &error),
        };
        let query = error.internal_query.take().filter(|query| {
            // What stands in the file is shown from there, and what the context says is not said twice.
            let is_in = |text: &str| text.contains(query.as_str());
            !self.file_text(&origin).is_some_and(is_in) && !error.context.as_deref().is_some_and(is_in)
        });
        error.internal_query = query.map(|query| masked(&query).into_owned());
        MessageError { error, origin }
    }

    /// The statement of a file.
    fn file_text(&self, origin: &ErrorOrigin) -> Option<&str> {
        let ErrorOrigin::File { statement, .. } = origin else { return None };
        self.pieces.iter().find_map(|piece| match &piece.origin {
            PieceOrigin::File { half, span } if span.contains(&statement.start) => {
                half.source().get(statement.clone())
            }
            _ => None,
        })
    }

    fn origin_of_position(&self, position: usize) -> ErrorOrigin {
        let byte = self.unit.byte_offset(&self.text, position);
        let Some(piece) = self.pieces.iter().find(|piece| piece.range.contains(&byte)) else {
            return ErrorOrigin::Own(Purpose::Frame);
        };
        let (half, span) = match &piece.origin {
            PieceOrigin::File { half, span } => (half, span),
            PieceOrigin::Own(purpose) => return ErrorOrigin::Own(*purpose),
        };
        let offset = (span.start + byte - piece.range.start).min(span.end);
        ErrorOrigin::File { offset, statement: statement_at(half, span, offset) }
    }

    fn origin_of_statement(&self, completed: usize, error: &SqlError) -> ErrorOrigin {
        let mut before = 0;
        for piece in &self.pieces {
            if completed >= before + piece.statements {
                before += piece.statements;
                continue;
            }
            let (half, span) = match &piece.origin {
                PieceOrigin::File { half, span } => (half, span),
                PieceOrigin::Own(purpose) => return ErrorOrigin::Own(*purpose),
            };
            let statement = half
                .statements()
                .iter()
                .skip_while(|statement| statement.span.start < span.start)
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

fn statement_at(half: &Half, within: &Range<usize>, offset: usize) -> Range<usize> {
    half.statements()
        .iter()
        .map(|statement| statement.span.clone())
        .filter(|span| span.start >= within.start)
        .take_while(|span| span.start <= offset)
        .last()
        .unwrap_or_else(|| within.clone())
}
