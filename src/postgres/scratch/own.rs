//! A private server, on which scratch work may do as it likes: what migrations do to the whole server is a part of what
//! they do, and is taken back for the next try.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use postgres_protocol::escape::{escape_identifier, escape_literal};

use super::{PREFIX, ScratchError, ScratchServer, execute, names};
use crate::catalog::{Catalog, Identity, Kind, Object};
use crate::connect::{Session, Target};
use crate::embedded::{Binaries, EmbeddedServer, start_throwaway};
use crate::postgres::catalog::sql_for_version;
use crate::postgres::own_path::{Lasting, by_own_path};
use crate::postgres::rows::rows;
use crate::postgres::sql_error::SqlError;
use crate::postgres::sync_cell::SyncCell;

/// The superuser.
const USER: &str = "postgres";

/// Where its databases are made and dropped from.
const ADMIN_DATABASE: &str = "postgres";

/// A private server.
#[derive(Debug)]
pub(super) struct Own {
    server: EmbeddedServer,
    /// What a scratch database is to be called.
    name: Option<String>,
    /// Statements that make the roles which every try begins with.
    make_roles: SyncCell<String>,
    /// The roles that every try begins with.
    roles: SyncCell<BTreeSet<String>>,
    /// How it is outside of the databases when a try begins; `None` before the first.
    beginning: SyncCell<Option<Catalog>>,
}

impl Own {
    /// Starts one, and tells how to connect to it.
    pub async fn start(binaries: Binaries) -> Result<(Own, Target), ScratchError> {
        let starting = tokio::task::spawn_blocking(move || start_throwaway(&binaries));
        let server = starting.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
        let target = Target::for_socket(server.socket_dir(), server.port(), USER, ADMIN_DATABASE);
        let own = Own {
            server,
            name: None,
            make_roles: SyncCell::default(),
            roles: SyncCell::default(),
            beginning: SyncCell::default(),
        };
        Ok((own, target))
    }

    pub fn stop(self) -> Result<(), ScratchError> {
        self.server.stop()?;
        Ok(())
    }

    /// What a scratch database is to be called.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Drops roles that tries have made. One that another database still needs stays.
    pub async fn drop_new_roles(&self, admin: &Session) -> Result<(), ScratchError> {
        let roles = role_names(admin).await?;
        let new: Vec<_> = roles.difference(&self.roles.lock()).cloned().collect();
        for role in new {
            let _ = execute(admin, &format!("DROP ROLE {}", escape_identifier(&role)), "dropped").await;
        }
        Ok(())
    }
}

pub(super) async fn role_names(admin: &Session) -> Result<BTreeSet<String>, ScratchError> {
    Ok(names(admin, "SELECT rolname FROM pg_catalog.pg_roles").await?.into_iter().collect())
}

impl ScratchServer {
    /// Gets a private server ready for a try: takes back what an earlier one has changed outside of its database.
    pub(super) async fn begin_anew(&self) -> Result<(), ScratchError> {
        let Some(own) = &self.own else { return Ok(()) };
        let beginning = own.beginning.lock().clone();
        if let Some(beginning) = beginning {
            if self.around().await? == beginning {
                return Ok(());
            }
            self.finish_dropping().await?;
            let query = sql_for_version(include_str!("sql/reset.sql"), self.version());
            for statement in names(&self.admin, &by_own_path(Lasting::ForTheTransaction, &query)).await? {
                execute(&self.admin, &statement, "emptied").await?;
            }
        }
        let make_roles = own.make_roles.lock().clone();
        execute(&self.admin, &make_roles, "prepared").await?;
        own.roles.replace(role_names(&self.admin).await?);
        let beginning = self.around().await?;
        own.beginning.replace(Some(beginning));
        Ok(())
    }

    /// Whether it is a private server.
    pub fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// On a private server, gives scratch databases this name: migrations may name their database.
    ///
    /// # Errors
    /// [`ScratchError::Sql`], [`ScratchError::Connect`].
    pub async fn call_databases(&mut self, name: &str) -> Result<(), ScratchError> {
        let Some(own) = &mut self.own else { return Ok(()) };
        if name.starts_with("template") {
            return Ok(());
        }
        own.name = Some(name.to_owned());
        if name == ADMIN_DATABASE {
            let other = format!("{PREFIX}admin");
            execute(&self.admin, &format!("CREATE DATABASE {other}"), "prepared").await?;
            self.admin = Session::connect(&self.admin.target().with_database(&other)).await?;
            // The session that was connected to it is just ending.
            let drop = format!("DROP DATABASE {} WITH (FORCE)", escape_identifier(name));
            execute(&self.admin, &drop, "prepared").await?;
        }
        Ok(())
    }

    /// On a private server, makes these roles before each try.
    pub(in crate::postgres) fn begin_with_roles(&self, statements: String) {
        if let Some(own) = &self.own {
            own.make_roles.replace(statements);
        }
    }

    /// Gives the superuser of a private server another name. No session can rename its own role.
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

    /// What is outside of the databases of a private server; nothing elsewhere, where others may change it.
    ///
    /// # Errors
    /// [`ScratchError::Sql`].
    pub(in crate::postgres) async fn around(&self) -> Result<Catalog, ScratchError> {
        if self.own.is_none() {
            return Ok(Catalog::default());
        }
        let mut ours = self.databases.lock().clone();
        ours.push(self.admin.target().database().to_owned());
        let ours: Vec<String> = ours.iter().map(|name| escape_literal(name)).collect();
        let query = sql_for_version(include_str!("sql/server.sql"), self.version())
            .replace("(ours)", &format!("(ARRAY[{}])", ours.join(", ")));
        let rows = rows(self.admin.client(), &by_own_path(Lasting::ForTheTransaction, &query))
            .await
            .map_err(|error| ScratchError::Sql { doing: "looked at", source: SqlError::from(error) })?;
        let mut objects: BTreeMap<Identity, Object> = BTreeMap::new();
        for row in &rows {
            let text = |column: &str| row.get(column).unwrap_or_default().to_owned();
            let Some(kind) = row.get("kind").and_then(Kind::from_word) else { continue };
            let object = objects.entry(Identity { kind, of: None, name: text("name") }).or_default();
            object.attributes.insert(text("attribute"), text("value"));
        }
        let objects = objects.into_iter().map(|(identity, object)| (Arc::new(identity), Arc::new(object)));
        Ok(Catalog { objects: objects.collect() })
    }
}
