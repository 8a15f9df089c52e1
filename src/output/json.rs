//! Answers and errors as JSON. The shapes are documented in `docs/json.md` and are kept.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::cli::completion_script;
use crate::commands::Report;
use crate::diagnosis::{Database, Diagnosis};
use crate::exit::Exit;

pub(super) fn report(command: &str, report: &Report) -> String {
    let answer = match report {
        Report::Run(run) => to_map(run),
        Report::Plan(plan) => to_map(plan),
        Report::Impact(impact) => to_map(impact),
        Report::Status(status) => to_map(status),
        Report::Schema(schema) => to_map(schema),
        Report::New(new) => to_map(new),
        Report::Accept(accept) => to_map(accept),
        Report::Resolve(resolve) => to_map(resolve),
        Report::Fill(fill) => to_map(fill),
        Report::Shape(shape) => to_map(shape),
        Report::Restore(restore) => to_map(restore),
        Report::Baseline(baseline) => to_map(baseline),
        Report::Renumber(renumber) => to_map(renumber),
        Report::Advise(advise) => to_map(advise),
        Report::Rule(rule) => to_map(rule.about()),
        Report::ImpactRule(rule) => to_map(rule.about()),
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
        Report::TableNames(names) => Map::from_iter([("tables".to_owned(), json!(names))]),
        Report::Man(man) => to_map(man),
    };
    document(command, outcome(report.exit()), report.exit(), answer)
}

/// How a command that gives an answer has ended, in a word.
fn outcome(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "ok",
        Exit::Pending => "pending",
        Exit::Disagreement => "disagreement",
        Exit::Failed | Exit::Usage | Exit::Locked | Exit::Interrupted => "failed",
    }
}

/// The document of `pmdb dev`, which comes while the command is running.
pub(super) fn ready(url: &str) -> String {
    document("dev", "ok", Exit::Done, Map::from_iter([("url".to_owned(), json!(url))]))
}

pub(super) fn error(command: &str, diagnosis: Diagnosis) -> String {
    let mut body = diagnosis.done;
    let mut error = diagnosis.details;
    error.insert("code".to_owned(), json!(diagnosis.code));
    error.insert("message".to_owned(), json!(diagnosis.message));
    error.insert("hint".to_owned(), json!(diagnosis.hint));
    error.insert("location".to_owned(), json!(diagnosis.location));
    if let Database::Named { name, .. } = diagnosis.database {
        error.extend(to_map(&name));
    }
    body.insert("error".to_owned(), Value::Object(error));
    document(command, "error", diagnosis.exit, body)
}

/// It grows by one when a key goes away or means something else.
pub(super) const FORMAT_VERSION: u32 = 1;

fn document(command: &str, outcome: &str, exit: Exit, body: Map<String, Value>) -> String {
    let mut document = to_map(&json!({
        "format_version": FORMAT_VERSION, "command": command, "outcome": outcome, "exit": exit as u8,
    }));
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
