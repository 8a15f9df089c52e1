//! Migrating without an asynchronous runtime, and from within one.

use pmdb::blocking::{self, BlockingError};
use pmdb::{Goal, HistoryTable, Migrator, NoopListener, Target, load_folder};

use crate::support::{Database, Project};

fn migrate(project: &Project, database: &Database) -> Result<usize, BlockingError> {
    let target = Target::from_url(database.url()).unwrap();
    let set = load_folder(&project.path().join("migrations")).unwrap();
    let options = |migrator: Migrator| migrator.table(HistoryTable::new("public", "applied"));
    let outcome = blocking::migrate(&target, set, &Goal::newest(), options, &mut NoopListener)?;
    Ok(outcome.finished.len())
}

#[test]
fn a_program_without_a_runtime_migrates_and_gets_the_errors_as_types() {
    let (project, database) = (Project::new(), Database::new());
    project.migration("0001_t.sql", "-- migrate:up\nCREATE TABLE t (a int);\n");
    assert_eq!(migrate(&project, &database).unwrap(), 1);
    assert_eq!(database.value("SELECT version FROM applied"), "0001");
    project.migration("0002_t.sql", "-- migrate:up\nCREATE TABLE t (a int);\n");
    let error = migrate(&project, &database).unwrap_err();
    assert!(matches!(error, BlockingError::Migrator(_)), "{error}");
    assert!(error.to_string().contains("\"t\" already exists"), "{error}");
}

#[tokio::test]
async fn it_may_be_called_from_within_a_runtime() {
    let (project, database) = (Project::new(), Database::new());
    project.migration("0001_t.sql", "-- migrate:up\nCREATE TABLE t (a int);\n");
    assert_eq!(migrate(&project, &database).unwrap(), 1);
}
