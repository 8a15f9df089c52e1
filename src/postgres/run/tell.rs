//! What the listener hears while a half runs.

use std::future::Future;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::Executor;
use crate::connect::Notice;
use crate::migration::sql::secrets::{self, MASK, masked_message};
use crate::migration::{Step, Version};
use crate::postgres::blocker::Blocker;
use crate::postgres::event::{Event, StepReport};
use crate::postgres::monitor::ActivitySample;

impl Executor<'_> {
    pub(super) fn tell(&self, event: Event<'_>) {
        self.listener.lock().event(event);
    }

    /// The first `count` of the steps that are not done are sent now.
    pub(super) fn tell_started(&self, count: usize) {
        let done = self.done();
        self.sent.set(done..done + count);
        self.tell(Event::Started(self.sent()));
    }

    /// The steps that are at the server.
    fn sent(&self) -> &[Step] {
        let sent = self.sent.lock().clone();
        self.steps.get(sent).unwrap_or_default()
    }

    /// What tells the server's progress in a message with several halves.
    fn counting(&self) -> Option<String> {
        let steps = self.sent();
        let direction = steps.first()?.direction();
        let all_go_that_way = steps.iter().all(|step| step.direction() == direction);
        let versions: Vec<&Version> = steps.iter().map(Step::version).collect();
        (steps.len() > 1 && all_go_that_way).then(|| self.table.count_done(direction, &versions))
    }

    pub(super) fn tell_finished(&self, report: StepReport) {
        self.tell_notices();
        self.tell(Event::Finished(&report));
        self.finished.lock().push(report);
    }

    pub(super) fn tell_notices(&self) {
        for notice in self.session.take_notices() {
            self.tell(Event::Notice(&self.without_secrets(notice)));
        }
    }

    /// What a file raises may hold a secret of its text.
    fn without_secrets(&self, notice: Notice) -> Notice {
        let secrets = self.secrets.get_or_init(|| {
            let values = |step: &Step| secrets::long_values(step.half().source());
            self.steps.iter().flat_map(values).collect()
        });
        let masked = |text: String| {
            let text = masked_message(&text).into_owned();
            secrets.iter().fold(text, |text, secret| text.replace(secret, MASK))
        };
        Notice {
            message: masked(notice.message),
            detail: notice.detail.map(masked),
            hint: notice.hint.map(masked),
            ..notice
        }
    }

    /// Waits for the server. When that takes long, looks what it is waiting for; once interrupted, asks it to cancel.
    pub(super) fn watched<'w, T: Send>(
        &'w self,
        work: impl Future<Output = T> + Send + 'w,
    ) -> BoxFuture<'w, T> {
        async move {
            self.blockers.lock().clear();
            let first_poll = self.patience.timeout / 2;
            let counting = self.counting();
            let looked_at = self
                .monitor
                .accompany(work, first_poll, counting.as_deref(), |sample| self.tell_sample(sample));
            self.interrupt.cancels(self.session, looked_at).await
        }
        .boxed()
    }

    fn tell_sample(&self, sample: ActivitySample) {
        if sample.awaits_standby {
            self.tell(Event::AwaitsStandby);
        }
        if let Some(progress) = &sample.index {
            self.tell(Event::IndexProgress(progress));
        }
        let sent = self.sent();
        // Without a count it is one of them, and all that is known.
        let (running, blocked) = match sample.counted.and_then(|done| sent.get(done..)) {
            Some(rest @ [first, ..]) => (rest, std::slice::from_ref(first)),
            _ => (sent, sent),
        };
        if sent.len() > 1 {
            self.tell(Event::Running(running));
        }
        let pids = |blockers: &[Blocker]| blockers.iter().map(|blocker| blocker.pid).collect::<Vec<_>>();
        let is_news = pids(&sample.blockers) != pids(&self.blockers.lock());
        if is_news && !sample.blockers.is_empty() {
            self.tell(Event::Blocked { steps: blocked, blockers: &sample.blockers });
        }
        if !sample.blockers.is_empty() {
            self.blockers.replace(sample.blockers);
        }
    }
}
