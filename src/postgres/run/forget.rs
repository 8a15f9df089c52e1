//! Takes a half out of the history of which no statement is done.

use std::time::Instant;

use super::part_run::Row;
use super::{Executor, StepFailure};
use crate::migration::{Step, UpStep};
use crate::postgres::event::StepReport;
use crate::postgres::failure::{Cause, StepState};

impl Executor<'_> {
    /// Removes what a failed statement has left behind, then the row. `step` is the way down, and `begun` the half. Where it
    /// turns out that the statement has taken effect after all, it is recorded as done and nothing is forgotten.
    pub(super) async fn forget(&self, step: &Step, begun: &UpStep) -> Result<StepReport, StepFailure> {
        let start = Instant::now();
        let half = Step::Up(begun.clone());
        let position = self.settle(&half).await?;
        if position.done() > 0 {
            let (done, total) = (position.done(), half.half().statement_count());
            let step_state = StepState::Stopped { done, total };
            return Err(StepFailure { cause: Cause::TookEffect { statement: done }, step_state });
        }
        if let Err(failed) = self.end_outside(step, start, Row::Written(position)).await {
            return Err(self.break_off(step, failed, 0).await);
        }
        Ok(StepReport::timed(step, start.elapsed()))
    }
}
