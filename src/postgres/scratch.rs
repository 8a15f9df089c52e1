//! Databases to try things out in: made for one command, and gone with it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use postgres_protocol::escape::{escape_identifier, escape_literal};
use thiserror::Error;
use tokio_postgres::error::SqlState;

use super::connect::{ConnectError, Session, Target};
use super::embedded::{Binaries, EmbeddedError, EmbeddedServer, start_throwaway};
use super::random_name;
use super::rows::rows;
use super::sql_error::SqlError;

/// How the names of the databases begin; then comes the name of the run.
const PREFIX: &str = "pmdb_scratch_";

/// The superuser of a server of our own.
const OWN_USER: &str = "postgres";

/// Why there is no scratch database.
#[derive(Debug, Error)]
pub enum ScratchError {
    /// The server of our own does not run.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// There is no connection to be had.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The server refused.
    #[error("a scratch database cannot be {doing}: {source}")]
    Sql {
        /// "created" and the like.
        doing: &'static str,
        /// What the server said.
        source: SqlError,
    },
}

/// A server with scratch databases: one of our own that is thrown away, or somebody's.
///
/// The databases of a run bear its name, and so does its connection, as `application_name`. Databases of a run without a
/// connection were left behind by a killed pmdb; whoever comes next drops them.
#[derive(Debug)]
pub struct ScratchServer {
    admin: Session,
    run: String,
    /// The databases that are there now.
    databases: RefCell<Vec<String>>,
    made: Cell<u32>,
    /// The roles that were there in the beginning, on a server of our own.
    roles: Vec<String>,
    own: Option<EmbeddedServer>,
}

impl ScratchServer {
    /// A server of our own. `Durability::ThrowAway`: nothing of it stays.
    ///
    /// # Errors
    /// [`ScratchError::Embedded`], [`ScratchError::Connect`].
    pub async fn own(binaries: Binaries) -> Result<ScratchServer, ScratchError> {
        let starting = tokio::task::spawn_blocking(move || start_throwaway(&binaries));
        let server = starting.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
        let target = Target::for_socket(server.socket_dir(), server.port(), OWN_USER, "postgres");
        let mut scratch = ScratchServer::begin(&target).await?;
        scratch.roles = scratch.role_names().await?;
        scratch.own = Some(server);
        Ok(scratch)
    }

    /// Somebody's server, on which the role may create databases. What earlier runs left behind is dropped.
    ///
    /// # Errors
    /// [`ScratchError::Connect`], [`ScratchError::Sql`].
    pub async fn at(target: &Target) -> Result<ScratchServer, ScratchError> {
        let scratch = ScratchServer::begin(target).await?;
        scratch.drop_stale().await?;
        Ok(scratch)
    }

    async fn begin(target: &Target) -> Result<ScratchServer, ScratchError> {
        let admin = Session::connect(target).await?;
        let run = random_name();
        let name = format!("SET application_name = {}", escape_literal(&format!("{PREFIX}{run}")));
        execute(&admin, &name, "prepared").await?;
        Ok(ScratchServer {
            admin,
            run,
            databases: RefCell::default(),
            made: Cell::new(0),
            roles: Vec::new(),
            own: None,
        })
    }

    /// A new, empty database.
    ///
    /// # Errors
    /// [`ScratchError::Sql`].
    pub async fn create(&self) -> Result<Target, ScratchError> {
        self.make("").await
    }

    /// A copy of a database. Nobody may be connected to the original: a pooler that still is, is sent away.
    ///
    /// # Errors
    /// [`ScratchError::Sql`].
    pub async fn copy_of(&self, original: &Target) -> Result<Target, ScratchError> {
        let send_away = format!(
            "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity \
             WHERE datname OPERATOR(pg_catalog.=) {}",
            escape_literal(original.database())
        );
        execute(&self.admin, &send_away, "copied").await?;
        self.make(&format!(" TEMPLATE {}", escape_identifier(original.database()))).await
    }

    async fn make(&self, template: &str) -> Result<Target, ScratchError> {
        self.made.set(self.made.get() + 1);
        let name = format!("{PREFIX}{}_{}", self.run, self.made.get());
        // Noted first: if the answer is lost, the database may be there.
        self.databases.borrow_mut().push(name.clone());
        execute(&self.admin, &format!("CREATE DATABASE {}{template}", escape_identifier(&name)), "created")
            .await?;
        Ok(self.admin.target().with_database(&name))
    }

