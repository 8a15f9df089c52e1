//! The rows that a query gives back by the simple query protocol, as text.

use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::{Client, Error, SimpleQueryMessage, SimpleQueryRow};

/// Runs a query, or several with `;` between them, and gives back the rows of all.
pub(super) async fn rows(client: &Client, query: &str) -> Result<Vec<SimpleQueryRow>, Error> {
    let mut rows = Vec::new();
    let keep = |row| -> Result<(), std::convert::Infallible> {
        rows.push(row);
        Ok(())
    };
    let Ok(()) = each_row(client, query, keep).await?;
    Ok(rows)
}

/// Runs a query, or several, and takes each row as soon as it comes, up to one that cannot be taken.
pub(super) async fn each_row<E>(
    client: &Client,
    query: &str,
    mut take: impl FnMut(SimpleQueryRow) -> Result<(), E>,
) -> Result<Result<(), E>, Error> {
    let mut messages = pin!(client.simple_query_raw(query).await?);
    while let Some(message) = messages.try_next().await? {
        if let SimpleQueryMessage::Row(row) = message
            && let Err(error) = take(row)
        {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}
