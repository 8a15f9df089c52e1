//! Backfills are in no hurry: before a batch, pmdb looks whether others need the server more.

use std::time::{Duration, Instant};

use super::backfill_run::BackfillRun;
use super::{Executor, StepFailure};
use crate::postgres::backfill::{WaitReason, Writers, reasons_of, reasons_query, writers_query};
use crate::postgres::event::Event;
use crate::postgres::own_path::{Lasting, by_own_path};
use crate::postgres::rows::rows;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// Before the second look for transactions that end soon.
const SOON: Duration = Duration::from_millis(5);

/// How long others are let through that have waited for locks of a batch, at most.
const LET_THROUGH: Duration = Duration::from_secs(1);

impl Executor<'_> {
    /// Waits as long as there is a reason to.
    pub(super) async fn wait_for_others(&self, run: &mut BackfillRun<'_>) -> Result<(), StepFailure> {
        if run.waiting.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return Ok(());
        }
        loop {
            let reasons = self.look_for_reasons(run).await;
            run.waiting.looked = Some(Instant::now());
            if reasons.is_empty() {
                if run.waiting.told.iter().any(|told| !matches!(told, WaitReason::OthersWait { .. })) {
                    self.tell(Event::GoesOn(run.step));
                    run.waiting.told.clear();
                }
                return Ok(());
            }
            self.tell_reasons(run, reasons);
            self.pause(run, LOOK).await?;
        }
    }

    /// Waits for the end of each transaction that has written to the table already, before the last row is looked for.
    pub(super) async fn wait_for_writers(&self, run: &mut BackfillRun<'_>) -> Result<(), StepFailure> {
        let mut open = self.writers(run).await;
        let (start, mut look) = (Instant::now(), SOON);
        while open.count() > 0 {
            if start.elapsed() > LOOK {
                self.tell_reasons(run, vec![WaitReason::EarlierWriters { transactions: open.count() }]);
            }
            self.pause(run, look).await?;
            look = (look * 2).min(LOOK);
            open = open.still_among(&self.writers(run).await);
        }
        Ok(())
    }

    /// Those that cannot be asked for are not waited for.
    async fn writers(&self, run: &BackfillRun<'_>) -> Writers {
        let query = by_own_path(Lasting::ForTheTransaction, &writers_query(run.key.table()));
        let query = format!("{} {query}", self.fresh());
        match self.watched(rows(self.session.client(), &query)).await {
            Ok(rows) => Writers::of(&rows),
            Err(_) => Writers::default(),
        }
    }

    /// Lets those through that have waited for locks of a batch which took so long.
    pub(super) async fn let_through(
        &self,
        run: &mut BackfillRun<'_>,
        sessions: u64,
        took: Duration,
    ) -> Result<(), StepFailure> {
        self.tell_reasons(run, vec![WaitReason::OthersWait { sessions }]);
        self.pause(run, took.min(LET_THROUGH)).await
    }

    async fn pause(&self, run: &BackfillRun<'_>, time: Duration) -> Result<(), StepFailure> {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.interrupt.requested() => {}
        }
        self.may_go_on().map_err(|cause| StepFailure { cause, step_state: run.state() })
    }

    /// What cannot be asked is no reason.
    async fn look_for_reasons(&self, run: &mut BackfillRun<'_>) -> Vec<WaitReason> {
        let query =
            by_own_path(Lasting::ForTheTransaction, &reasons_query(run.key.table(), self.pace.max_lag));
        let query = format!("{} {query}", self.fresh());
        let Ok(rows) = self.watched(rows(self.session.client(), &query)).await else { return Vec::new() };
        let reasons = reasons_of(&rows);
        if reasons.has_hidden && !std::mem::replace(&mut run.waiting.has_named_hidden, true) {
            self.tell(Event::ReplicasHidden(run.step));
        }
        for (slot, bytes) in &reasons.idle_slots {
            if !run.waiting.idle_slots.contains(slot) {
                run.waiting.idle_slots.push(slot.clone());
                self.tell(Event::SlotIdle { step: run.step, slot, bytes: *bytes });
            }
        }
        reasons.list
    }

    /// Tells reasons that are new.
    fn tell_reasons(&self, run: &mut BackfillRun<'_>, reasons: Vec<WaitReason>) {
        let is_known = |reason: &WaitReason| run.waiting.told.iter().any(|told| told.is_same(reason));
        if !reasons.iter().all(is_known) {
            self.tell(Event::Waits { step: run.step, reasons: &reasons });
        }
        run.waiting.told = reasons;
    }
}
