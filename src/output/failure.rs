//! Errors as text: what happened, where, what state things are in now, what to type next.

use std::fmt::Write;

use crate::error::Error;
use crate::migration::{Direction, FileError, LoadError};
use crate::postgres::scratch::ScratchError;
use crate::postgres::{MigratorError, Place, RunFailure, SqlError, StepReport};

use super::snippet::{printable, snippet};
use super::{BAD, NOTE};

pub(super) fn text(error: &Error) -> String {
    let mut text = match error.bare() {
        Error::Migrator(MigratorError::Run(failure)) => run_failure(failure),
        Error::Verify { failure, .. } => run_failure(failure),
        Error::Rebuild(failure) => {
            happened(failure) + "This is the scratch database: the target is untouched.\n"
        }
        Error::Load(LoadError::Files(errors)) => errors.iter().map(file_error).collect(),
        Error::Ignore(error) => {
            let message = format!("{BAD}error:{BAD:#} {}\n", printable(&error.to_string()));
            message + &snippet(error.location.line, &error.line, error.location.column)
        }
        other => format!("{BAD}error:{BAD:#} {}\n", printable(&other.to_string())),
    };
    if let Error::Before(error) = error.bare()
        && let ScratchError::Before { place, source, .. } = error.as_ref()
    {
        text += &place.as_ref().map_or_else(String::new, place_text);
        text += &fields(source);
    }
    if let Error::Sql { source, .. } | Error::DatabaseInUse { source, .. } | Error::Scratch { source, .. } =
        error.bare()
    {
        // Its SQLSTATE stands in the message.
        text.push_str(&fields(&SqlError { sqlstate: None, ..source.clone() }));
    }
    if let Error::On { target, .. } = error {
        let _ = writeln!(text, "{NOTE}database:{NOTE:#} {}", printable(&target.to_string()));
    }
    if let Some(hint) = error.hint() {
        let _ = writeln!(text, "{NOTE}hint:{NOTE:#} {}", printable(&hint).replace('\n', "\n      "));
    }
    text
}

fn file_error(error: &FileError) -> String {
    let mut text = format!("{BAD}error:{BAD:#} {}\n", printable(&error.to_string()));
    if let (Some(location), Some(line)) = (error.location, error.source_line()) {
        text.push_str(&snippet(location.line, &line.text, line.column));
    }
    text
}

fn run_failure(failure: &RunFailure) -> String {
    let mut text = happened(failure);
    let _ = writeln!(text, "{}", printable(&failure.aftermath_text()));
    text.push_str(&finished_text(&failure.finished));
    text
}

/// What happened, and where.
fn happened(failure: &RunFailure) -> String {
    let step = &failure.step;
    let place = failure.cause.place();
    let position = place.map_or_else(String::new, |place: &Place| format!(":{}", place.location));
    let happened = format!("{}{position}: {}", step.path.display(), failure.message());
    let mut text = format!("{BAD}error:{BAD:#} {}\n", printable(&happened));
    text += &place.map_or_else(String::new, place_text);
    if let Some(error) = failure.cause.server_error() {
        text.push_str(&fields(error));
    }
    text
}

fn place_text(place: &Place) -> String {
    snippet(place.location.line, &place.line.text, place.line.column)
}

/// What the server says beside its message, under the names that psql gives them.
fn fields(error: &SqlError) -> String {
    let fields = [
        ("SQLSTATE", &error.sqlstate),
        ("DETAIL", &error.detail),
        ("HINT", &error.server_hint),
        ("QUERY", &error.internal_query),
        ("CONTEXT", &error.context),
    ];
    fields
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}: {}\n", printable(value.as_deref()?))))
        .collect()
}

/// What was done before the failure. A `redo` that fails on its way up has undone something.
fn finished_text(finished: &[StepReport]) -> String {
    let count = |direction| finished.iter().filter(|step| step.direction == direction).count();
    [(Direction::Down, "undone"), (Direction::Up, "applied")]
        .into_iter()
        .map(|(direction, word)| match count(direction) {
            0 => String::new(),
            1 => format!("Before it, 1 migration was {word} and stays so.\n"),
            many => format!("Before it, {many} migrations were {word} and stay so.\n"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_before_a_failure_is_counted_by_its_own_direction() {
        let step = |direction| StepReport {
            direction,
            version: "1".parse().unwrap(),
            name: String::new(),
            execution_ms: None,
            statements: 1,
        };
        let (up, down) = (step(Direction::Up), step(Direction::Down));
        assert_eq!(finished_text(&[]), "");
        assert_eq!(finished_text(&[up.clone(), up]), "Before it, 2 migrations were applied and stay so.\n");
        assert_eq!(finished_text(&[down]), "Before it, 1 migration was undone and stays so.\n");
    }
}
