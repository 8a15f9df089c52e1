//! Runs one half together with its history row. The migrator decides which; this is how.

use std::future::Future;
use std::ops::Range;
use std::path::PathBuf;
use std::pin::pin;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::SinkExt;
use tokio_postgres::error::SqlState;

use super::connect::Session;
use super::effect::{self, Found};
use super::event::{Event, Listener, StepReport};
use super::failure::{Aftermath, Cause, Place};
use super::history::{HistoryTable, NewRow};
use super::interrupt::Interrupt;
use super::message::{ErrorOrigin, Message, MessageError, Purpose};
use super::sql_error::SqlError;
use crate::migration::{
    DownStep, Half, Kind, Location, Segment, Statement, Step, TransactionMode, TransactionWord, UpStep,
    locate, stored_path,
};

/// How long to wait for locks on tables.
#[derive(Debug, Clone)]
pub struct LockPatience {
    /// How long a statement may wait for a lock: while it waits, everybody who comes after it waits too.
    pub timeout: Duration,
    /// How often a half is tried again after that.
    pub retries: u32,
}

impl Default for LockPatience {
    fn default() -> LockPatience {
        LockPatience { timeout: Duration::from_secs(5), retries: 10 }
    }
}

/// Runs halves on one session.
pub(super) struct Executor<'a> {
    pub session: &'a Session,
    pub table: &'a HistoryTable,
    /// Which table the history is, so that a file that replaces it is found out.
    pub table_oid: String,
    pub patience: &'a LockPatience,
    pub interrupt: &'a Interrupt,
    pub listener: &'a mut dyn Listener,
}

/// Why a half stopped, and what became of it.
pub(super) struct StepFailure {
    pub cause: Cause,
    pub aftermath: Aftermath,
}

/// Puts the session back as it was before a file set things in it, as far as that can be done inside the file's own
/// transaction. The history row is written after this, by the role that connected.
const RESET: [&str; 3] = ["RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL"];

/// The rest of it, after the COMMIT: temporary tables, LISTEN, cursors and prepared statements. `DISCARD ALL` would
/// do it in one, but it takes the runner's advisory lock away too.
const CLEAN: [&str; 4] = ["DISCARD TEMP", "UNLISTEN *", "CLOSE ALL", "DEALLOCATE ALL"];

/// Like [`RESET`], but only until the end of the transaction: what a file outside a transaction sets in one
/// statement holds for its next ones.
const RESET_LOCAL: [&str; 2] = ["SET LOCAL SESSION AUTHORIZATION DEFAULT", "SET LOCAL role TO DEFAULT"];

/// Before the first retry; it doubles with every further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How often a cancel request is repeated: one that reaches the server before the statement does is lost.
const CANCEL_AGAIN: Duration = Duration::from_millis(250);

/// Data of a COPY go out in pieces of this size.
const COPY_CHUNK: usize = 64 * 1024;

