//! Building on a scratch database what migrations make of an empty one, and reading its catalog.
//!
//! What a migration builds depends on where it runs: on the roles that there are, on who runs it, on settings such as
//! `search_path`. So these are those of a target, as far as they can be.

mod environment;
mod error;
mod observe;

use std::collections::BTreeSet;
use std::sync::Arc;

use postgres_protocol::escape::escape_identifier;

pub use environment::ServerEnvironment;
pub use error::RebuildError;
pub use observe::{ObservedDatabase, ObservedHistory, observe, observe_history};

use super::catalog::read_catalog;
use super::event::NoopListener;
use super::history::HistoryTable;
use super::interrupt::Interrupt;
use super::migrator::Migrator;
use super::scratch::{BeforeFile, ScratchError, ScratchServer};
use crate::catalog::{Catalog, Kind};
use crate::connect::{Session, Target};
use crate::migration::{
    AppliedMigration, Goal, Half, Migration, MigrationSet, UpTarget, Version, roles_made_in_blocks,
};

/// What is to be built, and with what.
#[derive(Debug)]
pub struct Rebuild<'a> {
    /// Where.
    pub scratch: &'a ScratchServer,
    /// What is around the database that it is to be like.
    pub environment: &'a ServerEnvironment,
    /// Who applied what there.
    pub history: &'a [AppliedMigration],
    /// The migrations.
    pub set: &'a MigrationSet,
    /// Their history table: a migration may know its name.
    pub table: &'a HistoryTable,
    /// The tables that are no part of the schema.
    pub left_out: &'a [HistoryTable],
    /// What asks the run to stop.
    pub interrupt: &'a Interrupt,
}

