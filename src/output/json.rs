//! Answers and errors as JSON. The shapes are documented in `docs/json.md` and are kept.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::report::completion_script;
use crate::commands::Report;
use crate::error::Error;
use crate::migration::{Disagreement, FileError, LoadError, PlanError, Reach, Reaching};
use crate::postgres::{CatalogError, Cause, HistoryError, MigratorError, RunFailure};

pub(super) fn report(command: &str, report: &Report) -> String {
    let answer = match report {
        Report::Run(run) => to_map(run),
        Report::Plan(plan) => to_map(plan),
        Report::Status(status) => to_map(status),
        Report::Schema(schema) => to_map(schema),
        Report::New(new) => to_map(new),
        Report::Accept(accept) => to_map(accept),
        Report::Resolve(resolve) => to_map(resolve),
        Report::Renumber(renumber) => to_map(renumber),
        Report::Advise(advise) => to_map(advise),
        Report::Database(database) => to_map(database),
        Report::Diff(diff) => to_map(diff),
        Report::Drift(drift) => to_map(drift),
        Report::Verify(verify) => to_map(verify),
        Report::Wait(wait) => to_map(wait),
        Report::Init(init) => to_map(init),
        Report::Dev(dev) => to_map(dev),
        Report::Completions(shell) => Map::from_iter([
            ("shell".to_owned(), json!(shell.to_string())),
            ("script".to_owned(), json!(completion_script(*shell))),
        ]),
    };
    document(command, "ok", answer)
}

/// The document of `pmdb dev`, which comes while the command is running.
pub(super) fn ready(url: &str) -> String {
    document("dev", "ok", Map::from_iter([("url".to_owned(), json!(url))]))
}

pub(super) fn error(command: &str, error: &Error) -> String {
    let mut body = Map::new();
    body.insert("exit".to_owned(), json!(error.exit() as u8));
    let mut detail = match error.bare() {
        Error::Migrator(MigratorError::Run(failure)) => {
            body.insert("steps".to_owned(), json!(failure.finished));
            run_failure(failure)
        }
        Error::Verify { failure, so_far } => {
            body.insert("steps".to_owned(), json!(failure.finished));
            body.insert("migrations".to_owned(), json!(so_far.migrations));
            run_failure(failure)
        }
        Error::Reaching(list) => {
            let list: Vec<Value> = list.iter().map(reaching).collect();
            Map::from_iter([("statements".to_owned(), json!(list))])
        }
        Error::Rebuild(failure) => {
            let mut detail = run_failure(failure);
            detail.remove("aftermath");
            detail
        }
        Error::Migrator(MigratorError::Unconfirmed { finished, .. }) => {
            body.insert("steps".to_owned(), json!(finished));
            Map::new()
        }
        Error::Migrator(MigratorError::History(HistoryError::Locked { blockers, .. })) => {
            Map::from_iter([("blockers".to_owned(), json!(blockers))])
        }
        Error::Migrator(MigratorError::Plan(PlanError::Disagree(list))) => {
            let list: Vec<Value> = list.iter().map(disagreement).collect();
            Map::from_iter([("disagreements".to_owned(), json!(list))])
        }
        Error::Load(LoadError::Files(files)) => {
            let list: Vec<Value> = files.iter().map(file_error).collect();
            Map::from_iter([("files".to_owned(), json!(list))])
        }
        Error::Sql { source, .. }
        | Error::DatabaseInUse { source, .. }
        | Error::Scratch { source, .. }
        | Error::Catalog(CatalogError::Sql { source, .. }) => {
            Map::from_iter([("server".to_owned(), json!(source))])
        }
        _ => Map::new(),
    };
    detail.insert("code".to_owned(), json!(error.code()));
    detail.insert("message".to_owned(), json!(error.to_string()));
    detail.insert("hint".to_owned(), json!(error.hint()));
    if let Some(target) = error.target() {
        detail.insert("database".to_owned(), json!(target.database()));
        detail.insert("host".to_owned(), json!(target.server()));
        detail.insert("user".to_owned(), json!(target.user()));
    }
    body.insert("error".to_owned(), Value::Object(detail));
    document(command, "error", body)
}

fn run_failure(failure: &RunFailure) -> Map<String, Value> {
    let mut map = to_map(&failure.step);
    map.insert("file".to_owned(), json!(failure.step.path.display().to_string()));
    map.insert("aftermath".to_owned(), json!(failure.aftermath));
    if let Cause::LockTimeout { blockers, .. } = &failure.cause {
        map.insert("blockers".to_owned(), json!(blockers));
    }
    if let Some(place) = failure.cause.place() {
        map.insert("line".to_owned(), json!(place.location.line));
        map.insert("column".to_owned(), json!(place.location.column));
    }
    if let Some(error) = failure.cause.server_error() {
        map.insert("server".to_owned(), json!(error));
    }
    map
}

fn disagreement(disagreement: &Disagreement) -> Value {
    json!({
        "code": disagreement.code(),
        "version": disagreement.version(),
        "message": disagreement.to_string(),
        "hint": disagreement.hint(),
    })
}

fn reaching(Reaching { file, location, reach }: &Reaching) -> Value {
    let (Reach::Server(what) | Reach::Connection(what) | Reach::Elsewhere(what)) = reach;
    json!({ "file": file, "line": location.line, "column": location.column, "statement": what })
}

fn file_error(error: &FileError) -> Value {
    json!({
        "file": error.path.display().to_string(),
        "line": error.location.map(|location| location.line),
        "column": error.location.map(|location| location.column),
        "message": error.to_string(),
        "hint": error.hint(),
    })
}

fn document(command: &str, outcome: &str, body: Map<String, Value>) -> String {
    let mut document =
        Map::from_iter([("command".to_owned(), json!(command)), ("outcome".to_owned(), json!(outcome))]);
    document.extend(body);
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn to_map(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}
