//! A database that takes the place of another one, and has what that one had as a whole: owner, locale, settings, privileges.
//!
//! It is made beside the old one and compared with it before the old one goes. So whatever the role may not give back is found
//! out while nothing is lost, and a run that is killed leaves either the old database or one that the next run finishes with.

use postgres_protocol::escape::{escape_identifier, escape_literal};
use sha2::{Digest, Sha256};
use tokio_postgres::Client;

use crate::postgres::own_path::{Lasting, by_own_path};
use crate::postgres::rows::rows;
use crate::postgres::sql_error::SqlError;

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
    /// Something could not be taken over.
    NotKept {
        /// What: `setting work_mem`.
        what: String,
        /// What the server said; `None` where it said nothing, and the result is another one.
        source: Option<SqlError>,
    },
    /// The old database is gone, and what bears the name of its replacement is not known to be one.
    Left {
        /// Its name.
        name: String,
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
    /// neither. Until [`end_turn`](Self::end_turn), no other one does the same.
    ///
    /// # Errors
    /// [`ReplacementError`]. Then `old` is as it was.
    pub async fn prepare(client: &Client, old: &str) -> Result<Option<Replacement>, ReplacementError> {
        let number = number_of(old);
        take_turn(client, number.cast_signed()).await?;
        let replacement = Replacement { name: format!("pmdb_reset_{number:016x}") };
        let wanted = properties(client, old).await?;
        if wanted.is_empty() {
            return replacement.left_by_an_earlier_run(client).await;
        }
        replacement.discard(client).await?;
        match replacement.make_like(client, old, &wanted).await {
            Ok(()) => Ok(Some(replacement)),
            Err(error) => {
                // What is left of it, the next run drops.
                let _ = replacement.discard(client).await;
                Err(error)
            }
        }
    }

    /// Where the old database is gone: the replacement that a run has finished, which nobody may connect to. One of another
    /// role's may hold anything.
    async fn left_by_an_earlier_run(self, client: &Client) -> Result<Option<Replacement>, ReplacementError> {
        let query = format!(
            "SELECT (NOT d.datallowconn AND pg_catalog.pg_get_userbyid(d.datdba) OPERATOR(pg_catalog.=) current_user)::pg_catalog.text \
             FROM pg_catalog.pg_database d WHERE d.datname::pg_catalog.text OPERATOR(pg_catalog.=) {}",
            escape_literal(&self.name)
        );
        match rows(client, &query).await?.first().map(|row| row.get(0) == Some("true")) {
            None => Ok(None),
            Some(true) => Ok(Some(self)),
            Some(false) => Err(ReplacementError::Left { name: self.name }),
        }
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
            client.batch_execute(statement).await.map_err(|error| ReplacementError::NotKept {
                what: what.to_owned(),
                source: Some(error.into()),
            })?;
        }
        let made = properties(client, &self.name).await?;
        let differs = wanted.iter().chain(&made).find(|one| !(wanted.contains(one) && made.contains(one)));
        match differs {
            // Somebody who connects to it would be in the way of its new name.
            None => Ok(client.batch_execute(&allow_connections(&self.name, false)).await?),
            Some((what, _)) => Err(ReplacementError::NotKept { what: what.clone(), source: None }),
        }
    }

    /// Gives it the name of the old one, which is gone.
    ///
    /// # Errors
    /// What the server said.
    pub async fn take_the_place_of(self, client: &Client, old: &str) -> Result<(), SqlError> {
        let (new, named) = (escape_identifier(&self.name), escape_identifier(old));
        let open = allow_connections(old, true);
        Ok(client.batch_execute(&format!("ALTER DATABASE {new} RENAME TO {named}; {open}")).await?)
    }

    /// Lets others reset the database. Behind a pooler, the session does not end with this process.
    pub async fn end_turn(client: &Client, old: &str) {
        let number = number_of(old).cast_signed();
        // Where that fails, the session is gone, and its locks with it.
        let _ = client.batch_execute(&format!("SELECT pg_catalog.pg_advisory_unlock({number})")).await;
    }

    /// Drops it, if it is there.
    ///
    /// # Errors
    /// What the server said.
    pub async fn discard(&self, client: &Client) -> Result<(), SqlError> {
        let statement = format!("DROP DATABASE IF EXISTS {}", escape_identifier(&self.name));
        Ok(client.batch_execute(&statement).await?)
    }
}

fn allow_connections(database: &str, allowed: bool) -> String {
    format!("ALTER DATABASE {} ALLOW_CONNECTIONS {allowed}", escape_identifier(database))
}

/// A number for a database, by its name.
fn number_of(database: &str) -> u64 {
    let digest = Sha256::digest(database.as_bytes());
    digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
}

async fn take_turn(client: &Client, number: i64) -> Result<(), ReplacementError> {
    let query = format!("SELECT pg_catalog.pg_try_advisory_lock({number})");
    let rows = rows(client, &query).await?;
    match rows.first().and_then(|row| row.get(0)) {
        Some("t") => Ok(()),
        _ => Err(ReplacementError::Busy),
    }
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
