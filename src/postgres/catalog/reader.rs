//! Reading the catalog of a database again and again, and each time only what has changed.
//!
//! The first reading is a whole one. Each later one asks first what has changed since (`sql/changes.sql`):
//!
//! - A row of the server's catalogs is never changed but replaced by another one, and `xmin` is the transaction that made
//!   it. So a row is new exactly when it is no older than the oldest transaction that ran at the last reading. (What the
//!   server writes in place, such as the size of a table, is nothing that we read.)
//! - A row that is gone is missing among the rows that are there.
//! - Each row counts for the object that it is a part of.
//!
//! What depends on these objects may name them in its definition (`sql/dependents.sql`, which the server applies to the new
//! rows without being asked again), and is read again with them. All
//! else is what it was. Four things are not left to that, but lead to a full read: an object that has another name than
//! before, since the server does not know of everything that names it; a change of anything rare (or of what something
//! rare depends on), or on which the way of writing everything down depends (`sql/environment.sql`); many changes at
//! once; and any doubt.
//!
//! The statements are prepared, because planning them takes longer than running them. So this is for a connection that
//! pmdb has to itself, without a pooler in between.

mod between_statements;

use std::collections::HashSet;

use tokio_postgres::SimpleQueryRow;
use tokio_postgres::error::SqlState;

use super::changes::{CHANGES, CatalogChanges, Watermarks, list};
use super::query::{DefinitionsOf, ObjectStatement, Within};
use super::rows::{ObjectNumbers, Snapshot};
use super::{CatalogError, query, read_once, read_whole};
use crate::catalog::Catalog;
use crate::connect::Session;
use crate::migration::Objects;
use crate::postgres::history::HistoryTable;
use crate::postgres::own_path::Lasting;
use crate::postgres::rows::rows;

/// After this many reads, and again whenever their number has doubled, planning anew takes less time than it saves.
const PLANS_LAST: u32 = 60;

/// When more than this has to be read again, everything is.
const MANY: usize = 1000;

/// Reads the catalog of a database again and again.
pub struct CatalogReader {
    session: Session,
    leave_out: Vec<HistoryTable>,
    last: Option<Last>,
    /// The statements that read objects, once they are prepared.
    statements: Vec<ObjectStatement>,
    /// What executes those that read everything.
    everything: String,
    whole_readings: u32,
    /// How often the plans of the statements have been used, and after how often they are made anew.
    plans_used: u32,
    plans_last: u32,
}

/// Whose changes are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::postgres) enum ChangedBy {
    /// Any transaction's: all rows of the catalogs are looked at.
    Anyone,
    /// Those of the open one alone, which has granted and revoked nothing: only what it has locked is looked at.
    OpenTransaction,
}

/// The last reading.
#[derive(Clone)]
pub(in crate::postgres) struct Last {
    snapshot: Snapshot,
    watermarks: Watermarks,
}

/// The oldest transaction that is running, or the next one.
const OLDEST: &str = "pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()) AS transaction";

/// The transaction that is open.
const CURRENT: &str = "pg_catalog.pg_current_xact_id() AS transaction";

/// What is to be read again.
struct Invalidated {
    numbers: HashSet<u32>,
    /// Which sorts of objects there are among them, as `sql/dependents.sql` names them.
    sorts: Vec<String>,
}

impl CatalogReader {
    /// Reads with this session, all but pmdb's own tables in `leave_out`.
    pub fn new(session: Session, leave_out: &[HistoryTable]) -> CatalogReader {
        CatalogReader {
            session,
            leave_out: leave_out.to_vec(),
            last: None,
            statements: Vec::new(),
            everything: String::new(),
            whole_readings: 0,
            plans_used: 0,
            plans_last: PLANS_LAST,
        }
    }

    /// The session. It must not be left in a transaction.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Says goodbye to the server.
    pub async fn close(self) {
        self.session.close().await;
    }

    /// How often [`read`](Self::read) has read everything.
    pub fn whole_readings(&self) -> u32 {
        self.whole_readings
    }

    /// Reads the catalog. Since the last reading, nothing but these objects can have changed.
    ///
    /// # Errors
    /// See [`CatalogError`].
    pub async fn read(&mut self, changed: Objects) -> Result<Catalog, CatalogError> {
        self.read_as(changed, Snapshot::catalog).await
    }