impl Rebuild<'_> {
    /// Builds it. On a private server the target's roles are made first, and each migration runs as the role that
    /// applied it there. On somebody's server all run as the role that we are there, and what that role owns counts as
    /// owned by the one that applied the newest migration.
    ///
    /// # Errors
    /// See [`RebuildError`].
    pub async fn run(&self) -> Result<Catalog, RebuildError> {
        self.must_have_all_data()?;
        if self.scratch.is_own() {
            return self.catalog(&self.build_as_its_roles(None).await?).await;
        }
        let database = self.make_database().await?;
        let before = self.catalog(&database).await?;
        self.apply_all(&database).await?;
        let newest = self.environment.builder(self.newest_applied_by());
        Ok(self.catalog(&database).await?.with_owner(database.user(), newest, &before))
    }

    /// Builds it for what comes next, and gives back how to connect for that: on a private server, as the role that would
    /// apply the next migration.
    ///
    /// # Errors
    /// See [`RebuildError`].
    pub async fn build(&self) -> Result<Target, RebuildError> {
        self.must_have_all_data()?;
        if self.scratch.is_own() {
            let next = self.environment.builder(None);
            let database = self.build_as_its_roles(Some(next)).await?;
            self.let_it_build(next).await?;
            return Ok(database.with_user(next));
        }
        let database = self.make_database().await?;
        self.apply_all(&database).await?;
        Ok(database)
    }

    fn must_have_all_data(&self) -> Result<(), RebuildError> {
        match self.set.migrations().iter().find(|migration| migration.up.lacks_data()) {
            Some(gone) => {
                Err(RebuildError::DataGone { migration: format!("{} {}", gone.version, gone.name) })
            }
            None => Ok(()),
        }
    }

    /// Builds it on a private server, each migration as the role that applied it there. `next` is to build more.
    async fn build_as_its_roles(&self, next: Option<&str>) -> Result<Target, RebuildError> {
        let roles = self.make_roles().await?;
        let database = self.make_database().await?;
        let chunks = self.chunks();
        let builders = chunks.iter().map(|(builder, _)| *builder).chain(next);
        let builders: BTreeSet<&str> = builders.filter(|name| roles.contains(*name)).collect();
        let builders: Vec<&str> = builders.into_iter().collect();
        self.prepare(&self.environment.set_for_roles(&database, &roles, &builders)).await?;
        if roles.contains(&self.environment.owner) {
            let owner = escape_identifier(&self.environment.owner);
            let name = escape_identifier(database.database());
            self.prepare(&format!("ALTER DATABASE {name} OWNER TO {owner}")).await?;
        }
        for (builder, newest) in chunks {
            self.let_it_build(builder).await?;
            self.apply(&database.with_user(builder), newest).await?;
        }
        Ok(database)
    }

    /// A migration may have made the role, or taken its rights away.
    async fn let_it_build(&self, role: &str) -> Result<(), RebuildError> {
        self.prepare(&format!("ALTER ROLE {} LOGIN SUPERUSER", escape_identifier(role))).await
    }

    async fn apply_all(&self, database: &Target) -> Result<(), RebuildError> {
        match self.set.migrations().last() {
            Some(newest) => self.apply(database, &newest.version).await,
            None => Ok(()),
        }
    }

    /// Makes the roles that the migrations do not make themselves. Gives back which roles there are.
    async fn make_roles(&self) -> Result<BTreeSet<String>, RebuildError> {
        let mut left_out = self.scratch.roles().await?;
        let first = self.scratch.runs_first().iter().map(BeforeFile::half);
        let halves = self.set.migrations().iter().map(|migration| &migration.up).chain(first);
        left_out.extend(halves.flat_map(Half::roles_made).map(str::to_owned));
        self.prepare(&self.environment.create_roles(&left_out)).await?;
        Ok(self.scratch.roles().await?)
    }

    /// A database with the settings of the target's.
    async fn make_database(&self) -> Result<Target, RebuildError> {
        let database = self.scratch.create().await?;
        self.prepare(&self.environment.set_for_database(&database)).await?;
        Ok(database)
    }

    async fn prepare(&self, statements: &str) -> Result<(), RebuildError> {
        Ok(self.scratch.prepare(statements).await?)
    }

    /// Who builds up to which version, in order.
    fn chunks(&self) -> Vec<(&str, &Version)> {
        let mut chunks: Vec<(&str, &Version)> = Vec::new();
        for migration in self.set.migrations() {
            let builder = self.builder(migration);
            match chunks.last_mut() {
                Some((last, newest)) if *last == builder => *newest = &migration.version,
                _ => chunks.push((builder, &migration.version)),
            }
        }
        chunks
    }

    /// The role that applied it on the target. A migration that is not applied there yet counts as applied by the role
    /// that applied the newest one.
    fn builder(&self, migration: &Migration) -> &str {
        let row = self.history.iter().find(|row| row.version == migration.version);
        let applied_by = row.map_or_else(|| self.newest_applied_by(), |row| row.applied_by.as_deref());
        self.environment.builder(applied_by)
    }

    fn newest_applied_by(&self) -> Option<&str> {
        self.history.iter().rev().find_map(|row| row.applied_by.as_deref())
    }

    async fn apply(&self, database: &Target, newest: &Version) -> Result<(), RebuildError> {
        let session = Session::connect(database).await?;
        let mut migrator = Migrator::new(session, self.set.clone())
            .table(self.table.clone())
            .interrupt(self.interrupt.clone());
        let goal = Goal::up(UpTarget::To(newest.clone())).with_backfills();
        let mut suspected = None;
        loop {
            let guard = self.scratch.guard();
            migrator.set_guard(guard.clone());
            let Err(error) = migrator.run(&goal, &mut NoopListener).await else { break };
            match error.changed_outside_and_undone() {
                Some(what) if self.scratch.may_be_others(&guard, what, &mut suspected).await? => {}
                _ => return Err(error.into()),
            }
        }
        migrator.into_session().close().await;
        Ok(())
    }

    async fn catalog(&self, database: &Target) -> Result<Catalog, RebuildError> {
        let session = Session::connect(database).await?;
        let catalog = read_catalog(&session, self.left_out).await?;
        session.close().await;
        Ok(catalog)
    }
}

/// Lets every try on a private server begin with the roles of the target's server, except those that the migrations
/// make themselves, perhaps in a DO block.
///
/// # Errors
/// [`ScratchError::Sql`].
pub async fn take_over_roles(
    scratch: &ScratchServer,
    environment: &ServerEnvironment,
    set: &MigrationSet,
) -> Result<(), ScratchError> {
    let mut left_out = scratch.roles().await?;
    let first = scratch.runs_first().iter().map(BeforeFile::half);
    for half in set.migrations().iter().map(|migration| &migration.up).chain(first) {
        left_out.extend(half.roles_made().map(str::to_owned));
        left_out.extend(roles_made_in_blocks(half));
    }
    scratch.begin_with_roles(environment.create_roles(&left_out));
    Ok(())
}

/// What a subscription has of the publisher: on a scratch database there is none.
const OF_THE_PUBLISHER: [&str; 4] = ["enabled", "slot", "two-phase", "failover"];

/// The catalog without what differs between a database and a scratch one: what belongs to the database as a whole (a
/// statement that changes it names the database, so that no migration can be expected to), and what subscriptions have of
/// their publishers.
pub fn without_what_differs_by_nature(mut catalog: Catalog) -> Catalog {
    catalog.objects.retain(|identity, _| !matches!(identity.kind, Kind::Database | Kind::Setting));
    for (identity, object) in &mut catalog.objects {
        if identity.kind == Kind::Subscription {
            Arc::make_mut(object).attributes.retain(|name, _| !OF_THE_PUBLISHER.contains(&name.as_str()));
        }
    }
    catalog
}