    /// Drops a database, whoever is connected to it. On a server of our own the roles that its migrations have made go
    /// with it, so that they can be made again.
    ///
    /// # Errors
    /// [`ScratchError::Sql`].
    pub async fn drop(&self, database: &Target) -> Result<(), ScratchError> {
        let name = database.database();
        self.drop_named(name).await?;
        self.databases.borrow_mut().retain(|other| other != name);
        if self.own.is_some() {
            for role in self.role_names().await?.iter().filter(|role| !self.roles.contains(role)) {
                // One that another scratch database still needs stays.
                let _ =
                    execute(&self.admin, &format!("DROP ROLE {}", escape_identifier(role)), "dropped").await;
            }
        }
        Ok(())
    }

    /// Takes everything away.
    ///
    /// # Errors
    /// [`ScratchError::Sql`], [`ScratchError::Embedded`].
    pub async fn close(self) -> Result<(), ScratchError> {
        if let Some(server) = self.own {
            drop(self.admin);
            return Ok(server.stop()?);
        }
        let mut result = Ok(());
        for name in self.databases.take() {
            result = result.and(self.drop_named(&name).await);
        }
        result
    }

    /// Drops a database with all that is in it, whoever is connected to it.
    async fn drop_named(&self, name: &str) -> Result<(), ScratchError> {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", escape_identifier(name));
        match execute(&self.admin, &statement, "dropped").await {
            // What a subscription belongs to cannot be dropped.
            Err(ScratchError::Sql { source, .. }) if source.is(&SqlState::OBJECT_IN_USE) => {
                self.drop_subscriptions(name).await?;
                execute(&self.admin, &statement, "dropped").await
            }
            result => result,
        }
    }

    /// Nobody is told: the other server may not be there, and its slot is not ours.
    async fn drop_subscriptions(&self, database: &str) -> Result<(), ScratchError> {
        let query = "SELECT subname FROM pg_catalog.pg_subscription s \
                     JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) s.subdbid \
                     WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()";
        let session = Session::connect(&self.admin.target().with_database(database)).await?;
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

    /// Whether it is a server of our own.
    pub fn is_own(&self) -> bool {
        self.own.is_some()
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
        Ok(self.role_names().await?.into_iter().collect())
    }

    /// Runs statements that get a scratch database ready.
    ///
    /// # Errors
    /// [`ScratchError::Sql`].
    pub(super) async fn prepare(&self, statements: &str) -> Result<(), ScratchError> {
        execute(&self.admin, statements, "prepared").await
    }

    /// Gives the superuser of a server of our own another name. Nobody can rename the role that he is himself.
    ///
    /// # Errors
    /// [`ScratchError::Sql`], [`ScratchError::Connect`].
    pub async fn rename_superuser(&mut self, name: &str) -> Result<(), ScratchError> {
        let old = self.admin.target().user().to_owned();
        if self.own.is_none() || old == name {
            return Ok(());
        }
        let helper = format!("{PREFIX}{}", self.run);
        self.prepare(&format!("CREATE ROLE {helper} LOGIN SUPERUSER")).await?;
        let session = Session::connect(&self.admin.target().with_user(&helper)).await?;
        let (old, new) = (escape_identifier(&old), escape_identifier(name));
        execute(&session, &format!("ALTER ROLE {old} RENAME TO {new}"), "prepared").await?;
        session.close().await;
        self.admin = Session::connect(&self.admin.target().with_user(name)).await?;
        self.prepare(&format!("DROP ROLE {helper}")).await
    }

    /// The name of a connection may get lost behind a pooler. An open transaction does not: a runner's lock is one.
    async fn drop_stale(&self) -> Result<(), ScratchError> {
        let query = format!(
            "SELECT d.datname FROM pg_catalog.pg_database d \
             WHERE d.datname OPERATOR(pg_catalog.~) '^{PREFIX}[0-9a-f]{{16}}_[0-9]+$' \
             AND pg_catalog.pg_has_role(d.datdba, 'USAGE') \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a \
             WHERE a.application_name OPERATOR(pg_catalog.=) pg_catalog.left(d.datname::pg_catalog.text, {}) \
             OR a.datname OPERATOR(pg_catalog.=) d.datname AND a.state OPERATOR(pg_catalog.=) 'idle in transaction')",
            PREFIX.len() + self.run.len()
        );
        for name in names(&self.admin, &query).await? {
            // Another run may be faster.
            let _ = self.drop_named(&name).await;
        }
        Ok(())
    }

    async fn role_names(&self) -> Result<Vec<String>, ScratchError> {
        names(&self.admin, "SELECT rolname FROM pg_catalog.pg_roles").await
    }
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
