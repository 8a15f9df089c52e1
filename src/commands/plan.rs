//! `pmdb plan`: what will a deploy do to this database?

mod accepted;
mod asking;
mod backfills;
mod drifted;
mod not_tried;
mod sizes;
mod trial;

use std::collections::BTreeSet;
use std::iter;
use std::time::Duration;

use accepted::KnownFindings;
pub use asking::AskedOfTarget;

use drifted::Drift;
use not_tried::not_tried;
use trial::TrialRun;

use super::context::{ALLOW_EMPTY, Context, DEFAULT_WAIT, MigratorOptions};
use super::report::{FileImpact, ImpactReport, Nothing, Report};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use super::sizes::{read_sizes, write_sizes};
use crate::cli::{Check, PlanArgs, Questions};
use crate::commands::error::Error;
use crate::impact::{self, Case, Finding, TargetStats, judge};
use crate::migration::{Plan, Step};
use crate::postgres::trace::Traced;
use crate::postgres::{Force, Inquiry, NoAnswer};

/// How long the target may take to tell its history, or its schema.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) async fn run(
    context: &Context,
    args: &PlanArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    if let Some(rule) = args.explain {
        return Ok(Report::ImpactRule(rule));
    }
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        look_ahead(context, args, server, reporter).await
    };
    context.with_server(DEFAULT_WAIT, reporter, work).await
}

async fn look_ahead(
    context: &Context,
    args: &PlanArgs,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let migrator = context.migrator(server, &MigratorOptions::planning(), reporter).await?;
    let migrator = migrator.force(Force::Override);
    if !args.allow_empty {
        context.must_have_migrations(migrator.set(), ALLOW_EMPTY)?;
    }
    let inquiry = Inquiry::new(migrator.session());
    let goal = args.goal();
    let planning = migrator.plan_and_tell(&goal, reporter.listener());
    let plan = inquiry.within(PATIENCE, planning).await.map_err(no_history)??;
    let Plan { steps, nothing, deferred, held, .. } = &plan;
    let mut report = ImpactReport {
        database: migrator.session().target().name(),
        direction: args.direction(),
        applied: 0,
        checks: args.check() == Check::Yes,
        complete: true,
        findings: Vec::new(),
        ignored: 0,
        allowed: 0,
        files: Vec::new(),
        gaps: Vec::new(),
        nothing: nothing.clone().map(|why| Nothing { why, folder: context.migrations.shown() }),
        backfills: Vec::new(),
        deferred: deferred.clone(),
        held: held.clone(),
    };
    let known = KnownFindings::read(args, steps)?;
    let sizes_of_file = args.sizes.as_deref().map(read_sizes).transpose()?;
    if steps.is_empty() && report.deferred.is_empty() && args.save_sizes.is_none() {
        return Ok(Report::Impact(report));
    }
    let tried = match steps.as_slice() {
        [] => None,
        _ => Some(trial::run(context, args, &migrator, &inquiry, &plan, reporter).await?),
    };
    let files = tried.as_ref().map_or(&[][..], |tried| &tried.traced.files);
    let worked_on = sizes::names(files, &plan, migrator.set());
    let stats = match sizes_of_file {
        Some(stats) => Ok(stats),
        None => sizes::of_target(context, args, &inquiry, &worked_on).await?,
    };
    if let Some(file) = &args.save_sizes {
        let stats = stats.as_ref().map_err(|why| no_answer("the sizes of the tables", why.clone()))?;
        write_sizes(file, stats)?;
    }
    match &stats {
        Ok(stats) => {
            report.backfills = backfills::estimates(migrator.set(), &plan, stats);
            report.gaps.extend(stats.gaps.iter().map(ToString::to_string));
        }
        Err(why) => report.gaps.push(format!("how large the tables are is not known: {why}")),
    }
    let stats = stats.ok();
    let Some(TrialRun { mut traced, on, environment, applied }) = tried else {
        return Ok(Report::Impact(report));
    };
    report.applied = applied;
    report.gaps.extend(on.differs.clone());
    let not_tried = not_tried(&mut traced, &on, &environment);
    report.complete = not_tried.is_none();
    report.gaps.extend(not_tried);
    let stuck = inquiry.within(PATIENCE, migrator.stuck_backfills(&plan)).await.unwrap_or_default();
    report.complete &= stuck.is_empty();
    report.gaps.extend(stuck.iter().map(|(step, error)| {
        format!("{} {} stops on the target before its first batch: {error}", step.version(), step.name())
    }));
    let drift = drift(context, &inquiry, &traced, &worked_on, steps, &mut report).await;
    let by_hand = notes_of_files(&traced, stats.as_ref(), &drift, &mut report);
    let of_run = (&traced, steps.as_slice(), migrator.history_table());
    let asked = match args.questions() {
        Questions::Within(limit) => {
            tokio::select! {
                asked = asking::ask(&inquiry, of_run, stats.as_ref(), &drift, limit) => asked,
                () = context.interrupt.requested() => return Err(Error::Interrupted),
            }
        }
        Questions::None => Vec::new(),
    };
    let is_silent = inquiry.is_silent();
    if !is_silent {
        migrator.into_session().close().await;
    }
    // Many files may have the same.
    let gaps: BTreeSet<&String> = asked.iter().flat_map(|one| &one.gaps).collect();
    report.gaps.extend(gaps.into_iter().cloned());
    let answered = traced.files.iter().zip(&asked);
    report.gaps.extend(answered.flat_map(|(file, asked)| impact::uncertain(file, &asked.answers)));
    let asked = asked.into_iter().chain(iter::repeat_with(AskedOfTarget::default));
    let asked: Vec<AskedOfTarget> = asked.take(traced.files.len()).collect();
    let found = findings(&traced, &asked, stats.as_ref(), &drift, &args.limits());
    let accepted = known.sift(found, reporter);
    (report.ignored, report.allowed, report.findings) =
        (accepted.ignored, accepted.allowed, accepted.findings);
    let files = traced.files.into_iter().zip(steps).zip(asked);
    report.files = files
        .map(|((file, step), asked)| FileImpact::new(step.name(), file, asked, stats.as_ref()))
        .collect();
    if let Some(last) = report.files.last_mut() {
        last.is_unseen |= !report.complete;
    }
    for (file, by_hand) in report.files.iter_mut().zip(&by_hand) {
        file.is_unseen |= !by_hand.is_empty();
    }
    Ok(Report::Impact(report))
}

