//! What is sent to the server as one message, and the way back from the server's position to the file's.
//!
//! A message is made of parts: pmdb's own statements (BEGIN, the history row, COMMIT) around a stretch of a file.
//! The server gives the place of an error as a distance from the start of the message, or gives none; then the
//! number of statements that were completed before tells which one failed.
//!
//! Citus hands the whole text of a message to its workers along with a statement that changes a distributed table, and they
//! refuse all but a single statement; along with a `SET LOCAL` they even run all of it. There each statement travels by
//! itself, see [`Delivery`].

mod origin;

use std::borrow::Cow;
use std::ops::Range;
use std::pin::pin;

use futures_util::StreamExt;
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::sql_error::SqlError;
use crate::connect::PositionUnit;
use crate::migration::sql::secrets::masked;
use crate::migration::{Half, Statement, StatementKind, TransactionCommand};

/// What is sent in one go.
#[derive(Debug)]
pub struct Message {
    text: String,
    /// Its beginning up to here is the runner's mark.
    mark: usize,
    unit: PositionUnit,
    delivery: Delivery,
    parts: Vec<MessagePart>,
    statements: usize,
}

/// How statements travel to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// All in one simple-query message: the server stops at the first error.
    Together,
    /// Each statement in a message of its own. Most are sent without waiting: after an error the server refuses the rest of
    /// the transaction. Two things are waited for, since what follows them would run all the same: pmdb's own statements
    /// before a file's (BEGIN), and whatever stands before a `ROLLBACK TO SAVEPOINT` of the file.
    OneByOne,
}

/// What comes back, along with how many statements are done.
enum Answer {
    Row(SimpleQueryRow),
    /// One more of them, which has changed or returned this many rows.
    Completed(u64),
}

/// What the server gets as one simple-query message: these bytes of the text, with the mark before them.
struct SentQuery {
    range: Range<usize>,
    /// Whether all before it must have succeeded when it is sent.
    waits: bool,
}

#[derive(Debug)]
struct MessagePart {
    /// Bytes of the message.
    range: Range<usize>,
    statements: usize,
    origin: PartOrigin,
}

#[derive(Debug)]
enum PartOrigin {
    Own(Purpose),
    /// Bytes of the half's source, some of them written otherwise.
    File {
        half: Half,
        span: Range<usize>,
        rewritten: Vec<Rewritten>,
    },
}