impl Executor<'_> {
    /// Runs one half to its end.
    pub async fn run(&mut self, step: &Step) -> Result<StepReport, StepFailure> {
        let start = Instant::now();
        match step.half().mode() {
            TransactionMode::Inside => self.run_inside(step).await?,
            TransactionMode::Outside => self.run_outside(step, start).await?,
        }
        Ok(StepReport {
            direction: step.direction(),
            version: step.version().clone(),
            name: step.name().to_owned(),
            execution_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            statements: step.half().statement_count(),
        })
    }

    async fn run_inside(&mut self, step: &Step) -> Result<(), StepFailure> {
        let mut attempt = 1;
        loop {
            let failed = match self.try_inside(step).await {
                Ok(()) => return Ok(()),
                Err(failed) => failed,
            };
            let aftermath = self.roll_back().await;
            self.retry_or_fail(step, failed, aftermath, &mut attempt).await?;
        }
    }

    /// One transaction: the half and its row.
    async fn try_inside(&mut self, step: &Step) -> Result<(), MessageError> {
        let half = step.half();
        let mut frame = vec!["BEGIN".to_owned(), self.lock_timeout()];
        if let Step::Up(UpStep { resume: Some((version, _)), .. }) = step {
            frame.push(self.table.delete_begun(version));
        }
        let mut message = Message::default().own(Purpose::Frame, &as_strs(&frame));
        let mut messages = 0;
        let mut holds_file = false;
        for segment in half.segments() {
            match segment {
                Segment::Sql { span, statements } => {
                    if holds_file {
                        self.send(&message).await?;
                        messages += 1;
                        message = Message::default();
                    }
                    message = message.file(half, span, statements);
                    holds_file = true;
                }
                Segment::Copy { statement } => {
                    self.send(&message).await?;
                    messages += 1;
                    (message, holds_file) = (Message::default(), false);
                    self.copy(half, &statement).await?;
                }
            }
        }
        if messages > 0 {
            // The server reads a whole message before it runs any of it: the row must not be read under an encoding
            // that the file has set.
            self.send(&message.own(Purpose::Frame, &RESET)).await?;
            message = Message::default();
        }
        let record = self.record(step);
        let message = message
            .own(Purpose::Frame, &RESET)
            .own(Purpose::History, &[&record])
            .own(Purpose::Frame, &["COMMIT"])
            .own(Purpose::Frame, &CLEAN);
        self.send(&message).await
    }

    /// The statement that records a half that is done as a whole.
    fn record(&self, step: &Step) -> String {
        match step {
            Step::Up(up) => self.table.insert(&up.migration, &self.table_oid, NewRow::Finished),
            Step::Down(down) => self.table.delete(&down.version),
        }
    }

    async fn run_outside(&mut self, step: &Step, start: Instant) -> Result<(), StepFailure> {
        let half = step.half();
        let total = half.statement_count();
        let mut done = step.done();
        self.begin_outside(step).await.map_err(|error| self.stopped(step, error, done))?;
        if done > 0 {
            self.replay_settings(half, done).await.map_err(|error| self.stopped(step, error, done))?;
        }
        let is_resumed = self.is_resumed(step);
        let mut position = 0;
        for part in half.steps() {
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
        self.end_outside(step, start).await.map_err(|error| self.stopped(step, error, done))
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

    /// Runs a COPY … FROM stdin with the data that follow it in the file.
    async fn copy(&self, half: &Half, statement: &Statement) -> Result<(), MessageError> {
        let source = half.source();
        let sql = source.get(statement.span.clone()).unwrap_or_default();
        let data = statement.copy_data.clone().unwrap_or(0..0);
        let bytes = source.get(data.clone()).unwrap_or_default().as_bytes();
        let copying = async {
            let sink = self.session.client().copy_in(sql).await?;
            let mut sink = pin!(sink);
            for chunk in bytes.chunks(COPY_CHUNK) {
                sink.send(Bytes::copy_from_slice(chunk)).await?;
            }
            sink.finish().await.map(|_| ())
        };
        self.guarded(copying).await.map_err(|error| {
            let error = SqlError::from(error);
            let offset = copy_error_offset(source, &error, &statement.span, &data);
            MessageError { error, origin: ErrorOrigin::File { offset, statement: statement.span.clone() } }
        })
    }

    async fn send(&self, message: &Message) -> Result<(), MessageError> {
        self.guarded(message.send(self.session.client())).await
    }

    /// Waits for the server, and asks it to cancel once a wish to stop comes.
    async fn guarded<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        tokio::select! {
            biased;
            result = &mut work => return result,
            () = self.interrupt.requested() => {}
        }
        loop {
            self.session.cancel().await;
            tokio::select! {
                result = &mut work => return result,
                () = tokio::time::sleep(CANCEL_AGAIN) => {}
            }
        }
    }

    async fn roll_back(&self) -> Aftermath {
        if self.session.client().batch_execute("ROLLBACK").await.is_ok() {
            Aftermath::RolledBack
        } else {
            Aftermath::Unknown
        }
    }

    /// After a lock timeout, pauses and lets the caller try again; everything else is final.
    async fn retry_or_fail(
        &mut self,
        step: &Step,
        failed: MessageError,
        aftermath: Aftermath,
        attempt: &mut u32,
    ) -> Result<(), StepFailure> {
        let may_retry = failed.error.is(&SqlState::LOCK_NOT_AVAILABLE) && aftermath != Aftermath::Unknown;
        if !may_retry {
            return Err(StepFailure { cause: self.cause(step, failed), aftermath });
        }
        if *attempt > self.patience.retries {
            let place = place(step, &failed.origin);
            let cause = Cause::LockTimeout {
                error: failed.error,
                place,
                attempts: *attempt,
                timeout: self.patience.timeout,
            };
            return Err(StepFailure { cause, aftermath });
        }
        let pause = jittered(FIRST_PAUSE.saturating_mul(1 << (*attempt - 1).min(8)).min(LONGEST_PAUSE));
        self.listener.event(Event::LockTimeout { step, attempt: *attempt, pause });
        *attempt += 1;
        tokio::select! {
            () = tokio::time::sleep(pause) => Ok(()),
            () = self.interrupt.requested() => Err(StepFailure { cause: Cause::Interrupted, aftermath }),
        }
    }

    fn stopped(&self, step: &Step, failed: MessageError, done: usize) -> StepFailure {
        let aftermath = if failed.error.is_connection_lost() {
            Aftermath::Unknown
        } else {
            Aftermath::Stopped { done, total: step.half().statement_count() }
        };
        StepFailure { cause: self.cause(step, failed), aftermath }
    }

    fn cause(&self, step: &Step, failed: MessageError) -> Cause {
        let MessageError { error, origin } = failed;
        if self.interrupt.is_requested() && error.is(&SqlState::QUERY_CANCELED) {
            return Cause::Interrupted;
        }
        let table = self.table.to_string();
        if error.is_connection_lost() || origin != ErrorOrigin::Own(Purpose::History) {
            return Cause::Sql { place: place(step, &origin), error };
        }
        if error.is(&SqlState::DIVISION_BY_ZERO) {
            return Cause::HistoryRowGone { table };
        }
        let replaced = [SqlState::UNDEFINED_TABLE, SqlState::UNDEFINED_COLUMN, SqlState::NOT_NULL_VIOLATION]
            .iter()
            .any(|code| error.is(code));
        if replaced { Cause::HistoryReplaced { table } } else { Cause::HistoryWrite { table, error } }
    }

    fn lock_timeout(&self) -> String {
        format!("SET LOCAL lock_timeout = {}", self.patience.timeout.as_millis())
    }
}