/// How the target differs from what its migrations make.
async fn drift(
    context: &Context,
    inquiry: &Inquiry<'_>,
    traced: &Traced,
    worked_on: &BTreeSet<String>,
    steps: &[Step],
    report: &mut ImpactReport,
) -> Drift {
    let mut drift = match traced.catalogs.first() {
        Some(built) => drifted::difference(context, inquiry, built, worked_on).await,
        None => Drift::default(),
    };
    report.gaps.extend(drift.gap.take());
    // What an earlier run of a half has made, the target has.
    if steps.iter().any(|step| step.resume().is_some()) {
        (drift.only_on_target, drift.target_now) = Default::default();
    }
    drift
}

/// Notes what is not known of each file; those about what was made by hand come back as well.
fn notes_of_files(
    traced: &Traced,
    stats: Option<&TargetStats>,
    drift: &Drift,
    report: &mut ImpactReport,
) -> Vec<Vec<String>> {
    let so_far = (1..=traced.files.len()).filter_map(|count| traced.files.get(..count));
    let mut by_hand: Vec<Vec<String>> =
        so_far.map(|halves| impact::unseen_children(halves, &drift.only_on_target)).collect();
    report.complete &= by_hand.iter().all(Vec::is_empty);
    for (number, (file, notes)) in traced.files.iter().zip(&mut by_hand).enumerate() {
        notes.extend(impact::unseen_by_hand(file, &drift.only_on_target));
        let so_far = traced.files.get(..=number).unwrap_or_default();
        notes.extend(impact::unseen_rebuilt(so_far, &drift.only_on_target, &drift.target_now));
    }
    report.gaps.extend(by_hand.iter().flatten().cloned());
    report.gaps.extend(stats.and_then(|stats| impact::on_citus(&traced.files, stats)));
    for file in &traced.files {
        report.gaps.extend(impact::unseen(file, stats));
        report.gaps.extend(impact::unmet(file, stats));
        report.gaps.extend(impact::unusable_labels(file));
    }
    by_hand
}

fn findings(
    traced: &Traced,
    asked: &[AskedOfTarget],
    stats: Option<&TargetStats>,
    drift: &Drift,
    limits: &impact::Options,
) -> Vec<Finding> {
    let cases = traced.files.iter().zip(traced.catalogs.windows(2)).zip(asked);
    let cases: Vec<Case<'_>> = cases
        .filter_map(|((trace, catalogs), asked)| {
            let [before, after] = catalogs else { return None };
            let AskedOfTarget { answers, changed_rows, read_rows, dependents, missing_rights, .. } = asked;
            Some(Case {
                trace,
                before,
                after,
                only_on_target: &drift.only_on_target,
                target_now: &drift.target_now,
                answers,
                changed_rows,
                read_rows,
                dependents,
                missing_rights,
            })
        })
        .collect();
    judge(&cases, stats, limits)
}

fn no_history(why: NoAnswer) -> Error {
    no_answer("the history and the roles of the server", why)
}

fn no_answer(what: &'static str, why: NoAnswer) -> Error {
    Error::NoAnswer { what, why }
}