/// Bytes of a half's source, and how many bytes stand for them in the message.
#[derive(Debug)]
struct Rewritten {
    span: Range<usize>,
    length: usize,
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
    /// Checking, in the transaction of a batch, that the table of its backfill is no other one.
    BackfillTable,
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
    /// A line of the long data of a COPY, counted from 1.
    Data {
        /// Where the COPY stands.
        statement: Range<usize>,
        /// The line of its data.
        line: u64,
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
    pub fn marked(mark: &str, unit: PositionUnit, delivery: Delivery) -> Message {
        let text = format!("{mark} ");
        Message { mark: text.len(), text, unit, delivery, parts: Vec::new(), statements: 0 }
    }

    /// The same, sent all in one: what Citus takes only one by one is not in it.
    pub fn together(self) -> Message {
        Message { delivery: Delivery::Together, ..self }
    }

    /// Adds statements of pmdb's own, one per element.
    pub fn own(mut self, purpose: Purpose, statements: &[impl AsRef<str>]) -> Message {
        for statement in statements {
            let start = self.text.len();
            self.text.push_str(statement.as_ref());
            self.text.push_str(";\n");
            self = self.add(start, 1, PartOrigin::Own(purpose));
        }
        self
    }

    /// Adds a stretch of a half. A line break and a semicolon follow it: it may end in a comment or without one.
    pub fn file(mut self, half: &Half, span: Range<usize>, statements: usize) -> Message {
        let start = self.text.len();
        self.text.push_str(half.source().get(span.clone()).unwrap_or_default());
        self.text.push_str("\n;\n");
        self.add(start, statements, PartOrigin::File { half: half.clone(), span, rewritten: Vec::new() })
    }

    /// Adds a statement of a half, with these texts in the place of these bytes of it, in order.
    pub fn rewritten(mut self, half: &Half, span: Range<usize>, texts: &[(Range<usize>, String)]) -> Message {
        let (start, source) = (self.text.len(), half.source());
        let (mut at, mut rewritten) = (span.start, Vec::new());
        for (place, text) in texts {
            self.text.push_str(source.get(at..place.start).unwrap_or_default());
            self.text.push_str(text);
            rewritten.push(Rewritten { span: place.clone(), length: text.len() });
            at = place.end;
        }
        self.text.push_str(source.get(at..span.end).unwrap_or_default());
        self.text.push_str("\n;\n");
        self.add(start, 1, PartOrigin::File { half: half.clone(), span, rewritten })
    }

    fn add(mut self, start: usize, statements: usize, origin: PartOrigin) -> Message {
        self.parts.push(MessagePart { range: start..self.text.len(), statements, origin });
        self.statements += statements;
        self
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// How many statements it holds.
    pub fn statements(&self) -> usize {
        self.statements
    }

    /// What it is cut into.
    fn queries(&self) -> Vec<SentQuery> {
        if self.delivery == Delivery::Together {
            return vec![SentQuery { range: 0..self.text.len(), waits: false }];
        }
        let mut queries: Vec<SentQuery> = Vec::new();
        let mut after_own = false;
        for part in &self.parts {
            match &part.origin {
                PartOrigin::Own(_) => {
                    queries.push(SentQuery { range: part.range.clone(), waits: false });
                    after_own = true;
                }
                PartOrigin::File { half, span, rewritten } => {
                    for statement in statements_from(half, span.start).take(part.statements) {
                        let start = part.range.start + statement.span.start - span.start;
                        let added: usize = rewritten.iter().map(|part| part.length).sum();
                        let left_out: usize = rewritten.iter().map(|part| part.span.len()).sum();
                        let range = start..start + statement.span.len() + added - left_out;
                        let waits = std::mem::take(&mut after_own) || goes_on_after_errors(statement);
                        queries.push(SentQuery { range, waits });
                    }
                }
            }
        }
        queries
    }

    /// The text of a part of it, as it is sent.
    fn text_of(&self, query: &SentQuery) -> Cow<'_, str> {
        let text = self.text.get(query.range.clone()).unwrap_or_default();
        match query.range.start {
            0 => Cow::Borrowed(text),
            _ => Cow::Owned([self.text.get(..self.mark).unwrap_or_default(), text].concat()),
        }
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
        let mut value = None;
        let on_answer = |completed, answer| match answer {
            Answer::Row(row) => value = row.try_get(0).ok().flatten().map(str::to_owned),
            Answer::Completed(_) => on_completed(completed, value.take()),
        };
        self.send_and_hear(client, on_answer).await
    }

    /// Sends the message, waits for the end of it, and gives back how many rows each of its statements has changed or returned.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_and_count(&self, client: &Client) -> Result<Vec<u64>, MessageError> {
        let mut counts = Vec::new();
        let on_answer = |_, answer| {
            if let Answer::Completed(rows) = answer {
                counts.push(rows);
            }
        };
        self.send_and_hear(client, on_answer).await?;
        Ok(counts)
    }

    /// Sends the message, waits for the end of it, and gives back the rows of pmdb's own statements at its end.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    #[cfg(feature = "inspect")]
    pub async fn send_and_ask(&self, client: &Client) -> Result<Vec<SimpleQueryRow>, MessageError> {
        let is_own = |part: &&MessagePart| matches!(part.origin, PartOrigin::Own(_));
        let own: usize = self.parts.iter().rev().take_while(is_own).map(|part| part.statements).sum();
        let mut rows = Vec::new();
        let on_answer = |completed, answer| match answer {
            Answer::Row(row) if completed >= self.statements - own => rows.push(row),
            _ => {}
        };
        self.send_and_hear(client, on_answer).await?;
        Ok(rows)
    }

    async fn send_and_hear(
        &self,
        client: &Client,
        mut on_answer: impl FnMut(usize, Answer),
    ) -> Result<(), MessageError> {
        let mut completed = 0;
        let mut queries = self.queries().into_iter().peekable();
        while let Some(first) = queries.next() {
            let mut flight = vec![first];
            while let Some(query) = queries.next_if(|query| !query.waits) {
                flight.push(query);
            }
            self.send_flight(&flight, client, &mut completed, &mut on_answer).await?;
        }
        Ok(())
    }

