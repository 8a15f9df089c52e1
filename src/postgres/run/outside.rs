//! Halves outside a transaction: statement by statement, each with its progress in the history row.

use std::future::Future;
use std::time::Instant;

use super::{CLEAN, Executor, RESET, StepFailure};
use crate::migration::sql::is_session_setting;
use crate::migration::{
    DownStep, Half, Kind, Part, Statement, Step, TransactionMode, TransactionWord, UpStep,
};
use crate::postgres::effect::{self, Found};
use crate::postgres::event::{Event, StepReport};
use crate::postgres::failure::Aftermath;
use crate::postgres::history::NewRow;
use crate::postgres::message::{ErrorOrigin, Message, MessageError, Purpose};
use crate::postgres::sql_error::SqlError;

/// One part of a half, and what is known when its turn comes.
struct PartRun<'a> {
    step: &'a Step,
    part: &'a Part,
    /// What the parts before it have set.
    settings: &'a [Statement],
    /// Statements done before it.
    done: usize,
    /// Statements done after it.
    reached: usize,
}

impl Executor<'_> {
    /// Runs one half from where it stands to its end.
    pub(super) async fn run_outside(&self, step: &Step) -> Result<StepReport, StepFailure> {
        let start = Instant::now();
        let half = step.half();
        let total = half.statement_count();
        let mut done = step.done();
        if self.is_resumed(step) || !half.parts().next().is_some_and(|first| carries_progress(&first)) {
            let begin = self.fresh_message().own(Purpose::History, &[self.begin(step, done)]);
            self.send(&begin).await.map_err(|error| self.stopped(step, error, done))?;
        }
        let mut again = self.is_resumed(step);
        let mut settings = Vec::new();
        let mut position = 0;
        for part in half.parts() {
            position += part.statements.len();
            if position <= done {
                settings.extend(settings_in(half, &part));
                continue;
            }
            self.may_go_on()
                .map_err(|cause| StepFailure { cause, aftermath: Aftermath::Stopped { done, total } })?;
            let run = PartRun { step, part: &part, settings: &settings, done, reached: position };
            self.run_part(&run, again).await?;
            (done, again) = (position, false);
            settings.extend(settings_in(half, &part));
            self.tell(Event::StatementDone { step, done, total });
        }
        self.end_outside(step, start).await.map_err(|error| self.stopped(step, error, done))?;
        Ok(StepReport::timed(step, start.elapsed()))
    }

    fn stopped(&self, step: &Step, failed: MessageError, done: usize) -> StepFailure {
        let aftermath = aftermath_of(&failed, step, done);
        StepFailure { cause: self.cause(step, failed), aftermath }
    }

    fn is_resumed(&self, step: &Step) -> bool {
        match step {
            Step::Up(up) => up.resume.is_some(),
            Step::Down(down) => down.resume.is_some(),
        }
    }

    /// The row that progress is kept in, with so many statements done. It is written before anything runs; only where
    /// the first part carries its progress it is written with that, so that a half that fails at once was not begun.
    fn begin(&self, step: &Step, done: usize) -> String {
        match step {
            Step::Up(UpStep { migration, resume: None }) => {
                self.table.insert(migration, &self.table_oid, NewRow::Begun { done })
            }
            Step::Up(UpStep { migration, resume: Some((version, _)) }) => {
                self.table.resume_up(version, migration)
            }
            Step::Down(DownStep { version, half, resume, .. }) => {
                self.table.begin_down(version, half, *resume, done)
            }
        }
    }

    async fn end_outside(&self, step: &Step, start: Instant) -> Result<(), MessageError> {
        let record = match step {
            Step::Up(_) => self.table.finish_up(step.version(), start.elapsed().as_millis()),
            Step::Down(down) => self.table.delete(&down.version),
        };
        let message = self
            .message()
            .own(Purpose::Frame, &RESET)
            .own(Purpose::History, &[&record])
            .own(Purpose::Frame, &CLEAN);
        self.send(&message).await
    }

    /// Runs one part, and records its progress. `again`: an interrupted run may have begun it.
    async fn run_part(&self, run: &PartRun<'_>, again: bool) -> Result<(), StepFailure> {
        let mut attempt = 1;
        loop {
            let result = match run.part.statements.as_slice() {
                [only] if carries_progress(run.part) => self.run_with_progress(run, only).await,
                [only] => self.run_alone(run, only, again || attempt > 1).await,
                block => self.run_block(run, block, again || attempt > 1).await,
            };
            let Err(failed) = result else { return Ok(()) };
            self.roll_back(&failed, TransactionMode::Outside).await;
            let aftermath = aftermath_of(&failed, run.step, run.done);
            if let Err(failure) = self.retry_or_fail(run.step, failed, aftermath, &mut attempt).await {
                if let [only] = run.part.statements.as_slice() {
                    self.tell_what_is_left(run, only).await;
                }
                return Err(failure);
            }
        }
    }

    /// A statement that no transaction may hold, or that ends transactions by itself. Between it and its progress the
    /// process may die, so a run that goes on here looks first whether it took effect.
    async fn run_alone(
        &self,
        run: &PartRun<'_>,
        statement: &Statement,
        again: bool,
    ) -> Result<(), MessageError> {
        let (step, half) = (run.step, run.step.half());
        let sql = half.text(statement);
        let found = if again { self.look_under_settings(run, sql).await? } else { Found::NotDone };
        match &found {
            Found::Done(what) => self.tell(Event::FoundDone { step, what }),
            Found::Halfway { what, finish } => {
                let message = self.message().own(Purpose::Frame, &[finish]);
                self.under_settings(run, self.send(&message)).await?;
                self.tell(Event::Healed { step, what });
            }
            Found::Remnant { what, remove } => {
                for statement in remove {
                    let message = self.message().own(Purpose::Frame, &[statement]);
                    self.under_settings(run, self.send(&message)).await?;
                }
                let what = format!("dropped {what}, left behind by a failed try");
                self.tell(Event::Healed { step, what: &what });
            }
            Found::NotDone => {}
        }
        if matches!(found, Found::NotDone | Found::Remnant { .. }) {
            let message = self.message().file(half, statement.span.clone(), 1);
            self.under_settings(run, self.send(&message)).await?;
            self.under_settings(run, self.refuse_invalid_index(statement, sql)).await?;
        }
        self.record_progress(run).await
    }

    /// Tells what a statement that failed has left behind. Where that cannot be asked, the next run sees it all the same.
    async fn tell_what_is_left(&self, run: &PartRun<'_>, statement: &Statement) {
        let stops = self.session.is_closed() || self.interrupt.is_requested();
        if stops || !matches!(statement.kind, Kind::OutsideOnly(_)) {
            return;
        }
        let sql = run.step.half().text(statement);
        if let Ok(Found::Remnant { what, .. }) = self.look_under_settings(run, sql).await {
            self.tell(Event::LeftBehind { step: run.step, what: &what });
        }
    }

    /// It may have to wait for a lock.
    async fn look_under_settings(&self, run: &PartRun<'_>, sql: &str) -> Result<Found, MessageError> {
        let look = async { own(effect::look(self.session.client(), sql).await) };
        self.watched(self.under_settings(run, look)).await
    }

    /// Does something under what the earlier parts have set, and nobody else: sends that before it, and a reset behind
    /// it, without waiting for answers in between. A pooler that gives out a server per transaction keeps the one that
    /// still owes answers, so that all of it happens on one, and the next client finds nothing there. `work` must send a single
    /// message, and that when it is first polled.
    async fn under_settings<T>(
        &self,
        run: &PartRun<'_>,
        work: impl Future<Output = Result<T, MessageError>>,
    ) -> Result<T, MessageError> {
        let client = self.session.client();
        let before = self.send_statements(run.step.half(), self.fresh_message(), run.settings).await?;
        let before = before.own(Purpose::Frame, self.lock_timeout_of(run.part).as_slice());
        let after = self.message().own(Purpose::Frame, &RESET);
        let (set, done, reset) = tokio::join!(
            biased;
            before.send(client, |_, _| {}),
            work,
            after.send(client, |_, _| {})
        );
        set?;
        let done = done?;
        reset?;
        Ok(done)
    }

    /// How long a statement that runs alone may wait for a lock. One that runs CONCURRENTLY lets others read and write
    /// while it waits, and a timeout, also one that the role has by default, would only leave an invalid index behind.
    /// What may commit by itself keeps the server's own: it cannot be tried again.
    fn lock_timeout_of(&self, part: &Part) -> Option<String> {
        match part.statements.as_slice() {
            [Statement { kind: Kind::OutsideOnly(name), .. }] if name.contains("CONCURRENTLY") => {
                Some("SET lock_timeout = 0".to_owned())
            }
            [Statement { kind: Kind::OutsideOnly(_), .. }] => {
                Some(format!("SET lock_timeout = {}", self.patience.timeout.as_millis()))
            }
            _ => None,
        }
    }

    /// A `CREATE INDEX … IF NOT EXISTS` is content with an invalid index of that name; pmdb is not.
    async fn refuse_invalid_index(&self, statement: &Statement, sql: &str) -> Result<(), MessageError> {
        let Some(name) = own(effect::invalid_index(self.session.client(), sql).await)? else { return Ok(()) };
        let origin = ErrorOrigin::File { offset: statement.span.start, statement: statement.span.clone() };
        Err(MessageError { error: SqlError::invalid_index(&name), origin })
    }

    /// Progress that no transaction of the file can carry.
    async fn record_progress(&self, run: &PartRun<'_>) -> Result<(), MessageError> {
        let message = self.message().own(Purpose::Frame, &["BEGIN"]);
        self.send(&self.progress(message, run).own(Purpose::Frame, &["COMMIT"])).await
    }

    /// The settings of the file end before the progress is written, and come again with the next part: the next
    /// transaction may run on another server process, and this one may serve others.
    fn progress(&self, message: Message, run: &PartRun<'_>) -> Message {
        let begins = run.done == 0 && !self.is_resumed(run.step) && carries_progress(run.part);
        let progress = if begins {
            self.begin(run.step, run.reached)
        } else {
            self.table.progress(run.step.version(), run.step.direction(), run.done, run.reached)
        };
        message.own(Purpose::Frame, &RESET).own(Purpose::History, &[progress])
    }

    /// A statement that can share a transaction with its progress does.
    async fn run_with_progress(&self, run: &PartRun<'_>, statement: &Statement) -> Result<(), MessageError> {
        let half = run.step.half();
        let message = self.fresh_message().own(Purpose::Frame, &["BEGIN", &self.lock_timeout()]);
        let message = self.send_statements(half, message, run.settings).await?;
        let message = self.send_statements(half, message, std::slice::from_ref(statement)).await?;
        self.send(&self.progress(message, run).own(Purpose::Frame, &["COMMIT"])).await
    }

    /// A block that the file itself opens and closes. The progress goes in before a COMMIT; behind a ROLLBACK it would
    /// be lost, and behind a PREPARE TRANSACTION it would lock the row until somebody commits that.
    async fn run_block(
        &self,
        run: &PartRun<'_>,
        block: &[Statement],
        again: bool,
    ) -> Result<(), MessageError> {
        let half = run.step.half();
        let [begin, inner @ .., last] = block else { return Ok(()) };
        if again && let Found::Done(what) = own(effect::look(self.session.client(), half.text(last)).await)? {
            self.tell(Event::FoundDone { step: run.step, what: &what });
            return self.record_progress(run).await;
        }
        let message = self
            .fresh_message()
            .file(half, begin.span.clone(), 1)
            .own(Purpose::Frame, &[&self.lock_timeout()]);
        let message = self.send_statements(half, message, run.settings).await?;
        let message = self.send_statements(half, message, inner).await?;
        if !carries_progress(run.part) {
            self.send(&message.file(half, last.span.clone(), 1)).await?;
            return self.record_progress(run).await;
        }
        self.send(&self.progress(message, run).file(half, last.span.clone(), 1)).await
    }

    /// Sends statements, and gives back the message that is still to be sent: one is cut where the next statement
    /// has to be read differently, and around the data of a COPY.
    async fn send_statements(
        &self,
        half: &Half,
        opening: Message,
        statements: &[Statement],
    ) -> Result<Message, MessageError> {
        let mut message = opening;
        for statement in statements {
            if statement.kind.copies() {
                self.send(&message).await?;
                self.copy(half, statement).await?;
                message = self.message();
                continue;
            }
            message = message.file(half, statement.span.clone(), 1);
            if statement.kind == Kind::ChangesLexing {
                self.send(&message).await?;
                message = self.message();
            }
        }
        Ok(message)
    }
}

/// How a half is left by an error behind so many statements.
fn aftermath_of(failed: &MessageError, step: &Step, done: usize) -> Aftermath {
    let total = step.half().statement_count();
    if failed.error.is_connection_lost() {
        Aftermath::Lost { done, total }
    } else {
        Aftermath::Stopped { done, total }
    }
}

/// Whether a part and its progress are committed together.
fn carries_progress(part: &Part) -> bool {
    match part.statements.as_slice() {
        [only] => !matches!(only.kind, Kind::OutsideOnly(_) | Kind::MayCommit),
        [.., last] => last.kind == Kind::TransactionControl(TransactionWord::Commit),
        [] => false,
    }
}

/// What a part sets for the rest of the half.
fn settings_in<'h>(half: &'h Half, part: &Part) -> impl Iterator<Item = Statement> + 'h {
    let statements = part.statements.clone();
    statements.into_iter().filter(|statement| is_session_setting(half.text(statement)))
}

/// An error of a question that pmdb itself asked.
fn own<T>(result: Result<T, SqlError>) -> Result<T, MessageError> {
    result.map_err(|error| MessageError { error, origin: ErrorOrigin::Own(Purpose::Frame) })
}
