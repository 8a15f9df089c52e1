//! COPY with the client: `FROM stdin`, with the data that follow it in the file, and `TO stdout`.

use std::pin::pin;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::Executor;
use super::place::{copy_error_offset, line_in_data};
use crate::connect::Session;
use crate::migration::{DataError, Half, LongData, Postcondition, Statement, StatementKind};
use crate::postgres::event::Event;
use crate::postgres::message::{ErrorOrigin, MessageError, Purpose};
use crate::postgres::sql_error::SqlError;

/// Data go out in pieces of this size.
const CHUNK: usize = 64 * 1024;

/// This many pieces are read before they can be sent.
const PIECES_AHEAD: usize = 4;

/// Names that the driver may want to give are made free by what this returns.
pub(in crate::postgres) const NAMES_TAKEN: &str = "SELECT pg_catalog.string_agg(pg_catalog.concat('DEALLOCATE ', name), '; ') \
    FROM pg_catalog.pg_prepared_statements WHERE name OPERATOR(pg_catalog.~) '^s[0-9]+$'";

impl Executor<'_> {
    /// Runs a COPY. What one sends is thrown away, like the rows of a SELECT.
    pub(super) async fn copy(&self, half: &Half, statement: &Statement) -> Result<(), MessageError> {
        let first = self.get_ready_to_copy(statement).await?;
        // Sent along with the COPY, it costs no waiting; where it fails, the COPY fails too.
        let first = self.message().own(Purpose::Frame, &first);
        let progress = |done, total| self.tell(Event::CopyProgress { done, total });
        let copying = transfer(self.session.client(), half, statement, progress);
        let sent = async { tokio::join!(biased; first.send(self.session.client(), |_, _| {}), copying).1 };
        self.watched(sent).await.map_err(|error| copy_error(self.session, half, statement, error))
    }

    /// Finds out what has to be said before a COPY, and takes its lock.
    ///
    /// The driver prepares a COPY under a name such as `s0`, which somebody else may have left on a pooler's connection.
    /// What the file itself has prepared stays.
    ///
    /// A COPY that the server refuses costs the connection, since the driver sends it one message too many
    /// (<https://github.com/sfackler/rust-postgres/issues/789>). A half that is to be tried again after a lock timeout would
    /// have none left, so the COPY's lock is taken by another statement that waits for it: an INSERT that is read and never
    /// planned or run. All of this goes, except the names, once a release of the driver has
    /// <https://github.com/sfackler/rust-postgres/pull/1337>.
    ///
    /// Where the server refuses that INSERT (rules that lead in a circle, a view that only a trigger makes writable), it
    /// is forgotten: the COPY has the last word.
    async fn get_ready_to_copy(&self, statement: &Statement) -> Result<Vec<String>, MessageError> {
        let mut message = self.message().own(Purpose::Frame, &["SAVEPOINT pmdb_copy", NAMES_TAKEN]);
        if let (StatementKind::Copy, Some(Postcondition::RowsCopied(table))) =
            (statement.kind, statement.facts.postcondition.as_deref())
        {
            let prepare = format!("PREPARE pmdb_copy AS INSERT INTO {table}\n DEFAULT VALUES");
            message = message.own(Purpose::Frame, &[&prepare, "DEALLOCATE pmdb_copy"]);
        }
        let message = message.own(Purpose::Frame, &["RELEASE SAVEPOINT pmdb_copy"]);
        let mut first = Vec::new();
        let sent = message.send(self.session.client(), |_, value| first.extend(value));
        match self.watched(sent).await {
            Ok(()) => {}
            Err(failed) if would_stop_the_copy(&failed.error) => {
                let origin =
                    ErrorOrigin::File { offset: statement.span.start, statement: statement.span.clone() };
                return Err(MessageError { error: failed.error, origin });
            }
            Err(_) => {
                let undo = ["ROLLBACK TO SAVEPOINT pmdb_copy", "RELEASE SAVEPOINT pmdb_copy"];
                first.splice(0..0, undo.map(str::to_owned));
            }
        }
        Ok(first)
    }
}

