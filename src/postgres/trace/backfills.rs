//! Deferred backfills that are still to run when the pending halves are done: `up` rolls a half back that takes away what one
//! of them needs.

use super::Watched;
use crate::connect::Session;
use crate::impact::NeedyBackfill;
use crate::migration::{PendingBackfill, Step};
use crate::postgres::backfill::{Obstacle, Readiness};
use crate::postgres::rebuild::RebuildError;

impl<'a> Watched<'a> {
    /// The backfills which a step passes, and which could do their work now, with what they found.
    pub(super) async fn ready_backfills(
        &self,
        step: &Step,
    ) -> Result<Vec<(&'a PendingBackfill, Readiness)>, RebuildError> {
        let passes = |pending: &&PendingBackfill| pending.passed_by.contains(step.version());
        let passed: Vec<&PendingBackfill> = self.trace.pending_backfills.iter().filter(passes).collect();
        if passed.is_empty() {
            return Ok(Vec::new());
        }
        let session = Session::connect(&self.database).await?;
        let mut found = Vec::new();
        for pending in passed {
            if let Ok(Some(ready)) = Readiness::look(session.client(), "", pending, None).await {
                found.push((pending, ready));
            }
        }
        session.close().await;
        Ok(found)
    }

    /// The first of these that could not do its work any more.
    pub(super) async fn needy(
        &self,
        backfills: &[(&PendingBackfill, Readiness)],
    ) -> Result<Option<NeedyBackfill>, RebuildError> {
        if backfills.is_empty() {
            return Ok(None);
        }
        let session = Session::connect(&self.database).await?;
        let mut needy = None;
        for (pending, ready) in backfills {
            let why = match Readiness::look(session.client(), "", pending, None).await {
                Err(Obstacle::Missing(why)) => Some(why),
                Ok(Some(now)) => ready.lost_by(&now, pending),
                Ok(None) | Err(Obstacle::Unknown(_)) => None,
            };
            if let Some(why) = why {
                let (version, name) = (pending.migration.version.clone(), pending.migration.name.clone());
                needy = Some(NeedyBackfill { version, name, why });
                break;
            }
        }
        session.close().await;
        Ok(needy)
    }
}
