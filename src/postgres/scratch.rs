//! Databases to try things out in: made for one command, and gone with it.

mod alive;
mod before;
mod error;
mod outside;
mod own;

use std::collections::BTreeSet;
use std::time::Duration;

use postgres_protocol::escape::{escape_identifier, escape_literal};
use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;

use super::citus::Citus;
use super::guard::Guard;
use super::random_name;
use super::rows::rows;
use super::sql_error::SqlError;
use super::sync_cell::SyncCell;
use crate::connect::{Session, Target};
use crate::embedded::Binaries;
use alive::{beside_it, sign_of_life};
pub use before::BeforeFile;
pub use error::ScratchError;
use outside::{Outside, Watch};
use own::Own;

/// How the names of the databases begin; then comes the name of the run.
const PREFIX: &str = "pmdb_scratch_";

/// How often pmdb looks whether all sessions have left a database, and the time between two looks.
const LOOKS: u32 = 100;
const MOMENT: Duration = Duration::from_millis(2);

/// A database that is being dropped.
type Dropping = JoinHandle<Result<(), ScratchError>>;

/// Whether scratch work on a server of the user's may change what is outside of its databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    /// It may not.
    Untouched,
    /// It may: nothing else lives there.
    Allowed,
}

/// A server with scratch databases: a private one that is thrown away, or one of the user's.
///
/// The databases of a run bear its name, and so does a connection, as `application_name`. Databases of a run without a
/// connection were left behind by a killed pmdb; the next run drops them.
#[derive(Debug)]
pub struct ScratchServer {
    admin: Session,
    run: String,
    /// On a server of the user's, the connection that bears the name of the run.
    sign_of_life: Option<Session>,
    /// The databases that are there now.
    databases: SyncCell<Vec<String>>,
    made: SyncCell<u32>,
    /// The databases that the server is dropping meanwhile.
    dropping: SyncCell<Vec<(String, Dropping)>>,
    /// How it is outside of the databases.
    outside: SyncCell<Outside>,
    watch: Watch,
    /// What runs first in each database.
    before: Vec<BeforeFile>,
    /// Whether each database gets Citus.
    citus: Citus,
    own: Option<Own>,
}

impl ScratchServer {
    /// A private server. `Durability::ThrowAway`: nothing of it stays.
    ///
    /// # Errors
    /// [`ScratchError::Embedded`], [`ScratchError::Connect`], [`ScratchError::Sql`].
    pub async fn own(binaries: Binaries) -> Result<ScratchServer, ScratchError> {
        let (own, target) = Own::start(binaries).await?;
        let mut scratch = ScratchServer::begin(&target, Watch::Subscriptions).await?;
        scratch.own = Some(own);
        Ok(scratch)
    }

    /// A server of the user's, on which the role may create databases. What earlier runs left behind is dropped.
    ///
    /// # Errors
    /// [`ScratchError::Connect`], [`ScratchError::Sql`].
    pub async fn at(target: &Target, shared: Shared) -> Result<ScratchServer, ScratchError> {
        let watch = match shared {
            Shared::Untouched => Watch::Everything,
            Shared::Allowed => Watch::Subscriptions,
        };
        let mut scratch = ScratchServer::begin(target, watch).await?;
        scratch.sign_of_life = Some(sign_of_life(target, &format!("{PREFIX}{}", scratch.run)).await?);
        for name in beside_it(scratch.stale()).await? {
            // Another run may be faster.
            let _ = drop_database(&scratch.admin, &name).await;
        }
        Ok(scratch)
    }

    async fn begin(target: &Target, watch: Watch) -> Result<ScratchServer, ScratchError> {
        let admin = Session::connect(target).await?;
        let run = random_name();
        // Nobody needs a standby to confirm that a scratch database is there, or gone.
        execute(&admin, "SET synchronous_commit = local", "prepared").await?;
        let outside = looked_at(Outside::read(&admin, watch).await)?;
        Ok(ScratchServer {
            admin,
            run,
            sign_of_life: None,
            databases: SyncCell::default(),
            made: SyncCell::new(0),
            dropping: SyncCell::default(),
            outside: SyncCell::new(outside),
            watch,
            before: Vec::new(),
            citus: Citus::Absent,
            own: None,
        })
    }

