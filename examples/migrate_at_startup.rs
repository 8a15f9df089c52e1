//! An application that brings its database up to date when it starts, and then uses it.
//!
//! Its migrations are compiled into the program, so there is nothing to deploy beside it. Start as many copies as you
//! like at the same moment: one migrates, the others wait for it and find nothing left to do.
//!
//! ```text
//! cargo run --example migrate_at_startup                                      a server of its own, thrown away
//! DATABASE_URL=postgresql://me@host/app cargo run --example migrate_at_startup    yours
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is how an example shows itself")]

use std::env;
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use anyhow::Result;
use include_dir::{Dir, include_dir};
use pmdb::embedded::{Binaries, DownloadEvent, Durability, EmbeddedServer, Listen, ServerOptions};
use pmdb::{Event, Goal, Migrator, Session, Target, load_compiled};

static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/examples/migrate_at_startup/migrations");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    match env::var("DATABASE_URL") {
        Ok(url) => start(&Target::from_url(&url)?).await,
        Err(_) => {
            let server = private_server()?;
            let target = Target::for_socket(server.socket_dir(), server.port(), "postgres", "postgres");
            start(&target).await?;
            server.stop()?;
            Ok(())
        }
    }
}

/// The application.
async fn start(target: &Target) -> Result<()> {
    println!("starting on {target}");
    let session = migrate(Session::connect(target).await?).await?;
    for row in session.client().query("SELECT language, words FROM greetings ORDER BY language", &[]).await? {
        let (language, words): (&str, &str) = (row.get(0), row.get(1));
        println!("{language}: {words}");
    }
    Ok(())
}

/// Applies what is pending, and tells of it.
async fn migrate(session: Session) -> Result<Session> {
    let files = MIGRATIONS.files().map(|file| (file.path(), file.contents()));
    let migrations = load_compiled(files, Path::new("migrations"))?;
    let mut migrator = Migrator::new(session, migrations);
    let mut progress = |event: Event<'_>| match event {
        Event::WaitingForLock(holder) => println!("another copy is migrating ({holder})"),
        Event::Planned(plan) => println!("{} to apply", plan.steps.len()),
        Event::Finished(step) => println!("applied {} {}", step.version, step.name),
        _ => {}
    };
    let outcome = migrator.run(&Goal::newest(), &mut progress).await?;
    if outcome.finished.is_empty() {
        println!("nothing to apply");
    }
    Ok(migrator.into_session())
}

/// Where the machine has no PostgreSQL, it is fetched first.
fn tell(event: DownloadEvent) {
    if let DownloadEvent::Begins { version, url, .. } = event {
        println!("fetching PostgreSQL {version} from {url}");
    }
}

/// A PostgreSQL server for this run alone; it goes away with its data.
fn private_server() -> Result<EmbeddedServer> {
    let options = ServerOptions {
        home: new_folder(),
        durability: Durability::ThrowAway,
        listen: Listen::Socket,
        lock_wait: Duration::ZERO,
        program: None,
    };
    let binaries = Binaries::find_or_download(|name| env::var_os(name), tell)?;
    Ok(EmbeddedServer::start(&binaries, &options, |_| {})?)
}

fn new_folder() -> PathBuf {
    env::temp_dir().join(format!("migrate-at-startup-{}", process::id()))
}