/// Runs a COPY in a session that nobody else uses, and whose half is not tried again.
///
/// # Errors
/// The server's, with its place.
#[cfg(feature = "inspect")]
pub(in crate::postgres) async fn send_copy(
    session: &Session,
    half: &Half,
    statement: &Statement,
) -> Result<(), MessageError> {
    let copied = transfer(session.client(), half, statement, |_, _| {}).await;
    copied.map_err(|error| copy_error(session, half, statement, error))
}

/// Sends the data of a COPY, or throws away what one sends.
async fn transfer(
    client: &Client,
    half: &Half,
    statement: &Statement,
    progress: impl Fn(u64, u64),
) -> Result<(), CopyError> {
    let sql = half.text(statement);
    if statement.kind == StatementKind::CopyOut {
        let mut rows = pin!(client.copy_out(sql).await?);
        while rows.next().await.transpose()?.is_some() {}
        return Ok(());
    }
    if let Some(data) = half.long_data(statement) {
        return send_long_data(client, sql, data, progress).await;
    }
    let data = statement.copy_data.clone().unwrap_or(0..0);
    let bytes = half.source().get(data).unwrap_or_default().as_bytes();
    let mut sink = pin!(client.copy_in(sql).await?);
    for chunk in bytes.chunks(CHUNK) {
        sink.send(Bytes::copy_from_slice(chunk)).await?;
    }
    Ok(sink.finish().await.map(|_| ())?)
}

/// Sends data that are read meanwhile. Where they are not what they were, the COPY is given up, and with it the transaction.
async fn send_long_data(
    client: &Client,
    sql: &str,
    data: &LongData,
    progress: impl Fn(u64, u64),
) -> Result<(), CopyError> {
    let data = data.clone();
    let (total, mut done) = (data.length, 0);
    let mut sink = pin!(client.copy_in::<_, Bytes>(sql).await?);
    let (sender, mut pieces) = tokio::sync::mpsc::channel(PIECES_AHEAD);
    let reading = tokio::task::spawn_blocking(move || {
        for piece in data.open()? {
            if sender.blocking_send(piece?).is_err() {
                break;
            }
        }
        Ok::<(), DataError>(())
    });
    while let Some(piece) = pieces.recv().await {
        done += piece.len() as u64;
        sink.send(Bytes::from(String::into_bytes(piece))).await?;
        progress(done, total);
    }
    match reading.await {
        Ok(Ok(())) => Ok(sink.finish().await.map(|_| ())?),
        Ok(Err(error)) => Err(CopyError::Data(error)),
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// Why a COPY was not done.
#[derive(Debug)]
enum CopyError {
    Server(tokio_postgres::Error),
    Data(DataError),
}

impl From<tokio_postgres::Error> for CopyError {
    fn from(error: tokio_postgres::Error) -> CopyError {
        CopyError::Server(error)
    }
}

fn copy_error(session: &Session, half: &Half, statement: &Statement, error: CopyError) -> MessageError {
    let error = match error {
        CopyError::Server(error) => SqlError::from(error),
        CopyError::Data(error) => SqlError::of_client(&error.to_string()),
    };
    if half.long_data(statement).is_some()
        && error.position.is_none()
        && let Some(line) = line_in_data(&error)
    {
        return MessageError { error, origin: ErrorOrigin::Data { statement: statement.span.clone(), line } };
    }
    let data = statement.copy_data.clone().unwrap_or(0..0);
    let offset = copy_error_offset(half.source(), &error, session.position_unit(), &statement.span, &data);
    MessageError { error, origin: ErrorOrigin::File { offset, statement: statement.span.clone() } }
}

/// Whether an error of the INSERT that takes the lock of a COPY is one of the COPY, too. Where it waited for the table
/// itself, the server names the place; locks for what rules of the table write to are none that a COPY needs.
fn would_stop_the_copy(error: &SqlError) -> bool {
    let waited = error.is(&SqlState::LOCK_NOT_AVAILABLE) || error.is(&SqlState::T_R_DEADLOCK_DETECTED);
    waited && error.position.is_some() || error.is(&SqlState::QUERY_CANCELED) || error.is_connection_lost()
}
