//! COPY … FROM stdin, with the data that follow it in the file.

use std::pin::pin;

use bytes::Bytes;
use futures_util::SinkExt;

use super::Executor;
use super::place::copy_error_offset;
use crate::migration::{Half, Statement};
use crate::postgres::message::{ErrorOrigin, MessageError};
use crate::postgres::sql_error::SqlError;

/// Data go out in pieces of this size.
const CHUNK: usize = 64 * 1024;

impl Executor<'_> {
    /// Runs a COPY … FROM stdin with the data that follow it in the file.
    pub(super) async fn copy(&self, half: &Half, statement: &Statement) -> Result<(), MessageError> {
        let source = half.source();
        let sql = source.get(statement.span.clone()).unwrap_or_default();
        let data = statement.copy_data.clone().unwrap_or(0..0);
        let bytes = source.get(data.clone()).unwrap_or_default().as_bytes();
        let copying = async {
            let sink = self.session.client().copy_in(sql).await?;
            let mut sink = pin!(sink);
            for chunk in bytes.chunks(CHUNK) {
                sink.send(Bytes::copy_from_slice(chunk)).await?;
            }
            sink.finish().await.map(|_| ())
        };
        self.watched(copying).await.map_err(|error| {
            let error = SqlError::from(error);
            let offset =
                copy_error_offset(source, &error, self.session.position_unit(), &statement.span, &data);
            MessageError { error, origin: ErrorOrigin::File { offset, statement: statement.span.clone() } }
        })
    }
}
