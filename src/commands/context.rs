//! What every command has at hand: the files, the way to a server, and who listens.

use std::any::Any;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use tokio_postgres::error::SqlState;

use crate::bundled;
use crate::catalog::Catalog;
use crate::cli::{ConnectionString, GlobalArgs, WaitingArgs, parse_table};
use crate::commands::error::Error;
use crate::connect::{Environment, Session, Target};
use crate::fill::fill_notes_of_no_seed;
use crate::migration::{MigrationSet, absolute, folder_above, load_compiled, load_folder};
use crate::postgres::databases::{self, DatabaseChange};
use crate::postgres::{
    Force, HistoryAccess, HistoryScope, HistoryTable, Interrupt, Listener, LockRetries, Migrator,
    NoopListener, PrefetchedHistory, SqlError, connect_patiently, read_catalog,
};

/// Which server.
#[derive(Debug, Clone)]
pub enum ServerChoice {
    /// The one that `--url` or the environment names.
    Named(Option<ConnectionString>),
    /// A private one.
    Embedded,
}

/// Where migrations or seeds come from.
#[derive(Debug, Clone)]
pub enum FileSource {
    /// A folder.
    Folder(PathBuf),
    /// The program itself.
    Bundled(FileSet),
}

/// The two sets that are compiled in.
#[derive(Debug, Clone, Copy)]
pub enum FileSet {
    /// The schema.
    Migrations,
    /// The sample data.
    Seeds,
}

/// What every command has at hand.
#[derive(Debug)]
pub struct Context {
    /// Which server.
    pub place: ServerChoice,
    /// The role to do everything as, if it is not the one that logs in.
    pub role: Option<String>,
    /// The migrations.
    pub migrations: FileSource,
    /// Whether an option names them, rather than habit or the environment.
    pub migrations_are_named: bool,
    /// The seeds.
    pub seeds: FileSource,
    /// The history table of the migrations.
    pub table: HistoryTable,
    /// The environment.
    pub environment: Environment,
    /// What asks the run to stop.
    pub interrupt: Interrupt,
    /// Whether an application runs that signals are meant for.
    pub application_has_signals: Arc<AtomicBool>,
    /// The database that the command has to do with, once there was a session on it.
    database: RefCell<Option<Target>>,
    /// What lives as long as this.
    kept: RefCell<Vec<Box<dyn Any>>>,
}

/// What a command wants of a migrator.
pub(super) struct MigratorOptions<'a> {
    files: FileSet,
    /// What is read of the history while the files are read, if that does not depend on the files.
    history: Option<HistoryScope<'static>>,
    /// How long it waits for locks; `None` for a command that has no options for that.
    waiting: Option<&'a WaitingArgs>,
    force: Force,
}

/// How long commands without an option for it wait for another pmdb that runs the embedded server.
pub(super) const DEFAULT_WAIT: Duration = Duration::from_secs(60);

/// What to do where a folder without migrations is meant so.
pub(super) const ALLOW_EMPTY: &str = "--allow-empty takes it as it is";

