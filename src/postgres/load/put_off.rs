//! Putting off what can be put off: noted and dropped in one transaction.

use super::candidates::candidates;
use super::error::LoadError;
use super::loading::Loading;
use super::note::{PutOffItem, Sort};
use super::proof;
use crate::postgres::catalog::read_catalog_in_transaction;
use crate::postgres::rows::rows;
use crate::postgres::sql_error::SqlError;

/// How much is put off, or has come back.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PutOff {
    /// How many indexes, those of keys among them.
    pub indexes: usize,
    /// How many primary keys and UNIQUE constraints. Each has an index among the others.
    pub keys: usize,
    /// How many foreign keys.
    pub foreign_keys: usize,
}

impl PutOff {
    /// How many things come back.
    pub fn steps(&self) -> usize {
        self.indexes + self.keys + self.foreign_keys
    }

    /// How many these are.
    pub(super) fn of<'i>(items: impl Iterator<Item = &'i PutOffItem>) -> PutOff {
        items.fold(PutOff::default(), |mut put_off, item| {
            match item.sort {
                Sort::Index | Sort::ClusteredIndex => put_off.indexes += 1,
                Sort::Key => put_off.keys += 1,
                Sort::ForeignKey => put_off.foreign_keys += 1,
                Sort::Table => {}
            }
            put_off
        })
    }
}

impl Loading {
    /// Empties the tables of the second list, and puts off all that can be of those in the first that are empty. A table
    /// with rows keeps everything. They are named as SQL names them, qualified.
    ///
    /// # Errors
    /// [`LoadError::PutOff`], [`LoadError::Catalog`], [`LoadError::Interrupted`]; then nothing has changed.
    pub async fn put_off(&self, tables: &[String], truncate: &[String]) -> Result<PutOff, LoadError> {
        let work = self.put_off_in_transaction(tables, truncate);
        match self.options.interrupt.cancels(&self.session, work).await {
            Ok(put_off) => Ok(put_off),
            Err(error) => {
                // A failure shows in whatever the session is used for next.
                let _ = self.session.client().batch_execute("ROLLBACK").await;
                Err(error.or_interrupted(&self.options.interrupt))
            }
        }
    }

    async fn put_off_in_transaction(
        &self,
        tables: &[String],
        truncate: &[String],
    ) -> Result<PutOff, LoadError> {
        let client = self.session.client();
        let failed = |error: tokio_postgres::Error| LoadError::PutOff(SqlError::from(error));
        let opened = self.opening().send(client, |_, _| {}).await;
        opened.map_err(|failed| LoadError::PutOff(failed.error))?;
        if !truncate.is_empty() {
            if let Some(sequential) = self.options.citus.sequential() {
                client.batch_execute(sequential).await.map_err(failed)?;
            }
            client.batch_execute(&format!("TRUNCATE {}", truncate.join(", "))).await.map_err(failed)?;
        }
        let tables = tables_of(&candidates(client, tables).await.map_err(failed)?);
        let tables = self.empty_ones(&tables).await.map_err(failed)?;
        let mut items = candidates(client, &tables).await.map_err(failed)?;
        if !items.is_empty() {
            let catalog =
                read_catalog_in_transaction(&self.session, &self.options.history.and_its_own()).await?;
            for item in &mut items {
                item.expected = proof::expected(&catalog, item);
            }
            // Foreign keys go before the keys that they rest on.
            let drops = items.iter().rev().filter(|item| !item.put_off.is_empty());
            let drops: Vec<&str> = drops.map(|item| item.put_off.as_str()).collect();
            let statements = format!("{}; {}", self.note.write(&items), drops.join("; "));
            client.batch_execute(&statements).await.map_err(failed)?;
        }
        client.batch_execute("COMMIT").await.map_err(failed)?;
        Ok(PutOff::of(items.iter()))
    }

    /// Locks these tables, so that nobody writes to them meanwhile, and gives back those without rows.
    async fn empty_ones(&self, tables: &[String]) -> Result<Vec<String>, tokio_postgres::Error> {
        if tables.is_empty() {
            return Ok(Vec::new());
        }
        let client = self.session.client();
        let only: Vec<String> = tables.iter().map(|table| format!("ONLY {table}")).collect();
        // Rows that a policy hides are rows.
        let lock = format!(
            "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE; SELECT pg_catalog.set_config('row_security', 'off', true)",
            only.join(", ")
        );
        client.batch_execute(&lock).await?;
        let is_empty: Vec<String> =
            only.iter().map(|table| format!("SELECT NOT EXISTS (SELECT FROM {table}) AS is_empty")).collect();
        let answers = rows(client, &is_empty.join("; ")).await?;
        let empty = tables.iter().zip(&answers).filter(|(_, row)| row.get("is_empty") == Some("t"));
        Ok(empty.map(|(table, _)| table.clone()).collect())
    }
}

/// The tables that something can be put off of.
fn tables_of(items: &[PutOffItem]) -> Vec<String> {
    let tables = items.iter().filter(|item| item.sort == Sort::Table);
    tables.map(|item| item.of.clone()).collect()
}
