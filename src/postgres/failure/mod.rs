//! Why a half stopped, and what state things are in now.

mod cause;
mod place;
mod step_state;

use std::path::PathBuf;

use serde::Serialize;
use thiserror::Error;

pub use cause::Cause;
pub use place::Place;
pub use step_state::{ServerAnswer, StepState};

use crate::diagnosis::{Diagnose, Diagnosis, FileLocation, Headline};
use crate::migration::{Direction, Step, Version, stored_path};
use crate::postgres::event::StepReport;

/// A run that stopped in the middle.
#[derive(Debug, Error)]
#[error("{cause}")]
pub struct RunFailure {
    /// What was run and recorded before.
    pub finished: Vec<StepReport>,
    /// The half that failed, or that would have come next.
    pub step: FailedStep,
    /// Why.
    pub cause: Cause,
    /// What became of the half.
    pub step_state: StepState,
}

/// The half that failed.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FailedStep {
    /// Up or down.
    pub direction: Direction,
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// The file, or a word for the history when the half was kept there.
    #[serde(skip)]
    pub path: PathBuf,
}

impl FailedStep {
    pub(super) fn of(step: &Step) -> FailedStep {
        FailedStep {
            direction: step.direction(),
            version: step.version().clone(),
            name: step.name().to_owned(),
            path: step.path().map_or_else(|| stored_path(step.version()), PathBuf::from),
        }
    }
}

impl Diagnose for RunFailure {
    fn diagnosis(&self) -> Diagnosis {
        let RunFailure { finished, step, cause, step_state } = self;
        let mut state = vec![step_state.sentence(step)];
        state.extend(stays(finished));
        let failure = Diagnosis::of(self, "migration")
            .headlines(vec![self.headline()])
            .state(state)
            .done("steps", finished)
            .details_of(step)
            .detail("aftermath", step_state);
        let mut failure = cause.diagnosis(failure, &step.version, *step_state);
        if let Some(hint) = step_state.hint(&step.version) {
            failure = failure.hint(hint);
        }
        let place = cause.place().map(|place| place.location);
        let message = failure.message.clone();
        failure = failure.at(FileLocation::new(&step.path, place), message);
        if let Some(error) = cause.server_error() {
            failure = failure.server(error.fields()).detail("server", error);
        }
        failure
    }
}

impl RunFailure {
    fn headline(&self) -> Headline {
        let (file, place) = (self.step.path.display(), self.cause.place());
        let text = match place {
            Some(place) => format!("{file}:{}: {self}", place.location),
            None => format!("{file}: {self}"),
        };
        Headline { text, excerpt: place.map(Place::excerpt) }
    }
}

/// What was done before the failure. A `redo` that fails on its way up has undone something.
fn stays(finished: &[StepReport]) -> Vec<String> {
    let count = |direction| finished.iter().filter(|step| step.direction == direction).count();
    [(Direction::Down, "undone"), (Direction::Up, "applied")]
        .into_iter()
        .filter_map(|(direction, word)| match count(direction) {
            0 => None,
            1 => Some(format!("Before it, 1 migration was {word} and stays so.")),
            many => Some(format!("Before it, {many} migrations were {word} and stay so.")),
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
        assert!(stays(&[]).is_empty());
        assert_eq!(stays(&[up.clone(), up]), ["Before it, 2 migrations were applied and stay so."]);
        assert_eq!(stays(&[down]), ["Before it, 1 migration was undone and stays so."]);
    }
}
