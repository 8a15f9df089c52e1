//! COPY with the client: `FROM stdin`, with the data that follow it in the file, and `TO stdout`.

use std::pin::pin;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};

use super::Executor;
use super::place::copy_error_offset;
use crate::migration::{Effect, Half, Kind, Statement};
use crate::postgres::effect::quoted;
use crate::postgres::message::{ErrorOrigin, MessageError, Purpose};
use crate::postgres::sql_error::SqlError;

/// Data go out in pieces of this size.
const CHUNK: usize = 64 * 1024;

impl Executor<'_> {
    /// Runs a COPY. What one sends is thrown away, like the rows of a SELECT.
    pub(super) async fn copy(&self, half: &Half, statement: &Statement) -> Result<(), MessageError> {
        let source = half.source();
        let sql = source.get(statement.span.clone()).unwrap_or_default();
        let data = statement.copy_data.clone().unwrap_or(0..0);
        let bytes = source.get(data.clone()).unwrap_or_default().as_bytes();
        if statement.kind != Kind::CopyOut {
            self.lock_for_copy(statement).await?;
        }
        let client = self.session.client();
        // The driver prepares a COPY under a name, `s0`, which somebody else may have left on a pooler's connection. Sent
        // along with the COPY, this costs no waiting; where it fails, the COPY fails too.
        let names = self.message().own(Purpose::Frame, &["DEALLOCATE ALL"]);
        let copying = async {
            if statement.kind == Kind::CopyOut {
                let mut rows = pin!(client.copy_out(sql).await?);
                while rows.next().await.transpose()?.is_some() {}
                return Ok(());
            }
            let sink = client.copy_in(sql).await?;
            let mut sink = pin!(sink);
            for chunk in bytes.chunks(CHUNK) {
                sink.send(Bytes::copy_from_slice(chunk)).await?;
            }
            sink.finish().await.map(|_| ())
        };
        let sent = async { tokio::join!(biased; names.send(client, |_, _| {}), copying).1 };
        self.watched(sent).await.map_err(|error| {
            let error = SqlError::from(error);
            let offset =
                copy_error_offset(source, &error, self.session.position_unit(), &statement.span, &data);
            MessageError { error, origin: ErrorOrigin::File { offset, statement: statement.span.clone() } }
        })
    }

    /// Takes the lock that a COPY is about to take, by looking at how a row would be inserted. A COPY that the server
    /// refuses costs the connection, since tokio-postgres sends it one message too many; a half that was to be tried
    /// again after a lock timeout would have none left.
    async fn lock_for_copy(&self, statement: &Statement) -> Result<(), MessageError> {
        let Some(Effect::RowsCopied(table)) = statement.facts.effect.as_deref() else { return Ok(()) };
        let look = format!("EXPLAIN INSERT INTO {} DEFAULT VALUES", quoted(table));
        let statement = statement.span.clone();
        self.send(&self.message().own(Purpose::Frame, &[look])).await.map_err(|failed| MessageError {
            error: failed.error,
            origin: ErrorOrigin::File { offset: statement.start, statement },
        })
    }
}