    /// Runs these files first in each database.
    pub fn run_first(&mut self, files: Vec<BeforeFile>) {
        self.before = files;
    }

    /// Gives each database Citus, if the server has loaded it; says whether it has.
    ///
    /// # Errors
    /// [`ScratchError::Sql`].
    pub async fn give_citus(&mut self) -> Result<Citus, ScratchError> {
        let loaded = "SELECT 1 WHERE pg_catalog.current_setting('citus.shard_count', true) IS NOT NULL";
        if !names(&self.admin, loaded).await?.is_empty() {
            self.citus = Citus::Present;
        }
        Ok(self.citus)
    }

    /// The files that run first in each database.
    pub(super) fn runs_first(&self) -> &[BeforeFile] {
        &self.before
    }

    /// What every half carries along, so that none changes anything outside of its database.
    pub(super) fn guard(&self) -> Guard {
        self.outside.lock().guard()
    }

    /// Whether a half is to be tried again that its guard has stopped: somebody else may have changed what it names. Only
    /// what is named twice, with nothing else changed before and after, is the half's own work.
    pub(super) async fn may_be_others(
        &self,
        guard: &Guard,
        what: &str,
        suspected: &mut Option<String>,
    ) -> Result<bool, ScratchError> {
        let now = looked_at(Outside::read(&self.admin, self.watch).await)?;
        let is_as_before = now.guard() == *guard;
        self.outside.replace(now);
        if !is_as_before {
            *suspected = None;
            return Ok(true);
        }
        // A name of the server's own making may have a number in it, which is another one at each try.
        let what: String = what.chars().filter(|c| !c.is_ascii_digit()).collect();
        let is_named_again = suspected.as_ref() == Some(&what);
        *suspected = Some(what);
        Ok(!is_named_again)
    }

    /// A new database, empty except for what runs first in each. On a private server it bears the name that is wanted
    /// there, unless another one does.
    ///
    /// # Errors
    /// [`ScratchError::Sql`], [`ScratchError::Before`], [`ScratchError::BeforeReachesOut`].
    pub async fn create(&self) -> Result<Target, ScratchError> {
        if self.databases.lock().is_empty() {
            self.begin_anew().await?;
        }
        let database = self.make("").await?;
        if self.citus == Citus::Present {
            let session = Session::connect(&database).await?;
            execute(&session, "CREATE EXTENSION citus", "given Citus").await?;
            session.close().await;
        }
        before::run(self, &database).await?;
        Ok(database)
    }

    /// A copy of a database. Nobody may be connected to the original: a pooler that still is, is sent away.
    ///
    /// # Errors
    /// [`ScratchError::Sql`].
    pub async fn copy_of(&self, original: &Target) -> Result<Target, ScratchError> {
        self.send_away(original.database()).await?;
        self.make(&format!(" TEMPLATE {}", escape_identifier(original.database()))).await
    }

    async fn make(&self, template: &str) -> Result<Target, ScratchError> {
        let name = self.next_name();
        // Noted first: if the answer is lost, the database may be there.
        self.databases.lock().push(name.clone());
        execute(&self.admin, &format!("CREATE DATABASE {}{template}", escape_identifier(&name)), "created")
            .await?;
        Ok(self.admin.target().with_database(&name))
    }

    fn next_name(&self) -> String {
        let wanted = self.own.as_ref().and_then(Own::name);
        match wanted.filter(|name| !self.databases.lock().iter().any(|other| other == name)) {
            Some(name) => name.to_owned(),
            None => {
                self.made.set(self.made.get() + 1);
                format!("{PREFIX}{}_{}", self.run, self.made.get())
            }
        }
    }