/// The path to show for a half.
pub(super) fn shown_path(step: &Step) -> PathBuf {
    step.path().map_or_else(|| stored_path(step.version()), PathBuf::from)
}

fn place(step: &Step, origin: &ErrorOrigin) -> Option<Place> {
    let ErrorOrigin::File { offset, .. } = origin else { return None };
    let source = step.half().source();
    let location = locate(source, *offset);
    Some(Place { location, line: line_of(source, location) })
}

fn line_of(source: &str, location: Location) -> String {
    source.lines().nth(location.line.saturating_sub(1)).unwrap_or_default().to_owned()
}

/// An error in the data of a COPY names the line of the data in its context (`COPY t, line 3, column a`).
fn copy_error_offset(source: &str, error: &SqlError, statement: &Range<usize>, data: &Range<usize>) -> usize {
    if let Some(position) = error.position {
        let sql = source.get(statement.clone()).unwrap_or_default();
        return statement.start + super::message::byte_offset(sql, position);
    }
    let line = error
        .context
        .as_deref()
        .and_then(|context| context.strip_prefix("COPY "))
        .and_then(|context| context.split_once(", line "))
        .and_then(|(_, rest)| rest.split(|c: char| !c.is_ascii_digit()).next())
        .and_then(|digits| digits.parse::<usize>().ok());
    let Some(line) = line.filter(|line| *line > 0) else { return statement.start };
    let text = source.get(data.clone()).unwrap_or_default();
    let before: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    data.start + before
}

fn is_setting(sql: &str) -> bool {
    let word = sql.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    word.eq_ignore_ascii_case("set") || word.eq_ignore_ascii_case("reset")
}

/// Between half of a pause and all of it, so that runners that failed together don't come back together.
fn jittered(pause: Duration) -> Duration {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let random = RandomState::new().build_hasher().finish();
    let half = pause / 2;
    let span = u64::try_from(half.as_millis()).unwrap_or(0) + 1;
    half + Duration::from_millis(random % span)
}

fn as_strs(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(context: &str) -> SqlError {
        SqlError {
            message: "invalid input".to_owned(),
            sqlstate: Some("22P02".to_owned()),
            detail: None,
            server_hint: None,
            context: Some(context.to_owned()),
            position: None,
        }
    }

    #[test]
    fn an_error_in_copied_data_points_at_its_line() {
        let source = "COPY t FROM stdin;\n1\nx\n3\n\\.\n";
        let offset =
            copy_error_offset(source, &error("COPY t, line 2, column a: \"x\""), &(0..18), &(19..25));
        assert_eq!(source.get(offset..), Some("x\n3\n\\.\n"));
    }

    #[test]
    fn an_error_without_a_line_points_at_the_copy_statement() {
        assert_eq!(copy_error_offset("COPY t FROM stdin;\n1\n", &error("somewhere"), &(0..18), &(19..21)), 0);
    }

    #[test]
    fn a_pause_is_at_least_half_of_itself_and_never_longer() {
        for _ in 0..100 {
            let pause = jittered(Duration::from_millis(100));
            assert!(pause >= Duration::from_millis(50) && pause <= Duration::from_millis(100), "{pause:?}");
        }
    }
}
