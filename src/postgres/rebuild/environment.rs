//! What a migration finds outside of its database: the roles of the server, and settings.

use std::collections::BTreeSet;

use postgres_protocol::escape::{escape_identifier, escape_literal};
use tokio_postgres::SimpleQueryRow;

use super::RebuildError;
use crate::connect::{Session, Target};
use crate::postgres::citus::Citus;
use crate::postgres::rows::rows;
use crate::postgres::sql_error::SqlError;

/// What the migrations of a target found when they were applied, as far as it decides what they build.
#[derive(Debug, Clone, Default)]
pub struct ServerEnvironment {
    /// The role that we are connected as.
    current_role: String,
    /// Whether it is one that the session was given to do everything as.
    is_given: bool,
    /// The role that owns the database.
    pub(super) owner: String,
    pub(super) roles: Vec<Role>,
    citus: Citus,
    settings: Vec<SettingEntry>,
}

/// A role of the target's server.
#[derive(Debug, Clone)]
pub(super) struct Role {
    pub name: String,
    /// Whether initdb made it.
    is_first: bool,
}

#[derive(Debug, Clone)]
struct SettingEntry {
    /// The role that it is for; `None`: for all.
    role: Option<String>,
    /// Where it holds.
    scope: SettingScope,
    name: String,
    value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SettingScope {
    /// In every database of the server.
    Server,
    /// In the target's database.
    Database,
    /// In our session, since the connection string says so.
    Session,
}

impl SettingScope {
    fn from_word(word: &str) -> Option<SettingScope> {
        match word {
            "server" => Some(SettingScope::Server),
            "database" => Some(SettingScope::Database),
            "session" => Some(SettingScope::Session),
            _ => None,
        }
    }
}

impl ServerEnvironment {
    /// Reads them from the catalog of the target's server, which every role may do.
    ///
    /// # Errors
    /// [`RebuildError::Sql`].
    pub async fn read(session: &Session) -> Result<ServerEnvironment, RebuildError> {
        let rows = rows(session.client(), include_str!("sql/environment.sql")).await.map_err(|error| {
            RebuildError::Sql {
                doing: "the roles and settings of the server cannot be read",
                source: SqlError::from(error),
            }
        })?;
        let mut found =
            ServerEnvironment { is_given: session.target().role().is_some(), ..ServerEnvironment::default() };
        for row in &rows {
            found.add(row);
        }
        Ok(found)
    }

    fn add(&mut self, row: &SimpleQueryRow) {
        let text = |column: &str| row.try_get(column).ok().flatten().map(str::to_owned);
        let role = text("role");
        match (row.get("what"), role) {
            (Some("here"), Some(role)) => {
                self.current_role = role;
                self.owner = text("owner").unwrap_or_default();
            }
            (Some("role"), Some(name)) => {
                self.roles.push(Role { name, is_first: text("of initdb").is_some() })
            }
            (Some("setting"), role) => {
                let scope = row.get("scope").and_then(SettingScope::from_word);
                if let (Some(scope), Some(name), Some(value)) = (scope, text("name"), text("value")) {
                    self.settings.push(SettingEntry { role, scope, name, value });
                }
            }
            (Some("citus"), _) => self.citus = Citus::Present,
            _ => {}
        }
    }

    /// Whether the target has Citus.
    pub fn citus(&self) -> Citus {
        self.citus
    }

    /// The superuser that initdb made. What every database begins with is his.
    pub fn first_role(&self) -> Option<&str> {
        self.roles.iter().find(|role| role.is_first).map(|role| role.name.as_str())
    }

    /// The role that stands for the one that applied a migration: that role, if there is one of that name, else our
    /// own. Where pmdb was given a role, the migrations were applied as it, and the history names who had logged in.
    pub(super) fn builder<'a>(&'a self, applied_by: Option<&'a str>) -> &'a str {
        applied_by.filter(|name| !self.is_given && self.has(name)).unwrap_or(&self.current_role)
    }

    /// Whether there is a role of this name.
    pub fn has(&self, name: &str) -> bool {
        self.roles.iter().any(|role| role.name == name)
    }

    /// Statements that make the roles, except those that exist. What they may do on the target is not known, since much
    /// of it may have been granted by hand: so they may do everything.
    pub(super) fn create_roles(&self, there: &BTreeSet<String>) -> String {
        let new = self.roles.iter().filter(|role| !there.contains(&role.name));
        new.map(|role| format!("CREATE ROLE {} LOGIN SUPERUSER; ", escape_identifier(&role.name))).collect()
    }

    /// Statements that give a database the settings of the target's.
    pub(super) fn set_for_database(&self, database: &Target) -> String {
        let database = format!("ALTER DATABASE {}", escape_identifier(database.database()));
        let settings = self.settings.iter();
        let settings =
            settings.filter(|setting| setting.role.is_none() && setting.scope == SettingScope::Database);
        settings.map(|setting| setting.statement(&database)).collect()
    }

    /// Statements that give roles, as far as they are there, their settings. Those who build also get what our own session
    /// has by its connection string.
    pub(super) fn set_for_roles(
        &self,
        database: &Target,
        there: &BTreeSet<String>,
        builders: &[&str],
    ) -> String {
        let database = escape_identifier(database.database());
        let in_database =
            |role: &str| format!("ALTER ROLE {} IN DATABASE {database}", escape_identifier(role));
        let mut statements = String::new();
        for setting in &self.settings {
            match (&setting.role, setting.scope) {
                (Some(role), _) if !there.contains(role) => {}
                _ if setting.name == "role" && !there.contains(&setting.value) => {}
                (Some(role), SettingScope::Server) => {
                    statements += &setting.statement(&format!("ALTER ROLE {}", escape_identifier(role)));
                }
                (None, SettingScope::Server) => statements += &setting.statement("ALTER ROLE ALL"),
                (Some(role), SettingScope::Database) => statements += &setting.statement(&in_database(role)),
                (_, SettingScope::Session) | (None, SettingScope::Database) => {}
            }
        }
        let session = self.settings.iter().filter(|setting| setting.scope == SettingScope::Session);
        for setting in session {
            statements.extend(builders.iter().map(|builder| setting.statement(&in_database(builder))));
        }
        statements
    }
}

impl SettingEntry {
    /// A list is taken over by way of the session: as a literal it would be one name with commas in it.
    fn statement(&self, whose: &str) -> String {
        let (name, value) = (&self.name, escape_literal(&self.value));
        if name == "search_path" {
            return format!(
                "SELECT pg_catalog.set_config('search_path', {value}, false); {whose} SET search_path FROM CURRENT; \
                 RESET search_path; "
            );
        }
        let name = name.split('.').map(escape_identifier).collect::<Vec<_>>().join(".");
        format!("{whose} SET {name} = {value}; ")
    }
}
