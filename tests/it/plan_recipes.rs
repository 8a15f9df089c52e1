//! The rules of `pmdb plan`: their examples are found, their safe twins are not, and their recipes do what they say.

mod documentation;
mod judged;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use pmdb::catalog::{Difference, Strictness};
use pmdb::connect::{Session, Target};
use pmdb::impact::{Finding, PlanRule, Recipe};
use pmdb::postgres::{HistoryTable, read_catalog};

use crate::support::{Database, Project};
use judged::{breaking, judged_example, safe};

/// What else the example of a rule has to break.
const ALSO: &[(PlanRule, PlanRule)] = &[
    (PlanRule::LostValues, PlanRule::DroppedColumn),
    (PlanRule::UnknownDependents, PlanRule::DroppedColumn),
    (PlanRule::DroppedByCascade, PlanRule::DroppedColumn),
    (PlanRule::ValuesDoNotFit, PlanRule::NarrowerType),
    (PlanRule::NarrowerType, PlanRule::TypeChangeRewrites),
    (PlanRule::SequenceStaysNarrow, PlanRule::TypeChangeRewrites),
    (PlanRule::DetachedPartition, PlanRule::DetachNotConcurrently),
    (PlanRule::RowsTakenAlong, PlanRule::RowsChangedAtOnce),
    (PlanRule::NoReplicaIdentity, PlanRule::RowsChangedAtOnce),
    (PlanRule::ReplicaIdentityLost, PlanRule::DroppedUniqueKey),
];

/// What is found in the example of a rule, for all tests.
fn found_in_example(rule: PlanRule) -> &'static [Finding] {
    static FOUND: OnceLock<Vec<(PlanRule, Vec<Finding>)>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        PlanRule::ALL.iter().map(|rule| (*rule, judged_example(*rule, &[breaking(*rule)]))).collect()
    });
    found.iter().find(|(one, _)| *one == rule).map(|(_, findings)| findings.as_slice()).unwrap()
}

