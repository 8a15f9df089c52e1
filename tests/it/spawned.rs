//! An application may migrate wherever it likes: every future of the library can be spawned.

use pmdb::migration::Version;
use pmdb::postgres::advise::advise;
use pmdb::postgres::scratch::{ScratchServer, Shared};
use pmdb::postgres::verify::{Jobs, Scope, Subject, verify};
use pmdb::postgres::{Interrupt, Resolution, connect_patiently, read_catalog};
use pmdb::{Event, Goal, HistoryTable, MigrationSet, Migrator, NoopListener, Session, Target, load_folder};

use crate::support::{Database, Project};

/// A task of its own, on a runtime with several threads.
async fn spawned<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    tokio::spawn(work).await.unwrap()
}

struct Application {
    target: Target,
    set: MigrationSet,
    _project: Project,
    database: Database,
}

impl Application {
    fn new() -> Application {
        let (project, database) = (Project::new(), Database::new());
        let table = "-- migrate:up\nCREATE TABLE t ();\n-- migrate:down\nDROP TABLE t;\n";
        let index = "-- migrate:up transaction:false\nALTER TABLE t ADD a int;\nCREATE INDEX CONCURRENTLY i ON t (a);\n\
            -- migrate:down transaction:false\nDROP INDEX CONCURRENTLY i;\nALTER TABLE t DROP a;\n";
        project.migration("0001_t.sql", table);
        project.migration("0002_i.sql", index);
        let set = load_folder(&project.path().join("migrations")).unwrap();
        let target = Target::from_url(database.url()).unwrap();
        Application { target, set, _project: project, database }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_migrates_in_spawned_tasks() {
    let application = Application::new();
    let (target, set) = (application.target.clone(), application.set.clone());
    let migrator = |session| Migrator::new(session, set.clone());
    let connected = {
        let target = target.clone();
        spawned(async move { Session::connect(&target).await }).await.unwrap()
    };
    let mut up = migrator(connected);
    let (up, told) = spawned(async move {
        let mut told = 0;
        up.run(&Goal::newest(), &mut |event: Event<'_>| {
            told += usize::from(matches!(event, Event::Finished(_)))
        })
        .await
        .unwrap();
        (up, told)
    })
    .await;
    assert_eq!(told, 2);
    let version = || "0002".parse::<Version>().unwrap();
    let migrator = spawned(async move {
        up.plan(&Goal::newest()).await.unwrap();
        let history = up.history().await.unwrap();
        assert_eq!(history.rows.len(), 2);
        let migration = up.set().get(&version()).unwrap().clone();
        up.accept(&version(), &migration, &mut NoopListener).await.unwrap();
        assert!(up.resolve(&version(), Resolution::Done, &mut NoopListener).await.unwrap().is_none());
        assert!(up.plan_renumbering(&version(), &version()).await.is_err());
        assert!(up.renumber(&version(), &version(), &mut NoopListener).await.is_err());
        up
    })
    .await;
    spawned(async move { migrator.into_session().close().await }).await;
    assert_eq!(application.database.value("SELECT count(*) FROM schema_migrations"), "2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_looks_at_a_database_can_be_spawned() {
    let application = Application::new();
    let (target, set) = (application.target.clone(), application.set.clone());
    spawned(async move {
        let session = connect_patiently(&target, 1, &mut NoopListener).await.unwrap();
        read_catalog(&session, &[HistoryTable::migrations()]).await.unwrap();
        advise(session.client(), &[HistoryTable::migrations()]).await.unwrap();
        session.close().await;
        let scratch = ScratchServer::at(&target, Shared::Untouched).await.unwrap();
        let (table, seeds_table) = (HistoryTable::migrations(), HistoryTable::seeds());
        let interrupt = Interrupt::never();
        let subject = Subject {
            scratch: &scratch,
            set: &set,
            seeds: None,
            table: &table,
            seeds_table: &seeds_table,
            scope: Scope::All,
            jobs: Jobs::Exactly(2),
            interrupt: &interrupt,
        };
        let verified = verify(&subject, &mut NoopListener).await.unwrap();
        assert_eq!(verified.findings.len(), 2);
        scratch.close().await.unwrap();
    })
    .await;
}