    /// The same with the OIDs of the objects.
    ///
    /// # Errors
    /// See [`CatalogError`].
    pub async fn read_with_numbers(
        &mut self,
        changed: Objects,
    ) -> Result<(Catalog, ObjectNumbers), CatalogError> {
        self.read_as(changed, |snapshot| (snapshot.catalog(), snapshot.numbers())).await
    }

    async fn read_as<T>(
        &mut self,
        changed: Objects,
        told: impl Fn(&Snapshot) -> T,
    ) -> Result<T, CatalogError> {
        if let Some(last) = self.last.take() {
            self.renew_plans().await;
            if let Some(last) = self.read_changes(last, changed).await {
                return Ok(told(&self.last.insert(last).snapshot));
            }
            self.end_transaction().await;
        }
        self.whole_readings += 1;
        // The marks come first: what changes meanwhile is then read again.
        let watermarks = self.first_watermarks().await;
        self.end_transaction().await;
        let snapshot = self.read_snapshot().await?;
        let answer = told(&snapshot);
        self.last = watermarks.map(|watermarks| Last { snapshot, watermarks });
        Ok(answer)
    }

    /// What asks for the changes of the transaction that is open in this session, which can be common objects alone: the
    /// end of a message whose rows [`learn_changes`](Self::learn_changes) takes. `None` when in doubt.
    pub(in crate::postgres) fn ask_for_changes(&self, by: ChangedBy) -> Option<String> {
        let last = self.last.as_ref()?;
        let is_in_doubt = last.snapshot.has_citus() || last.watermarks.others_may_follow();
        (!is_in_doubt).then(|| ask_for_changes(last.watermarks.transaction, by))
    }

    /// Reads the catalog within the transaction that is open in this session. Since the last reading, nothing but it can have
    /// changed common objects, and it has changed nothing else, and granted and revoked nothing. `None` when in doubt: then
    /// [`read_whole_in_transaction`](Self::read_whole_in_transaction) tells.
    pub async fn read_open_transaction(&mut self) -> Option<Catalog> {
        let question = self.ask_for_changes(ChangedBy::OpenTransaction)?;
        let rows = self.ask(&question).await?;
        self.learn_changes(&rows).await
    }

    /// Takes what the server has answered, and reads what has changed. `None` when in doubt.
    pub(in crate::postgres) async fn learn_changes(&mut self, rows: &[SimpleQueryRow]) -> Option<Catalog> {
        let last = self.last.take()?;
        let last = self.bring_up_to_date(last, rows, Objects::Common, Within::TheOpenOne).await?;
        let catalog = self.last.insert(last).snapshot.catalog();
        self.renew_plans().await;
        Some(catalog)
    }

    /// What asks for the transaction that is open, for [`committed`](Self::committed).
    pub(in crate::postgres) const ASK_FOR_TRANSACTION: &str = "EXECUTE pmdb_current";

    /// Notes that this transaction is committed, and has changed nothing since its last reading. Nobody else changes the
    /// database: what it has made is not new to the next reading.
    pub(in crate::postgres) fn committed(&mut self, rows: &[SimpleQueryRow]) {
        let transaction = rows.iter().find_map(|row| row.try_get("transaction").ok()??.parse::<u64>().ok());
        if let (Some(last), Some(transaction)) = (&mut self.last, transaction) {
            last.watermarks.transaction = transaction + 1;
        }
    }

    /// The last reading, to come back to when the transaction that is open is rolled back.
    pub(in crate::postgres) fn remember(&self) -> Option<Last> {
        self.last.clone()
    }

    /// Takes back what it has read since.
    pub(in crate::postgres) fn come_back_to(&mut self, last: Option<Last>) {
        self.last = last;
    }

    /// The settings with which this session reads.
    pub(in crate::postgres) fn settings(&self) -> String {
        let settings = match self.is_prepared() {
            true => query::EXECUTE_SETTINGS.to_owned(),
            false => query::settings(self.session.server_version(), Lasting::ForTheSession),
        };
        format!("{settings}; SET plan_cache_mode = force_generic_plan")
    }

    fn is_prepared(&self) -> bool {
        !self.statements.is_empty()
    }

    /// Reads everything, whatever was read before.
    ///
    /// # Errors
    /// See [`CatalogError`].
    pub async fn read_whole(&self) -> Result<Catalog, CatalogError> {
        Ok(self.read_snapshot().await?.catalog())
    }

