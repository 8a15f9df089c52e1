//! Migrating from a program without an asynchronous runtime.
//!
//! ```no_run
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use pmdb::{Goal, HistoryTable, NoopListener, Target, blocking, load_folder};
//!
//! let target = Target::from_url("postgresql://app@localhost/app")?;
//! let set = load_folder("migrations".as_ref())?;
//! let options = |migrator: pmdb::Migrator| migrator.table(HistoryTable::migrations());
//! let outcome = blocking::migrate(&target, set, &Goal::newest(), options, &mut NoopListener)?;
//! println!("{} migrations applied", outcome.finished.len());
//! # Ok(())
//! # }
//! ```

use std::io;
use std::panic::resume_unwind;
use std::thread;

use thiserror::Error;
use tokio::runtime::Builder;

use crate::connect::{ConnectError, Session, Target};
use crate::migration::{Goal, MigrationSet};
use crate::postgres::{Listener, Migrator, MigratorError, Outcome};

/// Why a database could not be brought to a goal.
#[derive(Debug, Error)]
pub enum BlockingError {
    /// The system does not give what a runtime needs.
    #[error("cannot start a runtime: {0}")]
    Runtime(#[from] io::Error),
    /// There is no connection.
    #[error(transparent)]
    Connect(Box<ConnectError>),
    /// A migration failed, or something else went wrong.
    #[error(transparent)]
    Migrator(Box<MigratorError>),
}

impl From<ConnectError> for BlockingError {
    fn from(error: ConnectError) -> BlockingError {
        BlockingError::Connect(Box::new(error))
    }
}

impl From<MigratorError> for BlockingError {
    fn from(error: MigratorError) -> BlockingError {
        BlockingError::Migrator(Box::new(error))
    }
}

/// Connects, brings the database to a goal as [`Migrator::run`] does, and returns when that is done. `options` is given
/// the migrator, to set what it has options for.
///
/// All of it runs in a thread of its own, so that this may be called from anywhere, also from within another runtime.
///
/// # Errors
/// See [`BlockingError`].
pub fn migrate(
    target: &Target,
    set: MigrationSet,
    goal: &Goal,
    options: impl FnOnce(Migrator) -> Migrator + Send,
    listener: &mut dyn Listener,
) -> Result<Outcome, BlockingError> {
    let work = move || {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let session = Session::connect(target).await?;
            let mut migrator = options(Migrator::new(session, set));
            let outcome = migrator.run(goal, listener).await?;
            migrator.into_session().close().await;
            Ok(outcome)
        })
    };
    thread::scope(|scope| scope.spawn(work).join().unwrap_or_else(|panic| resume_unwind(panic)))
}