impl Context {
    /// From the command line and the environment.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub fn new(args: GlobalArgs, environment: Environment, interrupt: Interrupt) -> Result<Context, Error> {
        let folder = |given: Option<PathBuf>, variable: &str, otherwise: &str| {
            let usual = || PathBuf::from(environment.get(variable).unwrap_or(otherwise));
            FileSource::Folder(given.unwrap_or_else(usual))
        };
        let migrations_are_named = args.dir.is_some() || args.bundled;
        let (migrations, seeds) = if args.bundled {
            (FileSource::Bundled(FileSet::Migrations), FileSource::Bundled(FileSet::Seeds))
        } else {
            (folder(args.dir, "PMDB_DIR", "migrations"), folder(args.seeds, "PMDB_SEEDS", "seeds"))
        };
        let table = args.table.map_or_else(|| usual_table(&environment), Ok)?;
        let place = if args.embedded { ServerChoice::Embedded } else { ServerChoice::Named(args.url) };
        Ok(Context {
            database: RefCell::default(),
            kept: RefCell::default(),
            application_has_signals: Arc::default(),
            place,
            role: args.role,
            migrations,
            migrations_are_named,
            seeds,
            table,
            environment,
            interrupt,
        })
    }

    /// Keeps what a command has done with: a thousand files, for one, which nobody frees where the process ends anyway.
    pub(super) fn keep(&self, done_with: impl Any) {
        self.kept.borrow_mut().push(Box::new(done_with));
    }

    /// Refuses a folder without migrations: it is probably the wrong one. `otherwise` says what to do where it is not.
    pub(super) fn must_have_migrations(
        &self,
        set: &MigrationSet,
        otherwise: &'static str,
    ) -> Result<(), Error> {
        match &self.migrations {
            FileSource::Folder(dir) if set.migrations().is_empty() => {
                Err(Error::EmptyFolder { dir: absolute(dir), above: folder_above(dir), otherwise })
            }
            _ => Ok(()),
        }
    }

    /// The history table of the seeds: it lies beside that of the migrations.
    pub fn seeds_table(&self) -> HistoryTable {
        self.table.sibling("schema_seeds").noting_filled_tables()
    }

    /// pmdb's own tables in a database, which are no part of its schema.
    pub(super) fn own_tables(&self) -> [HistoryTable; 3] {
        self.table.and_its_own()
    }

    /// The target with all that is done there done as the role that was asked for.
    pub(super) fn in_role(&self, target: Target) -> Target {
        match &self.role {
            Some(role) => target.with_role(role),
            None => target,
        }
    }

    /// A migrator for a command.
    pub(super) async fn migrator(
        &self,
        server: &ServerHandle,
        options: &MigratorOptions<'_>,
        reporter: &mut dyn Reporter,
    ) -> Result<Migrator, Error> {
        if let (FileSet::Seeds, FileSource::Folder(dir)) = (options.files, &self.seeds)
            && !dir.is_dir()
        {
            return Err(Error::NoSeeds(dir.clone()));
        }
        let migrator = self.open(server, options, reporter).await?;
        Ok(self.with_options(migrator, options))
    }

    /// A migrator for these files instead of those that are there.
    pub(super) async fn migrator_of(
        &self,
        files: MigrationSet,
        server: &ServerHandle,
        options: &MigratorOptions<'_>,
        reporter: &mut dyn Reporter,
    ) -> Result<Migrator, Error> {
        let retries = options.lock_retries().retries;
        let session = self.connect_with(&server.target, retries, reporter.listener()).await?;
        let migrator = Migrator::new(session, files).table(self.table_of(options.files));
        Ok(self.with_options(migrator, options))
    }

    fn with_options(&self, migrator: Migrator, options: &MigratorOptions<'_>) -> Migrator {
        let migrator = migrator.interrupt(self.interrupt.clone());
        match options.waiting {
            Some(waiting) => migrator
                .lock_wait(waiting.lock_wait)
                .lock_patience(options.lock_retries())
                .force(options.force),
            None => migrator,
        }
    }

    /// Where files of this kind come from.
    pub(super) fn source(&self, files: FileSet) -> &FileSource {
        match files {
            FileSet::Migrations => &self.migrations,
            FileSet::Seeds => &self.seeds,
        }
    }

    fn table_of(&self, files: FileSet) -> HistoryTable {
        match files {
            FileSet::Migrations => self.table.clone(),
            FileSet::Seeds => self.seeds_table(),
        }
    }

    /// Reads a set while the connection is made, and prefetches the history if it is known what is wanted of it: both
    /// take about as long. A mistake in the files is reported first, and without waiting for a server that does not
    /// answer.
    async fn open(
        &self,
        server: &ServerHandle,
        options: &MigratorOptions<'_>,
        reporter: &mut dyn Reporter,
    ) -> Result<Migrator, Error> {
        let (source, table) = (self.source(options.files).clone(), self.table_of(options.files));
        let reading = tokio::task::spawn_blocking(move || read(&source));
        let reading = async {
            reading.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
        };
        let (set, (session, prefetched)) = {
            let looking = self.prefetch(&server.target, &table, options, reporter.listener());
            let (mut reading, mut looking) = (pin!(reading), pin!(looking));
            tokio::select! {
                set = &mut reading => (set?, looking.await?),
                looked = &mut looking => (reading.await?, looked?),
            }
        };
        tell_warnings(&set, reporter);
        if let FileSet::Migrations = options.files {
            let notes = set.migrations().iter().flat_map(fill_notes_of_no_seed);
            notes.for_each(|note| reporter.note(&note.to_string()));
        }
        Ok(Migrator::new(session, set).table(table).prefetched(prefetched))
    }

    async fn prefetch(
        &self,
        target: &Target,
        table: &HistoryTable,
        options: &MigratorOptions<'_>,
        listener: &mut dyn Listener,
    ) -> Result<(Session, Option<PrefetchedHistory>), Error> {
        let retries = options.lock_retries();
        let session = self.connect_with(target, retries.retries, listener).await?;
        let prefetched = match options.history {
            Some(scope) => {
                let (interrupt, lock_timeout) = (&self.interrupt, retries.timeout);
                let access = HistoryAccess { session: &session, table, interrupt, lock_timeout };
                Some(PrefetchedHistory::take(&access, scope, listener).await)
            }
            None => None,
        };
        Ok((session, prefetched))
    }

    /// Reads the catalog of a session's database, without pmdb's own tables, unless interrupted first.
    pub(super) async fn catalog(&self, session: &Session) -> Result<Catalog, Error> {
        let own_tables = self.own_tables();
        tokio::select! {
            catalog = read_catalog(session, &own_tables) => Ok(catalog?),
            () = self.interrupt.requested() => Err(Error::Interrupted),
        }
    }

    /// Connects, unless interrupted first. A server that has no connection left is tried again.
    pub(super) async fn connect(
        &self,
        target: &Target,
        listener: &mut dyn Listener,
    ) -> Result<Session, Error> {
        self.connect_with(target, LockRetries::default().retries, listener).await
    }

    async fn connect_with(
        &self,
        target: &Target,
        retries: u32,
        listener: &mut dyn Listener,
    ) -> Result<Session, Error> {
        let session = tokio::select! {
            session = connect_patiently(target, retries, listener) => session?,
            () = self.interrupt.requested() => return Err(Error::Interrupted),
        };
        self.database.replace(Some(session.target().clone()));
        Ok(session)
    }

    /// An error of this command, with the database that it has to do with.
    pub(super) fn named(&self, error: Error) -> Error {
        match self.database.borrow().as_ref() {
            Some(target) => error.on(target),
            None => error,
        }
    }

    /// Creates the target's database.
    pub(super) async fn create_database(&self, target: &Target) -> Result<DatabaseChange, Error> {
        let session = self.maintenance_session(target).await?;
        let creating = databases::create(session.client(), target.database());
        let created = self.interrupt.cancels(&session, creating).await;
        created.map_err(|source| self.refused(target, "created", source))
    }

    /// A database cannot be created or dropped from inside: `postgres` is there for that, and `template1` where somebody
    /// has dropped it, or this role may not enter it.
    pub(super) async fn maintenance_session(&self, target: &Target) -> Result<Session, Error> {
        let other = if target.database() == "postgres" { "template1" } else { "postgres" };
        match self.connect_once(&target.with_database(other)).await {
            Err(Error::Connect(error)) if error.is_about_the_database() => {
                self.connect_once(&target.with_database("template1")).await
            }
            result => result,
        }
    }

    /// The error of a server that refuses something about a whole database.
    pub(super) fn refused(&self, target: &Target, doing: &str, source: SqlError) -> Error {
        if self.is_interruption(&source) {
            return Error::Interrupted;
        }
        let doing = format!("the database {} cannot be {doing}", target.database());
        Error::Sql { doing, source }.on(target)
    }

    /// Whether the server refused something since it was interrupted.
    pub(super) fn is_interruption(&self, source: &SqlError) -> bool {
        self.interrupt.is_requested() && source.is(&SqlState::QUERY_CANCELED)
    }

    /// Connects, or tells at once why that is not possible.
    pub(super) async fn connect_once(&self, target: &Target) -> Result<Session, Error> {
        self.connect_with(target, 0, &mut NoopListener).await
    }
}