    /// The same within the transaction that is open in this session.
    ///
    /// # Errors
    /// See [`CatalogError`].
    pub async fn read_whole_in_transaction(&self) -> Result<Catalog, CatalogError> {
        let within = Within::TheOpenOne;
        Ok(read_once(&self.session, &self.ask_for_everything(within), within).await?.catalog())
    }

    async fn read_snapshot(&self) -> Result<Snapshot, CatalogError> {
        let read = read_whole(&self.session, &self.ask_for_everything(Within::ItsOwn)).await;
        match read {
            // Behind a pooler, what was prepared may be another connection's.
            Err(CatalogError::Sql { source, .. }) if source.is(&SqlState::INVALID_SQL_STATEMENT_NAME) => {
                let plain = query::everything(
                    self.session.server_version(),
                    &self.leave_out,
                    Within::ItsOwn,
                    DefinitionsOf::All,
                );
                read_whole(&self.session, &plain).await
            }
            read => read,
        }
    }

    /// To plan all of it takes twice as long as to run it.
    fn ask_for_everything(&self, within: Within) -> String {
        match self.is_prepared() {
            true => within.around(&self.everything),
            false => {
                query::everything(self.session.server_version(), &self.leave_out, within, DefinitionsOf::All)
            }
        }
    }

    /// Ends a transaction, if there is one. A failure shows in whatever comes next.
    async fn end_transaction(&self) {
        let _ = self.ask("COMMIT").await;
    }

    /// A plan that was right for a few tables is wrong for some hundred: it goes through a catalog in which a few rows were
    /// all.
    async fn renew_plans(&mut self) {
        self.plans_used += 1;
        if self.plans_used == self.plans_last {
            self.plans_last *= 2;
            let _ = self.ask("DISCARD PLANS").await;
        }
    }

    async fn ask(&self, message: &str) -> Option<Vec<SimpleQueryRow>> {
        rows(self.session.client(), message).await.ok()
    }

    async fn prepare(&mut self) -> Option<()> {
        let (everything, executes) =
            query::prepare_everything(self.session.server_version(), &self.leave_out);
        self.prepare_changes(&everything).await?;
        self.everything = executes;
        Some(())
    }

    /// Prepares what reads changes, and this besides.
    async fn prepare_changes(&mut self, besides: &str) -> Option<()> {
        let version = self.session.server_version();
        let changes = query::prepare_changes(version);
        let (objects, statements) = query::prepare_objects(version, &self.leave_out);
        let oldest = format!("PREPARE pmdb_oldest AS SELECT {OLDEST}");
        let current = format!("PREPARE pmdb_current AS SELECT {CURRENT}");
        self.ask(&format!("{}; {oldest}; {current}; {changes}; {objects}; {besides}", self.settings()))
            .await?;
        self.statements = statements;
        Some(())
    }

    async fn first_watermarks(&mut self) -> Option<Watermarks> {
        if !self.is_prepared() {
            self.prepare().await?;
        }
        let now = self.ask("EXECUTE pmdb_oldest").await?;
        let transaction = now.first()?.get("transaction")?.parse().ok()?;
        CatalogChanges::in_rows(&self.ask_in_a_transaction(transaction, Objects::Any).await?)?.first()
    }

    /// Asks what has changed since; and, unless only common objects can have changed, for the surroundings and what initdb
    /// made. To look through these takes longer than all the rest. The transaction stays open.
    async fn ask_in_a_transaction(&self, transaction: u64, changed: Objects) -> Option<Vec<SimpleQueryRow>> {
        let others = match changed {
            Objects::Any => "; EXECUTE pmdb_environment; EXECUTE pmdb_built_in",
            Objects::Common => "",
        };
        let question = ask_for_changes(transaction, ChangedBy::Anyone);
        self.ask(&format!("{}EXECUTE pmdb_oldest; {question}{others}", Within::ItsOwn.begin())).await
    }

    /// The catalog as it is now, by what has changed. `None` when everything is to be read; then the transaction may still
    /// be open.
    async fn read_changes(&self, last: Last, changed: Objects) -> Option<Last> {
        // What Citus knows of its tables is in no catalog of the server's.
        if last.snapshot.has_citus() {
            return None;
        }
        let changed = if last.watermarks.others_may_follow() { Objects::Any } else { changed };
        let rows = self.ask_in_a_transaction(last.watermarks.transaction, changed).await?;
        self.bring_up_to_date(last, &rows, changed, Within::ItsOwn).await
    }

