//! Judging migrations as `pmdb plan` does, on a scratch database and a target with rows.

use std::time::Duration;

use pmdb::catalog::Identity;
use pmdb::impact::{
    Case, Finding, OpenTransaction, Options, PlanRule, RowAnswer, TargetStats, dependents, judge,
    needed_rights, questions, questions_of_sequences, taken_away,
};
use pmdb::migration::{MigrationSet, Step, UpStep, load_compiled};
use pmdb::postgres::rebuild::{Rebuild, ServerEnvironment};
use pmdb::postgres::scratch::{ScratchServer, Shared};
use pmdb::postgres::trace::Trace;
use pmdb::postgres::{
    HistoryTable, Inquiry, Interrupt, Questioner, SizesOf, missing_rights, read_catalog, target_stats,
};
use pmdb::{Session, Target};

use crate::support::{Database, server};

/// Begins the line of an example that says which role the deploy has on the target.
const DEPLOYS_AS: &str = "-- by hand: SET ROLE ";

/// What the rules find in these migrations on a target that `given` has made. Every table counts as large, or none.
pub fn judged(
    given: &str,
    files: &[String],
    options: &Options,
    change: impl Fn(&mut TargetStats),
) -> Vec<Finding> {
    let database = Database::new();
    // What was made by hand, no migration knows.
    database.sql(&given.replace("-- by hand: ", ""));
    database.sql("ANALYZE");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let target = Session::connect(&Target::from_url(database.url()).unwrap()).await.unwrap();
        let roles: Vec<&str> = given.lines().filter_map(|line| line.strip_prefix(DEPLOYS_AS)).collect();
        for role in roles {
            target.client().batch_execute(&format!("SET ROLE {role}")).await.unwrap();
        }
        let admin = Target::from_url(&server().url("postgres")).unwrap();
        let scratch = ScratchServer::at(&admin, Shared::Allowed).await.unwrap();
        let environment = ServerEnvironment::read(&target).await.unwrap();
        let left_out = [HistoryTable::migrations(), HistoryTable::seeds()];
        let schema: Vec<&str> = given.lines().filter(|line| !line.starts_with("INSERT ")).collect();
        let applied = set(1, &[format!("-- migrate:up\n{}\nSELECT 1;", schema.join("\n"))]);
        let pending = set(2, files);
        let rebuild = Rebuild {
            scratch: &scratch,
            environment: &environment,
            history: &[],
            set: &applied,
            table: &HistoryTable::migrations(),
            left_out: &left_out,
            interrupt: &Interrupt::never(),
        };
        let step = |migration: &pmdb::migration::Migration| {
            Step::Up(UpStep { migration: migration.clone(), resume: None })
        };
        let steps: Vec<Step> = pending.migrations().iter().map(step).collect();
        let traced = Trace { rebuild: &rebuild, steps: &steps, pending_backfills: &[] }.run().await.unwrap();
        let inquiry = Inquiry::new(&target);
        let mut stats = target_stats(&inquiry, SizesOf::All).await.unwrap();
        change(&mut stats);
        let target_now = read_catalog(&target, &left_out).await.unwrap();
        let mut only_on_target = target_now.clone();
        only_on_target.objects.retain(|identity, _| !traced.catalogs[0].objects.contains_key(identity));
        let questioner = Questioner::new(&inquiry, Duration::from_secs(5));
        let (mut answers, mut by_hand) = (Vec::new(), Vec::new());
        for (place, questions) in questions(&traced.files).into_iter().enumerate() {
            let before = &traced.catalogs[place];
            let mut of_file = Vec::new();
            let of_sequences = questions_of_sequences(&traced.files[..=place]);
            for question in questions.into_iter().chain(of_sequences) {
                let outcome = questioner.ask(&question).await;
                of_file.push(RowAnswer { question, outcome });
            }
            answers.push(of_file);
            let things = taken_away(&traced.files[..=place]);
            let found = pmdb::postgres::dependents(&inquiry, &things).await.unwrap();
            let is_known = |object: &Identity| before.objects.contains_key(object);
            by_hand.push(dependents(&traced.files[..=place], &things, found, &only_on_target, is_known));
        }
        let mut missing = Vec::new();
        for place in 0..traced.files.len() {
            let needed = needed_rights(&traced.files[..=place]);
            let found = missing_rights(&inquiry, &needed.iter().collect::<Vec<_>>()).await.unwrap();
            missing.push(found.into_iter().map(|(_, missing)| missing).collect::<Vec<_>>());
        }
        let cases: Vec<Case> = (0..traced.files.len())
            .map(|place| Case {
                trace: &traced.files[place],
                before: &traced.catalogs[place],
                after: &traced.catalogs[place + 1],
                only_on_target: &only_on_target,
                target_now: &target_now,
                answers: &answers[place],
                changed_rows: &[],
                read_rows: &[],
                dependents: &by_hand[place],
                missing_rights: &missing[place],
            })
            .collect();
        let findings = judge(&cases, Some(&stats), options);
        scratch.close().await.unwrap();
        findings
    })
}

/// Migrations from texts, numbered from `first` on.
fn set(first: usize, texts: &[String]) -> MigrationSet {
    let files = texts
        .iter()
        .enumerate()
        .map(|(place, text)| (format!("{:04}_m.sql", place + first), text.as_bytes()));
    load_compiled(files.collect::<Vec<_>>(), "".as_ref()).unwrap_or_else(|error| panic!("{error}: {texts:?}"))
}

/// What the rules find in the example of a rule.
pub fn judged_example(rule: PlanRule, files: &[String]) -> Vec<Finding> {
    // Rules about rows are tried with their few rows, where no table is large enough for the others.
    let about_rows = [
        PlanRule::NullValues,
        PlanRule::DuplicateValues,
        PlanRule::OrphanedKeys,
        PlanRule::RowsBreakCheck,
        PlanRule::ConflictingRows,
        PlanRule::MisplacedRows,
        PlanRule::ValuesDoNotFit,
        PlanRule::LostValues,
        PlanRule::LockQueue,
        PlanRule::PendingTriggerEvents,
        PlanRule::SequenceStartsAnew,
        PlanRule::SequenceOutOfRange,
    ];
    let all_are_large = Options { small_bytes: 0, small_rows: 0, ..Options::default() };
    let options = if about_rows.contains(&rule) { Options::default() } else { all_are_large };
    judged(rule.about().given, files, &options, |stats| {
        if rule == PlanRule::LockQueue {
            stats.open_transactions.push(OpenTransaction {
                pid: 7,
                application: "report".to_owned(),
                age: Duration::from_secs(900),
                relations: vec![("public".to_owned(), "users".to_owned())],
                written: Vec::new(),
            });
        }
    })
}

/// The migration that breaks a rule.
pub fn breaking(rule: PlanRule) -> String {
    format!("-- migrate:up\n{}\n", rule.about().breaks)
}

/// The migrations of the safe twin.
pub fn safe(rule: PlanRule) -> Vec<String> {
    let parts = rule.about().safe.split("-- migrate:up").skip(1);
    parts.map(|part| format!("-- migrate:up{part}\n")).collect()
}