    /// Sends some of it without waiting in between, and waits for all the answers.
    async fn send_flight(
        &self,
        flight: &[SentQuery],
        client: &Client,
        completed: &mut usize,
        on_answer: &mut impl FnMut(usize, Answer),
    ) -> Result<(), MessageError> {
        let mut streams = Vec::with_capacity(flight.len());
        for query in flight {
            // This does not wait.
            let stream = client.simple_query_raw(&self.text_of(query)).await;
            streams.push(stream.map_err(|error| self.failed(error, query, *completed))?);
        }
        let mut failure = None;
        for (query, stream) in flight.iter().zip(streams) {
            let mut stream = pin!(stream);
            while let Some(message) = stream.next().await {
                match message {
                    // After an error, COMMIT is answered too: it has rolled back.
                    Ok(SimpleQueryMessage::CommandComplete(rows)) if failure.is_none() => {
                        *completed += 1;
                        on_answer(*completed, Answer::Completed(rows));
                    }
                    Ok(SimpleQueryMessage::Row(row)) => on_answer(*completed, Answer::Row(row)),
                    Ok(_) => {}
                    Err(error) if failure.is_none() => {
                        let lost = error.as_db_error().is_none();
                        failure = Some(self.failed(error, query, *completed));
                        if lost {
                            break;
                        }
                    }
                    Err(_) => break,
                }
            }
        }
        failure.map_or(Ok(()), Err)
    }

    fn failed(&self, error: tokio_postgres::Error, query: &SentQuery, completed: usize) -> MessageError {
        let mut error = SqlError::from(error);
        let place = error.position.map(|position| self.place_of(query, position));
        let origin = match place.filter(|place| self.may_be_meant(*place, completed)) {
            Some(place) => self.origin_of_place(place),
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
}

/// The statements of a half from this byte on.
fn statements_from(half: &Half, start: usize) -> impl Iterator<Item = &Statement> {
    half.statements().iter().skip_while(move |statement| statement.span.start < start)
}

/// Whether it brings a transaction in which a statement has failed back to life.
fn goes_on_after_errors(statement: &Statement) -> bool {
    statement.kind == StatementKind::TransactionControl(TransactionCommand::RollbackTo)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::Direction;

    /// The messages that a half becomes, `|` where the answers are waited for.
    fn sent(sql: &str, delivery: Delivery) -> String {
        let half = Half::from_stored(&format!("-- migrate:up\n{sql}"), Direction::Up).unwrap();
        let (start, count) = (half.statements()[0].span.start, half.statement_count());
        let span = start..half.source().len();
        let message = Message::marked("/* m */", PositionUnit::Characters, delivery)
            .own(Purpose::Frame, &["BEGIN", "SET LOCAL x = 1"])
            .file(&half, span, count)
            .own(Purpose::Frame, &["COMMIT"]);
        let queries = message.queries();
        let texts = queries.iter().map(|query| {
            let waits = if query.waits { "| " } else { "" };
            format!("{waits}{}", message.text_of(query).replace('\n', " ").trim_end())
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn one_by_one_each_statement_bears_the_mark_and_what_must_have_succeeded_is_waited_for() {
        insta::assert_snapshot!(
            sent("SAVEPOINT s; -- why\nSELECT ';';\nROLLBACK TO s;\nSELECT 2", Delivery::OneByOne),
            @r"
        /* m */ BEGIN;
        /* m */ SET LOCAL x = 1;
        | /* m */ SAVEPOINT s;
        /* m */ SELECT ';';
        | /* m */ ROLLBACK TO s;
        /* m */ SELECT 2
        /* m */ COMMIT;
        "
        );
    }

    #[test]
    fn together_all_is_one_message() {
        insta::assert_snapshot!(
            sent("SELECT 1; SELECT 2;", Delivery::Together),
            @"/* m */ BEGIN; SET LOCAL x = 1; SELECT 1; SELECT 2; ; COMMIT;"
        );
    }
}