    /// Whether a copy of a database equals the original: what belongs to the database as a whole is not copied.
    ///
    /// # Errors
    /// [`ScratchError::Sql`].
    pub(super) async fn can_be_copied(&self, database: &Target) -> Result<bool, ScratchError> {
        let query = format!(
            "SELECT 1 FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) {} AND d.datacl IS NULL \
             AND d.datconnlimit OPERATOR(pg_catalog.=) '-1'::pg_catalog.int4 AND d.datdba OPERATOR(pg_catalog.=) \
             (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) current_user) \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase OPERATOR(pg_catalog.=) d.oid) \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_subscription s WHERE s.subdbid OPERATOR(pg_catalog.=) d.oid) \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_shdescription c WHERE c.objoid OPERATOR(pg_catalog.=) d.oid \
             AND c.classoid OPERATOR(pg_catalog.=) d.tableoid) \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_shseclabel l WHERE l.objoid OPERATOR(pg_catalog.=) d.oid \
             AND l.classoid OPERATOR(pg_catalog.=) d.tableoid)",
            escape_literal(database.database())
        );
        Ok(!names(&self.admin, &query).await?.is_empty())
    }

    /// Makes sure that nobody is connected to a database: the server makes a session that needs it for itself wait a tenth of
    /// a second for one that has just ended.
    async fn send_away(&self, database: &str) -> Result<(), ScratchError> {
        let name = escape_literal(database);
        let who = format!("FROM pg_catalog.pg_stat_activity WHERE datname OPERATOR(pg_catalog.=) {name}");
        for attempt in 0..LOOKS {
            let query = match attempt {
                0..4 => format!("SELECT pid {who}"),
                _ => format!("SELECT pg_catalog.pg_terminate_backend(pid) {who}"),
            };
            if names(&self.admin, &query).await?.is_empty() {
                break;
            }
            tokio::time::sleep(MOMENT).await;
        }
        Ok(())
    }

    /// Drops a database, even while sessions are connected to it; the server does that while the run goes on. On a
    /// private server the roles that its migrations have made go with it, so that they can be made again.
    ///
    /// # Errors
    /// [`ScratchError::Sql`].
    pub async fn drop(&self, database: &Target) -> Result<(), ScratchError> {
        let mut name = database.database().to_owned();
        self.databases.lock().retain(|other| *other != name);
        if !name.starts_with(PREFIX) {
            self.made.set(self.made.get() + 1);
            let other = format!("{PREFIX}{}_{}", self.run, self.made.get());
            self.send_away(&name).await?;
            let (old, new) = (escape_identifier(&name), escape_identifier(&other));
            execute(&self.admin, &format!("ALTER DATABASE {old} RENAME TO {new}"), "dropped").await?;
            name = other;
        }
        let (target, named) = (self.admin.target().clone(), name.clone());
        let dropping = tokio::spawn(async move {
            let session = Session::connect(&target).await?;
            let dropped = drop_database(&session, &named).await;
            session.close().await;
            dropped
        });
        self.dropping.lock().push((name, dropping));
        match &self.own {
            Some(own) if !self.databases.lock().is_empty() => own.drop_new_roles(&self.admin).await,
            _ => Ok(()),
        }
    }

    /// Whether nothing can change what is outside of the databases but what others do: every half is guarded.
    pub(super) fn is_guarded(&self) -> bool {
        self.watch == Watch::Everything
    }

    /// Drops all databases of this run.
    ///
    /// # Errors
    /// [`ScratchError::Sql`].
    pub(super) async fn drop_all(&self) -> Result<(), ScratchError> {
        for name in self.databases.take() {
            drop_database(&self.admin, &name).await?;
        }
        Ok(())
    }

    /// Waits for the databases that are being dropped.
    async fn finish_dropping(&self) -> Result<(), ScratchError> {
        let mut result = Ok(());
        for (name, dropping) in self.dropping.take() {
            if !matches!(dropping.await, Ok(Ok(()))) {
                result = result.and(drop_database(&self.admin, &name).await);
            }
        }
        result
    }