impl<'a> MigratorOptions<'a> {
    /// Only to be asked how things stand.
    pub fn reading() -> MigratorOptions<'a> {
        let (files, history) = (FileSet::Migrations, Some(HistoryScope::Shown));
        MigratorOptions { files, history, waiting: None, force: Force::Obey }
    }

    /// To plan, and to run nothing. A protected database may be looked at.
    pub fn planning() -> MigratorOptions<'a> {
        MigratorOptions { history: None, ..MigratorOptions::reading() }
    }

    /// The same of the seeds.
    pub fn reading_seeds() -> MigratorOptions<'a> {
        MigratorOptions { files: FileSet::Seeds, ..MigratorOptions::reading() }
    }

    /// To apply migrations.
    pub fn up(waiting: &'a WaitingArgs) -> MigratorOptions<'a> {
        let (files, history) = (FileSet::Migrations, Some(HistoryScope::Plan));
        MigratorOptions { files, history, waiting: Some(waiting), force: Force::Obey }
    }

    /// To undo migrations.
    pub fn down(waiting: &'a WaitingArgs, force: Force) -> MigratorOptions<'a> {
        MigratorOptions { files: FileSet::Migrations, history: None, waiting: Some(waiting), force }
    }

    /// For seeds.
    pub fn seeds(waiting: &'a WaitingArgs, force: Force) -> MigratorOptions<'a> {
        MigratorOptions { files: FileSet::Seeds, history: None, waiting: Some(waiting), force }
    }

    /// Which files it is for.
    pub fn files(&self) -> FileSet {
        self.files
    }

    fn lock_retries(&self) -> LockRetries {
        match self.waiting {
            Some(waiting) => LockRetries { timeout: waiting.lock_timeout, retries: waiting.lock_retries },
            None => LockRetries::default(),
        }
    }
}

/// The history table where no option names one.
fn usual_table(environment: &Environment) -> Result<HistoryTable, Error> {
    let Some(name) = environment.get("PMDB_TABLE") else { return Ok(HistoryTable::migrations()) };
    parse_table(name).map_err(|reason| Error::Usage {
        message: format!("PMDB_TABLE is {name:?}: {reason}"),
        hint: Some("--table names another one for this run".to_owned()),
    })
}

impl FileSource {
    /// Where it is, for people.
    pub(super) fn shown(&self) -> String {
        match self {
            FileSource::Folder(dir) => absolute(dir).display().to_string(),
            FileSource::Bundled(_) => "the program".to_owned(),
        }
    }
}

/// Reads a set, and tells its warnings.
pub(super) fn load(source: &FileSource, reporter: &mut dyn Reporter) -> Result<MigrationSet, Error> {
    let set = read(source)?;
    tell_warnings(&set, reporter);
    Ok(set)
}

fn read(source: &FileSource) -> Result<MigrationSet, Error> {
    Ok(match source {
        FileSource::Folder(dir) => load_folder(dir)?,
        FileSource::Bundled(FileSet::Migrations) => {
            load_compiled(bundled::migrations(), Path::new("<bundled>/migrations"))?
        }
        FileSource::Bundled(FileSet::Seeds) => load_compiled(bundled::seeds(), Path::new("<bundled>/seeds"))?,
    })
}

fn tell_warnings(set: &MigrationSet, reporter: &mut dyn Reporter) {
    for warning in set.warnings() {
        reporter.note(warning);
    }
}
