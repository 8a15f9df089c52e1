//! The rows that a query gives back by the simple query protocol, as text.

use tokio_postgres::{Client, Error, SimpleQueryMessage, SimpleQueryRow};

/// Runs a query, or several with `;` between them, and gives back the rows of all.
pub(super) async fn rows(client: &Client, query: &str) -> Result<Vec<SimpleQueryRow>, Error> {
    let messages = client.simple_query(query).await?;
    let rows = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    Ok(rows.collect())
}
