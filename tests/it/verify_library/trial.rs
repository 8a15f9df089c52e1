//! Trying a form in a database of its own: up, down, up again, and all of it down. Done with the migrator and the reader
//! of catalogs alone, so that it tells of them even where the command should be wrong.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pmdb::catalog::{Catalog, Class, Difference, Item};
use pmdb::migration::{DownTarget, LateFiles, MissingFiles, UpTarget};
use pmdb::postgres::{HistoryTable, Session, Target, read_catalog};
use pmdb::{Goal, MigrationSet, Migrator, MigratorError, Silence};

use super::case::{Case, Expectation, Form};
use super::witness;
use crate::support::Database;

/// What came of it.
pub struct Trial {
    pub expected: Expectation,
    pub verdict: &'static str,
    /// What the down half left otherwise, or why a half failed.
    pub lines: Vec<String>,
    /// What the second up made otherwise than the first.
    pub again: Vec<String>,
    /// What is left when everything is undone.
    pub all_down: Vec<String>,
    /// What pg_dump says before the up half, and after the down half.
    pub dumps: Option<(String, String)>,
}

/// Does something with each case, a few at a time: most of it is waiting for the server.
pub fn side_by_side<'a, T: Send>(cases: &'a [Case], work: impl Fn(&'a Case) -> T + Sync) -> Vec<T> {
    const THREADS: usize = 4;
    let next = AtomicUsize::new(0);
    let work_on_some = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(number) else { return done };
            done.push((number, work(case)));
        }
    };
    let mut done: Vec<(usize, T)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work_on_some)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

impl Trial {
    /// The trials of a case.
    pub fn all_of(case: &Case) -> Vec<Trial> {
        case.forms().map(|form| Trial::of(case, form)).collect()
    }

    fn of(case: &Case, form: &Form) -> Trial {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut ground = Ground::new(case, form).await;
            let empty = ground.catalog().await;
            if case.setup.is_some() {
                ground.up().await.unwrap_or_else(|error| panic!("{}/setup: {error}", case.name));
            }
            let before = ground.catalog().await;
            let dump = witness::dump(ground.database.url());
            ground.up().await.unwrap_or_else(|error| panic!("{}: {error}", form.name));
            let first = ground.catalog().await;
            let down = match form.migration(2).is_reversible() {
                true => ground.down().await.map_err(|error| ("down_fails", vec![error])),
                false => Err(("irreversible", Vec::new())),
            };
            let dumps = dump.zip(witness::dump(ground.database.url()));
            let mut trial = Trial {
                expected: form.expected.clone(),
                verdict: "exact",
                lines: Vec::new(),
                again: Vec::new(),
                all_down: Vec::new(),
                dumps,
            };
            if let Err((verdict, lines)) = down {
                return Trial { verdict, lines, ..trial };
            }
            let difference = Difference::between(&before, &ground.catalog().await);
            (trial.verdict, trial.lines) = (verdict(&difference), lines(&difference));
            match ground.up().await {
                Err(error) if trial.verdict == "exact" => {
                    return Trial { verdict: "up_again_fails", lines: vec![error], ..trial };
                }
                Err(_) => return trial,
                Ok(()) => trial.again = lines(&Difference::between(&first, &ground.catalog().await)),
            }
            if trial.verdict == "exact" {
                ground.all_down().await.unwrap_or_else(|error| panic!("{}: {error}", form.name));
                trial.all_down = lines(&Difference::between(&empty, &ground.catalog().await));
            }
            trial
        })
    }
}

fn verdict(difference: &Difference) -> &'static str {
    match difference.class() {
        None => "exact",
        Some(Class::ColumnOrder) => "column_order",
        Some(Class::Layout) => "layout",
        Some(Class::Real) => "not_reversed",
    }
}

fn lines(difference: &Difference) -> Vec<String> {
    difference.items.iter().flat_map(Item::lines).collect()
}

/// A database with a migrator on it.
struct Ground {
    database: Database,
    migrator: Migrator,
    reader: Session,
}

impl Ground {
    async fn new(case: &Case, form: &Form) -> Ground {
        let database = Database::new();
        let target = Target::from_url(database.url()).unwrap();
        let setup = case.setup.iter().map(|setup| setup.migration(1));
        let set = MigrationSet::new(setup.chain([form.migration(2)]).collect()).unwrap();
        let migrator = Migrator::new(Session::connect(&target).await.unwrap(), set);
        Ground { database, migrator, reader: Session::connect(&target).await.unwrap() }
    }

    async fn catalog(&self) -> Catalog {
        let left_out = [HistoryTable::migrations()];
        read_catalog(&self.reader, &left_out).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Applies one migration.
    async fn up(&mut self) -> Result<(), String> {
        let target = UpTarget::Steps(1);
        self.run(Goal::Up { target, late: LateFiles::Refuse, missing: MissingFiles::Note }).await
    }

    /// Undoes one migration.
    async fn down(&mut self) -> Result<(), String> {
        self.run(Goal::Down(DownTarget::Steps(1))).await
    }

    async fn all_down(&mut self) -> Result<(), String> {
        self.run(Goal::Down(DownTarget::All)).await
    }

    async fn run(&mut self, goal: Goal) -> Result<(), String> {
        match self.migrator.run(&goal, &mut Silence).await {
            Ok(_) => Ok(()),
            Err(MigratorError::Run(failure)) => Err(failure.message()),
            Err(error) => panic!("{error}"),
        }
    }
}
