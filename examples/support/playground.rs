//! A database of its own for each example.

use std::env;
use std::path::Path;
use std::process;
use std::time::Duration;

use anyhow::Result;
use pmdb::connect::Environment;
use pmdb::embedded::{Binaries, DownloadEvent, Durability, EmbeddedServer, Listen, ServerOptions};
use pmdb::postgres::HistoryTable;
use pmdb::{Goal, MigrationSet, Migrator, NoopListener, Session, Target, bundled, load_compiled};
use tokio_postgres::Client;

/// A new database with a name that nobody else has, on the server of `DATABASE_URL`, else on a private one.
pub struct Playground {
    /// The new database.
    target: Target,
    /// Where it was made, and where it will be dropped.
    beside: Target,
    /// Runs as long as it is held here.
    private_server: Option<EmbeddedServer>,
}

impl Playground {
    /// Finds a server and makes an empty database on it.
    pub(super) async fn new() -> Result<Playground> {
        let environment = Environment::from_process(Some(Path::new(".env")))?;
        let (beside, private_server) = match environment.get("DATABASE_URL") {
            Some(_) => (Target::resolve(None, &environment)?, None),
            None => {
                let server = start_private_server()?;
                let target = Target::for_socket(server.socket_dir(), server.port(), "postgres", "postgres");
                (target, Some(server))
            }
        };
        let session = Session::connect(&beside).await?;
        // Of several servers, the one that answered.
        let beside = session.target().clone();
        let target = beside.with_database(&create_database(&session.into_client()).await?);
        Ok(Playground { target, beside, private_server })
    }

    /// Another connection to the database.
    pub async fn connect(&self) -> Result<Client> {
        Ok(Session::connect(&self.target).await?.into_client())
    }

    /// The database, for code that connects in another way.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Applies the schema of the chapter as the role of this target.
    pub async fn migrate_on(&self, target: &Target) -> Result<()> {
        let schema = load_compiled(bundled::migrations(), Path::new("migrations"))?;
        self.apply_on(target, schema, HistoryTable::migrations()).await
    }

    /// Loads the sample data: 12 users, 5 projects, 60 tasks.
    pub async fn seed_on(&self, target: &Target) -> Result<()> {
        let seeds = load_compiled(bundled::seeds(), Path::new("seeds"))?;
        self.apply_on(target, seeds, HistoryTable::seeds()).await
    }

    /// Applies other migrations, with a history table of their own.
    pub async fn apply(&self, migrations: MigrationSet, history: HistoryTable) -> Result<()> {
        self.apply_on(&self.target, migrations, history).await
    }

    /// The same as the role of this target.
    pub async fn apply_on(
        &self,
        target: &Target,
        migrations: MigrationSet,
        history: HistoryTable,
    ) -> Result<()> {
        let session = Session::connect(target).await?;
        let mut migrator = Migrator::new(session, migrations).table(history);
        migrator.run(&Goal::newest(), &mut NoopListener).await?;
        Ok(())
    }

    /// Drops the database and the roles that bear its name, also while connections to it are open, and stops the private server.
    pub(super) async fn remove(self) -> Result<()> {
        let client = Session::connect(&self.beside).await?.into_client();
        let database = self.target.database();
        client.batch_execute(&format!("DROP DATABASE {database} WITH (FORCE)")).await?;
        for role in client.query(ROLES, &[&format!("{database}_")]).await? {
            client.batch_execute(&format!("DROP ROLE {}", role.try_get::<_, &str>(0)?)).await?;
        }
        match self.private_server {
            Some(server) => {
                server.stop()?;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// The roles whose names begin so.
const ROLES: &str = "SELECT rolname::text FROM pg_roles WHERE starts_with(rolname::text, $1)";

/// Returns the name of the new database. Nothing in it needs quotes.
async fn create_database(client: &Client) -> Result<String> {
    let random_name = "SELECT 'pmdb_example_' || replace(gen_random_uuid()::text, '-', '')";
    let name: String = client.query_one(random_name, &[]).await?.get(0);
    client.batch_execute(&format!("CREATE DATABASE {name}")).await?;
    Ok(name)
}

/// Where the machine has no PostgreSQL, it is fetched first.
fn tell(event: DownloadEvent) {
    if let DownloadEvent::Begins { version, url, .. } = event {
        eprintln!("fetching PostgreSQL {version} from {url} (PMDB_DOWNLOAD=never forbids it)");
    }
}

/// A PostgreSQL server for this run alone. Its folder goes away with it.
fn start_private_server() -> Result<EmbeddedServer> {
    let options = ServerOptions {
        home: env::temp_dir().join(format!("pmdb-example-{}", process::id())),
        durability: Durability::ThrowAway,
        listen: Listen::Socket,
        lock_wait: Duration::ZERO,
        program: None,
    };
    let binaries = Binaries::find_or_download(|name| env::var_os(name), tell)?;
    Ok(EmbeddedServer::start(&binaries, &options, |_| {})?)
}
