//! A database that takes the place of another one, and has what that one had as a whole: owner, locale, settings, privileges.
//!
//! It is made beside the old one and compared with it before the old one goes. So whatever the role may not give back is found
//! out while nothing is lost, and a run that is killed leaves either the old database or one that the next run finishes with.

use postgres_protocol::escape::{escape_identifier, escape_literal};
use tokio_postgres::Client;

use super::{mark_of, number_of};
use crate::postgres::lock::LockError;
use crate::postgres::own_path::{Lasting, by_own_path};
use crate::postgres::rows::rows;
use crate::postgres::sql_error::SqlError;

/// As `sql/properties.sql` calls it.
const ALLOWS_CONNECTIONS: &str = "setting ALLOW_CONNECTIONS";

/// A database beside the one that it is to replace.
#[derive(Debug)]
pub struct Replacement {
    name: String,
}

/// Why there is none.
#[derive(Debug)]
pub enum ReplacementError {
    /// Another pmdb is doing the same.
    Busy,
    /// Whether one does cannot be told.
    Lock(LockError),
    /// Something could not be taken over.
    NotKept {
        /// What: `setting work_mem`.
        what: String,
        /// What the server said; `None` where it said nothing, and the result is another one.
        source: Option<SqlError>,
    },
    /// What bears the name of the replacement is not known to be one.
    Left {
        /// Its name.
        name: String,
        /// Whether the database that it would replace is still there.
        old_is_there: bool,
    },
    /// The server refused something else.
    Sql(SqlError),
}

impl From<SqlError> for ReplacementError {
    fn from(error: SqlError) -> ReplacementError {
        ReplacementError::Sql(error)
    }
}

impl From<tokio_postgres::Error> for ReplacementError {
    fn from(error: tokio_postgres::Error) -> ReplacementError {
        ReplacementError::Sql(error.into())
    }
}

impl Replacement {
    /// Makes one for the database `old`, or takes the one of a run that was killed when `old` was gone already. `None`: there is
    /// neither. [`Turn`](super::Turn) keeps others from doing the same.
    ///
    /// # Errors
    /// [`ReplacementError`]. Then `old` is as it was.
    pub async fn prepare(client: &Client, old: &str) -> Result<Option<Replacement>, ReplacementError> {
        let replacement = Replacement { name: format!("pmdb_reset_{:016x}", number_of(old)) };
        let wanted = properties(client, old).await?;
        let old_is_there = !wanted.is_empty();
        match (replacement.left_over(client, old).await?, old_is_there) {
            (LeftOver::Unknown, _) => {
                return Err(ReplacementError::Left { name: replacement.name, old_is_there });
            }
            (LeftOver::OfAReset, false) => return Ok(Some(replacement)),
            (LeftOver::Nothing, false) => return Ok(None),
            // That reset was killed before the old database was gone: it may not be complete.
            (LeftOver::OfAReset, true) => replacement.discard(client, old).await?,
            (LeftOver::Nothing, true) => {}
        }
        match replacement.make_like(client, old, &wanted).await {
            Ok(()) => Ok(Some(replacement)),
            Err(error) => {
                // What is left of it, the next run drops.
                if let Ok(LeftOver::OfAReset) = replacement.left_over(client, old).await {
                    let _ = replacement.discard(client, old).await;
                }
                Err(error)
            }
        }
    }

    /// What bears its name now.
    async fn left_over(&self, client: &Client, old: &str) -> Result<LeftOver, SqlError> {
        let query = include_str!("sql/left_over.sql")
            .replace(":new", &escape_literal(&self.name))
            .replace(":old", &escape_literal(old));
        let rows = rows(client, &by_own_path(Lasting::ForTheTransaction, &query)).await?;
        Ok(match rows.first().map(|row| row.get(0) == Some("true")) {
            None => LeftOver::Nothing,
            Some(true) => LeftOver::OfAReset,
            Some(false) => LeftOver::Unknown,
        })
    }

    async fn make_like(
        &self,
        client: &Client,
        old: &str,
        wanted: &[Property],
    ) -> Result<(), ReplacementError> {
        let query = include_str!("sql/statements.sql")
            .replace(":new", &escape_literal(&self.name))
            .replace(":old", &escape_literal(old));
        for row in rows(client, &by_own_path(Lasting::ForTheTransaction, &query)).await? {
            let (what, statement) = (row.get(0).unwrap_or_default(), row.get(1).unwrap_or_default());
            client.batch_execute(&format!("{} {statement}", mark_of(old))).await.map_err(|error| {
                ReplacementError::NotKept { what: what.to_owned(), source: Some(error.into()) }
            })?;
        }
        let mut made = properties(client, &self.name).await?;
        // It is opened when it has its name: somebody who connects to it would be in the way of that.
        made.iter_mut().filter(|(what, _)| what == ALLOWS_CONNECTIONS).for_each(|(_, value)| {
            *value = Some("true".to_owned());
        });
        let differs = wanted.iter().chain(&made).find(|one| !(wanted.contains(one) && made.contains(one)));
        match differs {
            None => Ok(()),
            Some((what, _)) => Err(ReplacementError::NotKept { what: what.clone(), source: None }),
        }
    }

    /// Gives it the name of the old one, which is gone.
    ///
    /// # Errors
    /// What the server said.
    pub async fn take_the_place_of(self, client: &Client, old: &str) -> Result<(), SqlError> {
        let (new, named) = (escape_identifier(&self.name), escape_identifier(old));
        let open = format!("ALTER DATABASE {named} ALLOW_CONNECTIONS true");
        let rename = format!("{} ALTER DATABASE {new} RENAME TO {named}", mark_of(old));
        Ok(client.batch_execute(&format!("{rename}; {open}")).await?)
    }

    /// Drops it, if it is there.
    ///
    /// # Errors
    /// What the server said.
    pub async fn discard(&self, client: &Client, old: &str) -> Result<(), SqlError> {
        let statement = format!("{} DROP DATABASE IF EXISTS {}", mark_of(old), escape_identifier(&self.name));
        Ok(client.batch_execute(&statement).await?)
    }
}

/// What bears the name of a replacement.
enum LeftOver {
    Nothing,
    /// What a reset has left that was killed: nobody could connect to it.
    OfAReset,
    /// It may hold anything.
    Unknown,
}

/// What it is, and its value.
type Property = (String, Option<String>);

async fn properties(client: &Client, database: &str) -> Result<Vec<Property>, ReplacementError> {
    let query = include_str!("sql/properties.sql").replace(":database", &escape_literal(database));
    let rows = rows(client, &by_own_path(Lasting::ForTheTransaction, &query)).await?;
    let property = |row: &tokio_postgres::SimpleQueryRow| {
        (row.get(0).unwrap_or_default().to_owned(), row.get(1).map(str::to_owned))
    };
    Ok(rows.iter().map(property).collect())
}
