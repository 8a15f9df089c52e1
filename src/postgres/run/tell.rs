//! What the listener hears while a half runs.

use std::future::Future;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::Executor;
use crate::connect::Notice;
use crate::migration::Step;
use crate::migration::sql::secrets::{self, MASK, masked_message};
use crate::postgres::blocker::Blocker;
use crate::postgres::event::{Event, StepReport};
use crate::postgres::monitor::ActivitySample;

impl Executor<'_> {
    pub(super) fn tell(&self, event: Event<'_>) {
        self.listener.lock().event(event);
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
            let looked_at = self.monitor.accompany(work, first_poll, |sample| self.tell_sample(sample));
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
        let pids = |blockers: &[Blocker]| blockers.iter().map(|blocker| blocker.pid).collect::<Vec<_>>();
        let is_news = pids(&sample.blockers) != pids(&self.blockers.lock());
        if is_news && !sample.blockers.is_empty() {
            self.tell(Event::Blocked(&sample.blockers));
        }
        if !sample.blockers.is_empty() {
            self.blockers.replace(sample.blockers);
        }
    }
}
