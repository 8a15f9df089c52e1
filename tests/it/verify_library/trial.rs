//! Trying a form in a database of its own: up, down, and up again. Done with the migrator and the reader
//! of catalogs alone, so that it tells of them even where the command should be wrong.

use std::cell::OnceCell;

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
    /// What the second up made otherwise than the first, where the down half was exact.
    pub again: Vec<String>,
    /// What pg_dump says before the up half, and after the down half.
    pub dumps: Option<(String, String)>,
}

impl Trial {
    /// The trials of a case.
    pub fn all_of(case: &Case) -> Vec<Trial> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // All of them begin with the same schema.
        let dump = OnceCell::new();
        case.forms().map(|form| runtime.block_on(Trial::of(case, form, &dump))).collect()
    }

    async fn of(case: &Case, form: &Form, dump: &OnceCell<Option<String>>) -> Trial {
        let mut ground = Ground::new(case, form).await;
        if case.setup.is_some() {
            ground.up().await.unwrap_or_else(|error| panic!("{}/setup: {error}", case.name));
        }
        let before = ground.catalog().await;
        let dump = dump.get_or_init(|| witness::dump(&ground.database)).clone();
        ground.up().await.unwrap_or_else(|error| panic!("{}: {error}", form.name));
        let first = ground.catalog().await;
        let down = match form.migration(2).is_reversible() {
            true => ground.down().await.map_err(|error| ("down_fails", vec![error])),
            false => Err(("irreversible", Vec::new())),
        };
        let dumps = dump.zip(witness::dump(&ground.database));
        let expected = form.expected.clone();
        let trial = Trial { expected, verdict: "exact", lines: Vec::new(), again: Vec::new(), dumps };
        if let Err((verdict, lines)) = down {
            return Trial { verdict, lines, ..trial };
        }
        let difference = Difference::between(&before, &ground.catalog().await);
        if !difference.is_empty() {
            return Trial { verdict: verdict(&difference), lines: lines(&difference), ..trial };
        }
        match ground.up().await {
            Ok(()) => {
                let again = Difference::between(&first, &ground.catalog().await);
                Trial { again: lines(&again), ..trial }
            }
            Err(error) => Trial { verdict: "up_again_fails", lines: vec![error], ..trial },
        }
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

    async fn run(&mut self, goal: Goal) -> Result<(), String> {
        match self.migrator.run(&goal, &mut Silence).await {
            Ok(_) => Ok(()),
            Err(MigratorError::Run(failure)) => Err(failure.message()),
            Err(error) => panic!("{error}"),
        }
    }
}