    /// Takes everything away.
    ///
    /// # Errors
    /// [`ScratchError::Sql`], [`ScratchError::Embedded`].
    pub async fn close(self) -> Result<(), ScratchError> {
        if let Some(own) = self.own {
            drop(self.admin);
            return own.stop();
        }
        let mut result = self.finish_dropping().await;
        for name in self.databases.take() {
            result = result.and(drop_database(&self.admin, &name).await);
        }
        result
    }

    /// The database of the connection that makes and drops the others.
    pub fn target(&self) -> &Target {
        self.admin.target()
    }

    /// The server's major version: 15.
    pub fn version(&self) -> u32 {
        self.admin.server_version()
    }

    /// The roles that there are now.
    ///
    /// # Errors
    /// [`ScratchError::Sql`].
    pub(super) async fn roles(&self) -> Result<BTreeSet<String>, ScratchError> {
        own::role_names(&self.admin).await
    }

    /// Runs statements that get a scratch database ready.
    ///
    /// # Errors
    /// [`ScratchError::Sql`].
    pub(super) async fn prepare(&self, statements: &str) -> Result<(), ScratchError> {
        execute(&self.admin, statements, "prepared").await
    }

    /// The databases that killed runs have left behind. Of a run of an older pmdb through a pooler, the open transaction of the
    /// runner's lock may be all that shows.
    async fn stale(&self) -> Result<Vec<String>, ScratchError> {
        let query = format!(
            "SELECT d.datname FROM pg_catalog.pg_database d \
             WHERE d.datname OPERATOR(pg_catalog.~) '^{PREFIX}[0-9a-f]{{16}}_[0-9]+$' \
             AND pg_catalog.pg_has_role(d.datdba, 'USAGE') \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a \
             WHERE a.application_name OPERATOR(pg_catalog.=) pg_catalog.left(d.datname::pg_catalog.text, {}) \
             OR a.datname OPERATOR(pg_catalog.=) d.datname AND a.state OPERATOR(pg_catalog.=) 'idle in transaction')",
            PREFIX.len() + self.run.len()
        );
        names(&self.admin, &query).await
    }
}

/// Drops a database with all that is in it, even while sessions are connected to it.
async fn drop_database(admin: &Session, name: &str) -> Result<(), ScratchError> {
    let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", escape_identifier(name));
    match execute(admin, &statement, "dropped").await {
        // What a subscription belongs to cannot be dropped.
        Err(ScratchError::Sql { source, .. }) if source.is(&SqlState::OBJECT_IN_USE) => {
            drop_subscriptions(admin, name).await?;
            execute(admin, &statement, "dropped").await
        }
        result => result,
    }
}

/// The other server is not notified: it may not be there, and the slot on it is not pmdb's.
async fn drop_subscriptions(admin: &Session, database: &str) -> Result<(), ScratchError> {
    let query = "SELECT subname FROM pg_catalog.pg_subscription s \
                 JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) s.subdbid \
                 WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()";
    let session = Session::connect(&admin.target().with_database(database)).await?;
    for name in names(&session, query).await? {
        let name = escape_identifier(&name);
        let statements = format!(
            "ALTER SUBSCRIPTION {name} DISABLE; ALTER SUBSCRIPTION {name} SET (slot_name = NONE); \
             DROP SUBSCRIPTION {name}"
        );
        execute(&session, &statements, "emptied").await?;
    }
    session.close().await;
    Ok(())
}

fn looked_at<T>(result: Result<T, SqlError>) -> Result<T, ScratchError> {
    result.map_err(|source| ScratchError::Sql { doing: "guarded", source })
}

async fn names(session: &Session, query: &str) -> Result<Vec<String>, ScratchError> {
    let rows = rows(session.client(), query)
        .await
        .map_err(|error| ScratchError::Sql { doing: "looked for", source: error.into() })?;
    Ok(rows.iter().filter_map(|row| row.get(0).map(str::to_owned)).collect())
}

async fn execute(session: &Session, statement: &str, doing: &'static str) -> Result<(), ScratchError> {
    let done = session.client().batch_execute(statement).await;
    done.map_err(|error| ScratchError::Sql { doing, source: error.into() })
}
