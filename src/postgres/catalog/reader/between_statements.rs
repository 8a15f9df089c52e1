//! Reading between two statements of a transaction, in the session that runs them: nobody else can see what it has done so far.

use super::{CatalogChanges, CatalogReader, ChangedBy, Last, Within, ask_for_changes, query};
use crate::catalog::Catalog;
use crate::migration::Objects;
use crate::postgres::catalog::{ObjectNumbers, read_once};

impl CatalogReader {
    /// Goes on from the last reading of another reader of the same database.
    pub(in crate::postgres) fn go_on_from(&mut self, other: &CatalogReader) {
        self.last.clone_from(&other.last);
    }

    /// The catalog as the transaction that is open in this session sees it, as far as common objects go. What is set and locked
    /// for that is taken back. `by` says whose changes there can be. `None` when in doubt.
    pub(in crate::postgres) async fn read_between_statements(
        &mut self,
        by: ChangedBy,
    ) -> Option<(Catalog, ObjectNumbers)> {
        self.last.as_ref().filter(|last| !last.snapshot.has_citus())?;
        self.ask("SAVEPOINT pmdb").await?;
        self.last = self.read_after_savepoint(by).await;
        self.ask("ROLLBACK TO SAVEPOINT pmdb; RELEASE SAVEPOINT pmdb").await?;
        let snapshot = &self.last.as_ref()?.snapshot;
        Some((snapshot.catalog(), snapshot.numbers()))
    }

    async fn read_after_savepoint(&mut self, by: ChangedBy) -> Option<Last> {
        let last = self.last.take()?;
        match self.is_prepared() {
            true => drop(self.ask(&self.settings()).await?),
            false => self.prepare_changes("").await?,
        }
        let question = ask_for_changes(last.watermarks.transaction, by);
        let rows = self.ask(&question).await?;
        let watermarks = last.watermarks.clone();
        let within = Within::TheOpenOne;
        if let Some(last) = self.bring_up_to_date(last, &rows, Objects::Common, within).await {
            return Some(last);
        }
        let everything = query::everything(
            self.session.server_version(),
            &self.leave_out,
            within,
            query::DefinitionsOf::All,
        );
        let snapshot = read_once(&self.session, &everything, within).await.ok()?;
        Some(Last { snapshot, watermarks: CatalogChanges::in_rows(&rows)?.since(watermarks) })
    }
}
