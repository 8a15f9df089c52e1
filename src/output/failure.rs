//! Errors as text: what happened, where, what state things are in now, what to type next.

use std::fmt::Write;

use crate::error::Error;
use crate::migration::{Direction, FileError, LoadError};
use crate::postgres::{Cause, MigratorError, Place, RunFailure, SqlError};

use super::snippet::{printable, snippet};
use super::{BAD, NOTE};

pub(super) fn text(error: &Error) -> String {
    let mut text = match error {
        Error::Migrator(MigratorError::Run(failure)) => run_failure(failure),
        Error::Load(LoadError::Files(errors)) => errors.iter().map(file_error).collect(),
        other => format!("{BAD}error:{BAD:#} {}\n", printable(&other.to_string())),
    };
    if let Error::Sql { source, .. } = error {
        text.push_str(&fields(source));
    }
    if let Some(hint) = error.hint() {
        let _ = writeln!(text, "{NOTE}hint:{NOTE:#} {}", printable(&hint).replace('\n', "\n      "));
    }
    text
}

fn file_error(error: &FileError) -> String {
    let mut text = format!("{BAD}error:{BAD:#} {}\n", printable(&error.to_string()));
    if let (Some(location), Some(line)) = (error.location, error.source_line()) {
        text.push_str(&snippet(location, line));
    }
    text
}

fn run_failure(failure: &RunFailure) -> String {
    let step = &failure.step;
    let (place, server) = match &failure.cause {
        Cause::Sql { error, place } | Cause::LockTimeout { error, place, .. } => {
            (place.as_ref(), Some(error))
        }
        Cause::HistoryWrite { error, .. } => (None, Some(error)),
        Cause::HistoryReplaced { .. }
        | Cause::HistoryRowGone { .. }
        | Cause::LockLost
        | Cause::Interrupted => (None, None),
    };
    let position = place.map_or_else(String::new, |place: &Place| format!(":{}", place.location));
    let mut text =
        format!("{BAD}error:{BAD:#} {}{position}: {}\n", step.path.display(), printable(&failure.message()));
    if let Some(Place { location, line }) = place {
        text.push_str(&snippet(*location, line));
    }
    if let Some(error) = server {
        text.push_str(&fields(error));
    }
    let _ = writeln!(text, "{}", printable(&failure.aftermath_text()));
    if !failure.finished.is_empty() {
        let _ = writeln!(text, "{}", finished_text(failure));
    }
    text
}

/// What the server says beside its message, under the names that psql gives them.
fn fields(error: &SqlError) -> String {
    let fields = [
        ("SQLSTATE", &error.sqlstate),
        ("DETAIL", &error.detail),
        ("HINT", &error.server_hint),
        ("CONTEXT", &error.context),
    ];
    fields
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}: {}\n", printable(value.as_deref()?))))
        .collect()
}

fn finished_text(failure: &RunFailure) -> String {
    let count = failure.finished.len();
    let word = match failure.step.direction {
        Direction::Up => "applied",
        Direction::Down => "undone",
    };
    let (what, verb) = if count == 1 { ("migration was", "stays") } else { ("migrations were", "stay") };
    format!("Before it, {count} {what} {word} and {verb} so.")
}
