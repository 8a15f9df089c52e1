//! Answers as text.

use std::fmt::Write;

use crate::cli::{Format, completion_script};
use crate::commands::{
    AcceptReport, DatabaseAction, DatabaseReport, PlanReport, PlannedStep, RenumberReport, Renumbered,
    Report, ResolveReport, RunReport,
};
use crate::migration::Direction;

use super::backfill::waiting_text;
use super::nothing::nothing_text;
use super::printable::{one_line, printable};
use super::{
    Colours, FAINT, STRONG, advise, baseline, diff, drift, fill, impact, plan, schema, status, verify,
};

pub(super) fn text(report: &Report, format: Format, colours: Colours) -> String {
    match report {
        Report::Run(run) => run_text(run),
        Report::Plan(plan) => plan_text(plan),
        Report::Impact(report) => plan::text(report, format),
        Report::Status(report) => status::text(report, colours),
        Report::Schema(report) => schema::text(report, format),
        Report::New(new) => format!("{}\n", new.file),
        Report::Accept(accept) => accept_text(accept),
        Report::Resolve(resolve) => resolve_text(resolve),
        Report::Fill(report) => fill::text(report),
        Report::Shape(shape) => format!("{}\n", shape.file),
        Report::Restore(report) => fill::restored(report),
        Report::Baseline(report) => baseline::text(report),
        Report::Renumber(report) => renumber_text(report),
        Report::Advise(report) => advise::text(report),
        Report::Rule(rule) => advise::rule_text(*rule),
        Report::ImpactRule(rule) => impact::rule_text(*rule),
        Report::Database(database) => database_text(database),
        Report::Diff(report) => diff::text(report),
        Report::Drift(report) => drift::text(report),
        Report::Verify(report) => verify::text(report, format),
        Report::Wait(wait) => format!("{} answers\n", wait.database),
        Report::Init(init) => init.files.iter().map(|file| format!("{file}\n")).collect(),
        Report::Completions(shell) => completion_script(*shell),
        Report::TableNames(names) => names.iter().map(|name| format!("{}\n", one_line(name))).collect(),
        Report::Man(man) => man.files.iter().map(|file| format!("{file}\n")).collect(),
        Report::Dev(_) => String::new(),
    }
}

fn run_text(run: &RunReport) -> String {
    let mut text = String::new();
    if !run.missing.is_empty() && run.direction == Direction::Up {
        let list: Vec<&str> = run.missing.iter().map(|version| version.as_str()).collect();
        let _ = writeln!(text, "applied, but without a file here: {}", list.join(", "));
    }
    let noun = run.subject.noun();
    if let Some(nothing) = &run.nothing {
        let _ = writeln!(text, "{}: {}", run.database, nothing_text(nothing, noun));
        return text + &waiting_text(&run.deferred, run.held.as_ref());
    }
    if run.steps.is_empty() {
        return text + &waiting_text(&run.deferred, run.held.as_ref());
    }
    let count = |direction| run.steps.iter().filter(|step| step.direction == direction).count();
    let filled = (!run.rows.is_empty()).then(|| fill::made_by_all(&run.rows));
    let parts: Vec<String> = [(Direction::Down, "undone"), (Direction::Up, "applied")]
        .into_iter()
        .map(|(direction, word)| (count(direction), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {noun}{} {word}", if count == 1 { "" } else { "s" }))
        .chain(filled)
        .collect();
    let _ = writeln!(text, "{}: {} in {} ms", run.database, parts.join(", "), run.execution_ms);
    text + &waiting_text(&run.deferred, run.held.as_ref())
}

fn plan_text(plan: &PlanReport) -> String {
    let waiting = waiting_text(&plan.deferred, plan.held.as_ref());
    let waiting: String = waiting.lines().map(|line| format!("-- {line}\n")).collect();
    if let Some(nothing) = &plan.nothing {
        return format!("-- {}: {}\n{waiting}", plan.database, nothing_text(nothing, "migration"));
    }
    let steps = plan.plan.iter().map(planned_text).collect::<Vec<_>>().join("\n");
    let passes = |step: &PlannedStep| plan.deferred.iter().any(|passed| passed.version < step.version);
    let untried = if plan.plan.iter().any(passes) { WHAT_IS_PASSED_IS_NOT_TRIED } else { "" };
    format!("-- {}\n{steps}{waiting}{untried}", one_line(&plan.database.to_string()))
}

/// `up` asks the server for it before each COMMIT.
const WHAT_IS_PASSED_IS_NOT_TRIED: &str =
    "-- whether these files leave deferred backfills what they need is not tried here: `pmdb plan` does\n";

/// Comments around the SQL, so that the whole can be read as SQL.
fn planned_text(step: &PlannedStep) -> String {
    let place = one_line(step.file.as_deref().unwrap_or("history"));
    let how = if step.transaction { "one transaction" } else { "no transaction" };
    let mut text = format!(
        "{STRONG}-- {} {} {}{STRONG:#} {FAINT}({place}, {how}){FAINT:#}\n",
        step.direction,
        step.version,
        one_line(&step.name)
    );
    if step.statements_done > 0 {
        let _ = writeln!(text, "-- statements 1 to {} are done and are left out", step.statements_done);
        for statement in step.statements.iter().skip(step.statements_done) {
            let _ = writeln!(text, "{}", statement.sql);
        }
        return text;
    }
    let _ = writeln!(text, "{}", step.sql.trim_matches('\n'));
    text
}

fn accept_text(accept: &AcceptReport) -> String {
    let mut text = match &accept.difference {
        Some(difference) => printable(difference).into_owned(),
        None => "the history did not keep the text that was applied\n".to_owned(),
    };
    let _ = writeln!(
        text,
        "{}: {} {} is accepted as it is in {}; nothing ran",
        one_line(&accept.database.to_string()),
        accept.version,
        one_line(&accept.name),
        one_line(&accept.file)
    );
    text
}

fn resolve_text(resolve: &ResolveReport) -> String {
    let ResolveReport { database, version, name, statement, statements, sql, resolution, .. } = resolve;
    let next = match (*resolution, statement == statements) {
        ("again", _) => "the next run sends it again",
        (_, true) => "it was the last one of its half, which is done with it",
        _ => "the next run goes on after it",
    };
    let database = database.to_string();
    let (database, name, sql) = (one_line(&database), one_line(name), printable(sql));
    format!("{database}: {version} {name}: statement {statement} of {statements} ({sql}): {next}\n")
}

fn renumber_text(report: &RenumberReport) -> String {
    let does = if report.dry_run { "would become" } else { "is now" };
    let database = report.database.to_string();
    let line = |one: &Renumbered| {
        let (database, name, file) = (one_line(&database), one_line(&one.name), one_line(&one.file));
        format!("{database}: {} {does} {} {name} ({file})\n", one.from, one.to)
    };
    report.renumbered.iter().map(line).collect()
}

fn database_text(report: &DatabaseReport) -> String {
    let what = match report.action {
        DatabaseAction::Created => "created",
        DatabaseAction::ExistedAlready => "exists already",
        DatabaseAction::Dropped => "dropped",
        DatabaseAction::DidNotExist => "does not exist",
    };
    let ended = match report.sessions_ended {
        None | Some(0) => String::new(),
        Some(1) => "; 1 session was ended".to_owned(),
        Some(many) => format!("; {many} sessions were ended"),
    };
    format!("{}: {what}{ended}\n", report.database)
}
