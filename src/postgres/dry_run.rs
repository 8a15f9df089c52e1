//! What a dry run finds out beside the plan: whether the backfills with which the run would begin can go along their keys. Only the
//! catalog is asked, which takes no lock on a table. What a later step finds is not known before those above it have run.

use super::backfill::{Key, KeyError};
use super::event::Listener;
use super::failure::{Cause, FailedStep, RunFailure, StepState};
use super::migrator::Migrator;
use super::migrator_error::MigratorError;
use super::rows::rows;
use crate::migration::{Goal, Plan, Step};

impl Migrator {
    /// The plan for a goal, as [`Migrator::plan_and_tell`] has it.
    ///
    /// # Errors
    /// See [`Migrator::plan`]; a [`RunFailure`] where a backfill with which the run would begin could not.
    pub async fn dry_run(&self, goal: &Goal, listener: &mut dyn Listener) -> Result<Plan, MigratorError> {
        let plan = self.plan_and_tell(goal, listener).await?;
        for step in plan.steps.iter().take_while(|step| step.half().backfill().is_some()) {
            if let Some(error) = self.key_error(step).await {
                return Err(MigratorError::Run(Box::new(RunFailure {
                    finished: Vec::new(),
                    step: FailedStep::of(step),
                    cause: Cause::BackfillKey(error),
                    step_state: state_before(step),
                })));
            }
        }
        Ok(plan)
    }

    /// The backfills of a plan that cannot go along their keys on this database, and why. Of one whose table a step before it names,
    /// nothing is known: that step may change it.
    pub async fn stuck_backfills<'p>(&self, plan: &'p Plan) -> Vec<(&'p Step, KeyError)> {
        let mut stuck = Vec::new();
        for (place, step) in plan.steps.iter().enumerate() {
            let Some(backfill) = step.half().backfill() else { continue };
            let names_table = |before: &Step| {
                before.half().backfill().is_none() && before.half().sql().contains(&backfill.key.table.name)
            };
            if plan.steps.iter().take(place).any(names_table) {
                continue;
            }
            match self.key_error(step).await {
                None | Some(KeyError::NoTable { .. }) => {}
                Some(error) => stuck.push((step, error)),
            }
        }
        stuck
    }

    /// Why a backfill cannot go along its key; `None` also where the server does not say.
    async fn key_error(&self, step: &Step) -> Option<KeyError> {
        let backfill = step.half().backfill()?;
        let key = match Key::look_up(self.session().client(), "", backfill).await.ok()? {
            Ok(key) => key,
            Err(error) => return Some(error),
        };
        let done = step.resume().filter(|resume| !resume.begins_anew)?.backfill.as_ref()?;
        key.check_place(done, &key.identity(&self.history_oid().await?)).err()
    }

    /// The OID of the history.
    async fn history_oid(&self) -> Option<String> {
        let table = self.history_table().literal();
        let query = format!("SELECT pg_catalog.to_regclass({table})::pg_catalog.oid AS oid");
        rows(self.session().client(), &query).await.ok()?.first()?.get("oid").map(str::to_owned)
    }
}

fn state_before(step: &Step) -> StepState {
    match step.resume().and_then(|resume| resume.backfill.as_ref()) {
        Some(done) => StepState::Backfilling { rows: done.rows, of: done.of },
        None => StepState::NotBegun,
    }
}