#[test]
fn the_example_of_each_rule_has_one_finding_of_it() {
    let mut wrong = Vec::new();
    for rule in PlanRule::ALL.iter().copied() {
        let findings = found_in_example(rule);
        let (own, others): (Vec<_>, Vec<_>) = findings.iter().partition(|finding| finding.rule == rule);
        let is_also = |finding: &&&Finding| !ALSO.contains(&(rule, finding.rule));
        if own.len() != 1 || others.iter().filter(is_also).count() > 0 {
            let found: Vec<String> =
                findings.iter().map(|one| format!("{} {}: {}", one.rule, one.object, one.what)).collect();
            wrong.push(format!("{rule}: {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_safe_twin_of_each_rule_has_no_finding() {
    let mut wrong = Vec::new();
    for rule in PlanRule::ALL.iter().copied().filter(|rule| !rule.about().safe.is_empty()) {
        let findings = judged_example(rule, &safe(rule));
        if !findings.is_empty() {
            let found: Vec<String> =
                findings.iter().map(|one| format!("{} {}: {}", one.rule, one.object, one.what)).collect();
            wrong.push(format!("{rule}: {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Rows for an example, and the table that a witness reads and writes. Where the server lets nobody do without a lock, there is
/// none.
fn rows_of(rule: PlanRule) -> (&'static str, Option<&'static str>) {
    match rule {
        PlanRule::IndexNotConcurrently | PlanRule::ReindexNotConcurrently => {
            ("INSERT INTO orders SELECT n, n FROM generate_series(1, 200000) n", Some("orders"))
        }
        PlanRule::IndexOnPartitionedTable => (
            "INSERT INTO events SELECT '2025-01-01'::date + n % 700, n FROM generate_series(1, 200000) n",
            Some("events"),
        ),
        PlanRule::KeyBuildsIndex => {
            ("INSERT INTO users SELECT n, n::text FROM generate_series(1, 200000) n", Some("users"))
        }
        PlanRule::NotNullCheckedAtOnce => {
            ("INSERT INTO users SELECT n, n::text FROM generate_series(1, 200000) n", Some("users"))
        }
        PlanRule::RenamedColumn | PlanRule::DroppedColumn | PlanRule::RowsChangedAtOnce => {
            ("INSERT INTO users SELECT n, n::text FROM generate_series(1, 100000) n", Some("users"))
        }
        PlanRule::ForeignKeyCheckedAtOnce => (
            "INSERT INTO users SELECT generate_series(1, 1000);
             INSERT INTO orders SELECT n, n % 1000 + 1 FROM generate_series(1, 200000) n",
            Some("orders"),
        ),
        PlanRule::CheckCheckedAtOnce => {
            ("INSERT INTO products SELECT n, n FROM generate_series(1, 200000) n", Some("products"))
        }
        PlanRule::TypeChangeRewrites => {
            ("INSERT INTO payments SELECT n, n FROM generate_series(1, 200000) n", Some("payments"))
        }
        PlanRule::VolatileDefault => ("INSERT INTO users SELECT generate_series(1, 100000)", Some("users")),
        PlanRule::AttachScans => (
            "INSERT INTO events_2026 SELECT '2026-01-01'::date + n % 360 FROM generate_series(1, 200000) n",
            Some("events_2026"),
        ),
        PlanRule::LockHeldDuringWork => {
            ("INSERT INTO posts SELECT n, n FROM generate_series(1, 200000) n", Some("users"))
        }
        PlanRule::DetachNotConcurrently => (
            "INSERT INTO events SELECT '2025-01-01'::date + n % 360 FROM generate_series(1, 100000) n",
            Some("events"),
        ),
        _ => ("", None),
    }
}

#[test]
fn each_recipe_ends_where_the_dangerous_way_ends_and_lets_others_read_and_write_meanwhile() {
    let mut wrong = Vec::new();
    for rule in PlanRule::ALL.iter().copied() {
        let findings = judged_example(rule, &[breaking(rule)]);
        let recipe = findings
            .into_iter()
            .find(|finding| finding.rule == rule)
            .and_then(|finding| finding.recipe.clone());
        if let Some(recipe) = recipe.filter(|recipe| !recipe.files.is_empty()) {
            wrong
                .extend(tried(rule, &recipe).err().map(|error| format!("{rule}: {error}\n{}", recipe.sql())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs the recipe beside a witness, and compares.
fn tried(rule: PlanRule, recipe: &Recipe) -> Result<(), String> {
    let (rows, witnessed) = rows_of(rule);
    let dangerous = given(rule, rows);
    run(&dangerous, &[breaking(rule)])?;
    let careful = given(rule, rows);
    let option = |transaction: bool| if transaction { "" } else { " transaction:false" };
    let files: Vec<String> = recipe
        .files
        .iter()
        .map(|file| format!("-- migrate:up{}\n{}\n", option(file.transaction), file.sql))
        .collect();
    let done = AtomicBool::new(false);
    let blocked = std::thread::scope(|scope| {
        let witness = witnessed.map(|table| scope.spawn(|| witness(&careful, table, &done)));
        let ran = run(&careful, &files);
        done.store(true, Ordering::Relaxed);
        let blocked = witness.map_or(Ok(()), |witness| witness.join().unwrap());
        ran.and(blocked)
    });
    blocked?;
    let difference = Difference::between(&catalog(&dangerous), &catalog(&careful));
    if difference.counts(Strictness::Default) {
        let lines: Vec<String> = difference.items.iter().flat_map(|item| item.lines()).collect();
        return Err(format!("the recipe makes something else: {lines:#?}"));
    }
    Ok(())
}

/// A database as the example has it, with rows.
fn given(rule: PlanRule, rows: &str) -> Database {
    let database = Database::new();
    database.sql(rule.about().given);
    database.sql(rows);
    database
}

/// Runs migrations with pmdb.
fn run(database: &Database, files: &[String]) -> Result<(), String> {
    let project = Project::new();
    for (place, file) in files.iter().enumerate() {
        project.migration(&format!("{:04}_m.sql", place + 1), file);
    }
    let outcome = project.pmdb(&["up"]).database(database).run();
    if outcome.code == Some(0) { Ok(()) } else { Err(outcome.stderr) }
}

/// Reads and writes until it is done, and never waits long.
fn witness(database: &Database, table: &str, done: &AtomicBool) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = database.client().await;
        client.batch_execute("SET lock_timeout = '50ms'").await.unwrap();
        while !done.load(Ordering::Relaxed) {
            for sql in [format!("SELECT FROM {table} LIMIT 1"), format!("DELETE FROM {table} WHERE false")] {
                if let Err(error) = client.batch_execute(&sql).await {
                    return Err(format!("the witness was blocked: {sql}: {error:?}"));
                }
            }
        }
        Ok(())
    })
}

/// The schema of a database.
pub fn catalog(database: &Database) -> pmdb::catalog::Catalog {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let session = Session::connect(&Target::from_url(database.url()).unwrap()).await.unwrap();
        let left_out = [HistoryTable::migrations(), HistoryTable::seeds()];
        read_catalog(&session, &left_out).await.unwrap_or_else(|error| panic!("{error}"))
    })
}
