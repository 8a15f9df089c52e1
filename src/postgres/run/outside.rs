//! Halves outside a transaction: statement by statement, each with its progress in the history row.

use std::time::Instant;

use super::{CLEAN, Executor, RESET, StepFailure};
use crate::migration::{DownStep, Half, Kind, Statement, Step, TransactionWord, UpStep};
use crate::postgres::effect::{self, Found};
use crate::postgres::event::{Event, StepReport};
use crate::postgres::failure::{Aftermath, Cause};
use crate::postgres::history::NewRow;
use crate::postgres::message::{ErrorOrigin, Message, MessageError, Purpose};

/// Like [`RESET`], but only until the end of the transaction: what a file outside a transaction sets in one
/// statement holds for its next ones.
const RESET_LOCAL: [&str; 2] = ["SET LOCAL SESSION AUTHORIZATION DEFAULT", "SET LOCAL role TO DEFAULT"];

impl Executor<'_> {
    /// Runs one half from where it stands to its end.
    pub(super) async fn run_outside(&mut self, step: &Step) -> Result<StepReport, StepFailure> {
        let start = Instant::now();
        let half = step.half();
        let total = half.statement_count();
        let mut done = step.done();
        self.begin_outside(step).await.map_err(|error| self.stopped(step, error, done))?;
        if done > 0 {
            self.replay_settings(half, done).await.map_err(|error| self.stopped(step, error, done))?;
        }
        let is_resumed = self.is_resumed(step);
        let mut position = 0;
        for part in half.parts() {
            position += part.statements.len();
            if position <= done {
                continue;
            }
            if self.interrupt.is_requested() {
                return Err(StepFailure {
                    cause: Cause::Interrupted,
                    aftermath: Aftermath::Stopped { done, total },
                });
            }
            let first_of_resumed = is_resumed && position - part.statements.len() == step.done();
            self.run_part(step, &part.statements, position, done, first_of_resumed).await?;
            done = position;
            self.listener.event(Event::StatementDone { step, done, total });
        }
        self.end_outside(step, start).await.map_err(|error| self.stopped(step, error, done))?;
        Ok(StepReport::new(step, start.elapsed()))
    }

    fn is_resumed(&self, step: &Step) -> bool {
        match step {
            Step::Up(up) => up.resume.is_some(),
            Step::Down(down) => down.resume.is_some(),
        }
    }

    /// Writes the row that progress is kept in, before anything runs.
    async fn begin_outside(&self, step: &Step) -> Result<(), MessageError> {
        let statement = match step {
            Step::Up(UpStep { migration, resume: None }) => {
                self.table.insert(migration, &self.table_oid, NewRow::Begun)
            }
            Step::Up(UpStep { migration, resume: Some((version, _)) }) => {
                self.table.resume_up(version, migration)
            }
            Step::Down(DownStep { version, half, resume, .. }) => {
                self.table.begin_down(version, half.sql(), resume.unwrap_or(0), half.statement_count())
            }
        };
        self.send(&Message::default().own(Purpose::History, &[&statement])).await
    }

    async fn end_outside(&self, step: &Step, start: Instant) -> Result<(), MessageError> {
        let record = match step {
            Step::Up(_) => self.table.finish_up(step.version(), start.elapsed().as_millis()),
            Step::Down(down) => self.table.delete(&down.version),
        };
        let message = Message::default()
            .own(Purpose::Frame, &RESET)
            .own(Purpose::History, &[&record])
            .own(Purpose::Frame, &CLEAN);
        self.send(&message).await
    }

    /// What the statements before a resumed one have set in the session was lost with it, so it is set again.
    async fn replay_settings(&self, half: &Half, done: usize) -> Result<(), MessageError> {
        for statement in half.statements().take(done) {
            let sql = half.source().get(statement.span.clone()).unwrap_or_default();
            if is_setting(sql) {
                self.send(&Message::default().file(half, statement.span, 1)).await?;
            }
        }
        Ok(())
    }

    /// Runs one statement of a half outside a transaction, or one BEGIN … COMMIT block, with its progress. `reached` is
    /// the number of statements that are done after it.
    async fn run_part(
        &mut self,
        step: &Step,
        statements: &[Statement],
        reached: usize,
        done: usize,
        first_of_resumed: bool,
    ) -> Result<(), StepFailure> {
        let half = step.half();
        let mut attempt = 1;
        loop {
            let result = match statements {
                [only] if matches!(only.kind, Kind::OutsideOnly(_) | Kind::MayCommit) => {
                    let again = first_of_resumed || attempt > 1;
                    self.run_alone(step, only, reached, again).await
                }
                [only] => self.run_with_progress(step, std::slice::from_ref(only), reached).await,
                block => self.run_block(step, block, reached).await,
            };
            let failed = match result {
                Ok(()) => return Ok(()),
                Err(failed) => failed,
            };
            let aftermath = match self.roll_back().await {
                Aftermath::Unknown => Aftermath::Unknown,
                _ => Aftermath::Stopped { done, total: half.statement_count() },
            };
            self.retry_or_fail(step, failed, aftermath, &mut attempt).await?;
        }
    }

    /// A statement that no transaction may hold, or that ends transactions by itself. Between it and its progress the
    /// process may die, so a run that goes on here looks first whether it took effect.
    async fn run_alone(
        &mut self,
        step: &Step,
        statement: &Statement,
        reached: usize,
        again: bool,
    ) -> Result<(), MessageError> {
        let half = step.half();
        let sql = half.source().get(statement.span.clone()).unwrap_or_default();
        let found = if again { self.look(sql).await? } else { Found::NotDone };
        match &found {
            Found::Done(what) => self.listener.event(Event::FoundDone { step, what }),
            Found::Remnant { what, remove } => {
                self.send(&Message::default().own(Purpose::Frame, &[remove])).await?;
                self.listener.event(Event::Healed { step, what });
            }
            Found::NotDone => {}
        }
        if !matches!(found, Found::Done(_)) {
            self.send(&Message::default().file(half, statement.span.clone(), 1)).await?;
        }
        self.record_progress(step, reached).await
    }

    /// Progress that no transaction of the file can carry.
    async fn record_progress(&self, step: &Step, reached: usize) -> Result<(), MessageError> {
        let progress = self.table.progress(step.version(), step.direction(), reached);
        let message = Message::default()
            .own(Purpose::Frame, &["BEGIN"])
            .own(Purpose::Frame, &RESET_LOCAL)
            .own(Purpose::History, &[&progress])
            .own(Purpose::Frame, &["COMMIT"]);
        self.send(&message).await
    }

    async fn look(&self, sql: &str) -> Result<Found, MessageError> {
        effect::look(self.session.client(), sql)
            .await
            .map_err(|error| MessageError { error, origin: ErrorOrigin::Own(Purpose::Frame) })
    }

    /// A statement that can share a transaction with its progress does.
    async fn run_with_progress(
        &self,
        step: &Step,
        statements: &[Statement],
        reached: usize,
    ) -> Result<(), MessageError> {
        let opening = Message::default().own(Purpose::Frame, &["BEGIN", &self.lock_timeout()]);
        let message = self.send_statements(step.half(), opening, statements).await?;
        let progress = self.table.progress(step.version(), step.direction(), reached);
        let message = message
            .own(Purpose::Frame, &RESET_LOCAL)
            .own(Purpose::History, &[&progress])
            .own(Purpose::Frame, &["COMMIT"]);
        self.send(&message).await
    }

    /// A block that the file itself opens and closes. The progress goes in before a COMMIT; behind a ROLLBACK it would
    /// be lost, and behind a PREPARE TRANSACTION it would lock the row until somebody commits that.
    async fn run_block(&self, step: &Step, block: &[Statement], reached: usize) -> Result<(), MessageError> {
        let half = step.half();
        let (Some((begin, rest)), Some(last)) = (block.split_first(), block.last()) else { return Ok(()) };
        let opening =
            Message::default().file(half, begin.span.clone(), 1).own(Purpose::Frame, &[&self.lock_timeout()]);
        let inner = rest.split_last().map_or(rest, |(_, inner)| inner);
        let message = self.send_statements(half, opening, inner).await?;
        if last.kind != Kind::TransactionControl(TransactionWord::Commit) {
            self.send(&message.file(half, last.span.clone(), 1)).await?;
            return self.record_progress(step, reached).await;
        }
        let progress = self.table.progress(step.version(), step.direction(), reached);
        let message = message.own(Purpose::Frame, &RESET_LOCAL).own(Purpose::History, &[&progress]).file(
            half,
            last.span.clone(),
            1,
        );
        self.send(&message).await
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
            if statement.copy_data.is_some() {
                self.send(&message).await?;
                self.copy(half, statement).await?;
                message = Message::default();
                continue;
            }
            message = message.file(half, statement.span.clone(), 1);
            if statement.kind == Kind::ChangesLexing {
                self.send(&message).await?;
                message = Message::default();
            }
        }
        Ok(message)
    }
}

fn is_setting(sql: &str) -> bool {
    let word = sql.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    word.eq_ignore_ascii_case("set") || word.eq_ignore_ascii_case("reset")
}
