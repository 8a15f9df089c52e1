//! What is asked of the target's rows before a file runs. Each answer is held against what the file then does.

mod ahead;
mod cases;
mod in_the_way;
mod locked_catalog;
mod strangers;

use std::sync::Arc;
use std::time::Duration;

use pmdb::catalog::{Catalog, Difference, Lineage};
use pmdb::impact::{FileTrace, HalfStage, Question, RowAnswer, StatementTrace, questions};
use pmdb::migration::{Direction, Location, Objects, TransactionMode};
use pmdb::postgres::{CatalogReader, Inquiry, Questioner, read_catalog};
use pmdb::{Session, Target};

use crate::support::Database;

/// What is asked, where `schema` is there and `change` runs.
fn asked(schema: &str, change: &[&str]) -> Vec<Question> {
    let scratch = Database::new();
    scratch.sql(schema);
    let runtime = runtime();
    let connect = async { Session::connect(&Target::from_url(scratch.url()).unwrap()).await.unwrap() };
    let mut reader = CatalogReader::new(runtime.block_on(connect), &[]);
    let mut read = || {
        let (catalog, numbers) = runtime.block_on(reader.read_with_numbers(Objects::Any)).unwrap();
        (Arc::new(catalog), numbers)
    };
    let mut before = read();
    let mut stages = Vec::new();
    for (place, statement) in change.iter().enumerate() {
        scratch.sql(statement);
        let after = read();
        stages.push(HalfStage {
            statements: place..place + 1,
            before: Arc::clone(&before.0),
            after: Arc::clone(&after.0),
            lineage: before.1.lineage(&after.1),
        });
        before = after;
    }
    let half = FileTrace { stages, ..half("0002", change) };
    questions(&[half]).remove(0)
}

/// What the target answers.
fn answers(url: &str, questions: &[Question], limit: Duration) -> Vec<RowAnswer> {
    run(async {
        let session = Session::connect(&Target::from_url(url).unwrap()).await.unwrap();
        let inquiry = Inquiry::new(&session);
        let questioner = Questioner::new(&inquiry, limit);
        let mut answers = Vec::new();
        for question in questions {
            let outcome = questioner.ask(question).await;
            answers.push(RowAnswer { question: question.clone(), outcome });
        }
        answers
    })
}

fn catalog(database: &Database) -> Catalog {
    run(async {
        let session = Session::connect(&Target::from_url(database.url()).unwrap()).await.unwrap();
        read_catalog(&session, &[]).await.unwrap_or_else(|error| panic!("{error}"))
    })
}

fn half(version: &str, statements: &[&str]) -> FileTrace {
    let statements = statements.iter().zip(3..).map(|(text, line)| StatementTrace {
        location: Location { line, column: 1 },
        text: (*text).to_owned(),
        transaction: 0,
        locks: Vec::new(),
        work: Vec::new(),
        emptied: Vec::new(),
        took: Duration::ZERO,
    });
    FileTrace {
        version: version.parse().unwrap(),
        path: format!("{version}_a.sql").into(),
        direction: Direction::Up,
        mode: TransactionMode::Transactional,
        statements: statements.collect(),
        difference: Difference::default(),
        lineage: Lineage::default(),
        stages: Vec::new(),
        failure: None,
        needed_by: None,
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    runtime().block_on(future)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