    async fn bring_up_to_date(
        &self,
        mut last: Last,
        rows: &[SimpleQueryRow],
        changed: Objects,
        within: Within,
    ) -> Option<Last> {
        let changes = CatalogChanges::in_rows(rows)?;
        if changed == Objects::Any {
            if changes.environment != last.watermarks.environment {
                return None;
            }
            last.snapshot.replace_built_ins(Snapshot::in_rows(rows)?);
        }
        let gone = changes.gone_since(&last.watermarks);
        let changed: HashSet<(u32, u32)> = changes.changed.union(&gone).copied().collect();
        if changed.len() > MANY {
            return None;
        }
        let numbers = changed.iter().map(|(_, number)| *number);
        if changed.iter().any(|object| changes.has(*object)) {
            // Of an object that has lost a part and is there, the server knows only when it is told.
            let is_only_lessened = |object| !changes.changed.contains(object) && changes.has(*object);
            let mut again = match gone.iter().any(is_only_lessened) {
                true => self.with_dependents(&changed).await?,
                false => Invalidated::in_rows(rows)?,
            };
            again.numbers.extend(numbers);
            if again.numbers.len() > MANY {
                return None;
            }
            let snapshot = self.read_objects(&again, within).await?;
            last.snapshot.replace(&again.numbers, snapshot)?;
        } else {
            // What depended on an object that is gone has gone with it, or is changed itself.
            if within == Within::ItsOwn {
                self.end_transaction().await;
            }
            last.snapshot.replace(&numbers.collect(), Snapshot::default())?;
        }
        Some(Last { snapshot: last.snapshot, watermarks: changes.since(last.watermarks) })
    }

    /// These objects and all that depends on them; `None` when something rare does.
    async fn with_dependents(&self, changed: &HashSet<(u32, u32)>) -> Option<Invalidated> {
        let (classes, numbers): (Vec<u32>, Vec<u32>) = changed.iter().copied().unzip();
        let message = format!("EXECUTE pmdb_dependents ({}, {})", array(&classes), array(&numbers));
        Invalidated::in_rows(&self.ask(&message).await?)
    }

    async fn read_objects(&self, again: &Invalidated, within: Within) -> Option<Snapshot> {
        let numbers = array(&again.numbers);
        let mut sorts: Vec<&str> = again.sorts.iter().map(String::as_str).collect();
        // What a file runs in the transaction that is open does not make or change a history.
        if within == Within::ItsOwn {
            sorts.push(query::HISTORY);
        }
        let executes: Vec<String> = self
            .statements
            .iter()
            .filter(|statement| statement.reads(&sorts))
            .map(|statement| format!("EXECUTE {} ({numbers})", statement.name))
            .collect();
        let rows = self.ask(&(executes.join("; ") + within.end())).await?;
        Snapshot::in_rows(&rows).filter(|snapshot| snapshot.unknown.is_empty())
    }
}

/// Asks what has changed since a transaction, and what depends on that.
fn ask_for_changes(transaction: u64, by: ChangedBy) -> String {
    // Rows bear the lower half of the number.
    let xid = transaction & 0xffff_ffff;
    let statement = match by {
        ChangedBy::Anyone => "pmdb_changes",
        ChangedBy::OpenTransaction => "pmdb_changes_of_transaction",
    };
    format!("EXECUTE {statement} ('{xid}', {MANY})")
}

/// Whether it is a row of `sql/changes.sql` or `sql/dependents.sql`.
fn is_about_changes(row: &SimpleQueryRow) -> bool {
    row.columns().first().is_some_and(|first| first.name() == CHANGES)
}

impl Invalidated {
    /// `None` when something rare is among them.
    fn in_rows(rows: &[SimpleQueryRow]) -> Option<Invalidated> {
        let row = rows.iter().find(|row| is_about_changes(row) && row.get(0) == Some("dependents"))?;
        if row.get("rare") == Some("t") {
            return None;
        }
        let sorts = row.get("sorts").unwrap_or_default().split(' ').map(str::to_owned).collect();
        Some(Invalidated { numbers: list(row.get("changed"))?.into_iter().collect(), sorts })
    }
}

fn array<'a>(numbers: impl IntoIterator<Item = &'a u32>) -> String {
    let numbers: Vec<String> = numbers.into_iter().map(u32::to_string).collect();
    format!("'{{{}}}'", numbers.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_an_array() {
        assert_eq!(array(&[1, 2]), "'{1,2}'");
    }
}
