//! Statements that no transaction may hold, or that commit by themselves.
//!
//! Such a statement and the note that it is done cannot be committed together. So the history says that it is in flight
//! before it is sent. A definite answer of the server takes that back; where there was none, the next run finds out what
//! became of it before it goes on.

use tokio_postgres::SimpleQueryRow;
use tokio_postgres::error::SqlState;

use super::part_run::{PartRun, Row, settings_in};
use super::reset::{LEAVE, RESET};
use super::{Executor, StepFailure};
use crate::migration::{IfTaken, Position, Postcondition, Statement, StatementGroup, StatementKind, Step};
use crate::postgres::citus::Citus;
use crate::postgres::event::Event;
use crate::postgres::failure::{Cause, StepState};
use crate::postgres::message::{ErrorOrigin, Message, MessageError, Purpose};
use crate::postgres::postcondition::{self, Found};
use crate::postgres::rows::rows;
use crate::postgres::sql_error::SqlError;

/// What became of a statement that was in flight.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Recovered {
    /// It has taken effect.
    Done,
    /// It has not, and nothing that it left is in its way any more.
    NotDone,
}

/// How the server has refused a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// What it was to make is there already: that is somebody else's.
    NameTaken,
    /// In any other way.
    Other,
    /// It gave no answer.
    NoAnswer,
}

impl Refusal {
    pub(super) fn of(failed: &MessageError) -> Refusal {
        let taken = [SqlState::DUPLICATE_TABLE, SqlState::DUPLICATE_OBJECT];
        match &failed.error {
            error if error.is_connection_lost() => Refusal::NoAnswer,
            error if taken.iter().any(|code| error.is(code)) => Refusal::NameTaken,
            _ => Refusal::Other,
        }
    }
}

impl Executor<'_> {
    /// Runs a statement by itself.
    pub(super) async fn run_alone(
        &self,
        run: &PartRun<'_>,
        statement: &Statement,
    ) -> Result<(), MessageError> {
        if self.skips(run).await? {
            return Ok(());
        }
        let message = self.message().file(run.half, statement.span.clone(), 1);
        self.under_settings(run, &Work::Run(&message)).await?;
        match run.postcondition() {
            Some(postcondition @ Postcondition::IndexExists { .. }) => {
                self.refuse_invalid_index(run, statement, postcondition).await
            }
            _ => Ok(()),
        }
    }

    /// Whether a `CREATE INDEX CONCURRENTLY IF NOT EXISTS` has nothing to do. Citus 13 makes a valid index of that name an
    /// invalid one on the way (its issue 8338), so there it is not sent.
    async fn skips(&self, run: &PartRun<'_>) -> Result<bool, MessageError> {
        let Some(Postcondition::IndexExists { name, table, if_taken: IfTaken::Skips, .. }) =
            run.postcondition()
        else {
            return Ok(false);
        };
        if self.starting_point.citus == Citus::Absent {
            return Ok(false);
        }
        let query = postcondition::name_taken_query(table, name);
        let is_taken = !self.under_settings(run, &Work::Ask(&query)).await?.is_empty();
        if is_taken {
            self.tell(Event::FoundDone {
                step: run.step,
                what: &format!("{name} is there already, skipping"),
            });
        }
        Ok(is_taken)
    }

    /// A `CREATE INDEX … IF NOT EXISTS` is content with an invalid index of that name; pmdb is not.
    async fn refuse_invalid_index(
        &self,
        run: &PartRun<'_>,
        statement: &Statement,
        postcondition: &Postcondition,
    ) -> Result<(), MessageError> {
        let query = postcondition::query(postcondition).unwrap_or_default();
        let rows = self.under_settings(run, &Work::Ask(&query)).await?;
        let Some(name) = postcondition::invalid_index(postcondition, &rows) else { return Ok(()) };
        let origin = ErrorOrigin::File { offset: statement.span.start, statement: statement.span.clone() };
        Err(MessageError { error: SqlError::invalid_index(name), origin })
    }

    /// Finds out what became of a statement that was in flight when an earlier run broke off, and where the half stands
    /// then.
    pub(super) async fn settle(&self, step: &Step) -> Result<Position, StepFailure> {
        let Some(resume) = step.resume() else { return Ok(Position::Done(0)) };
        let Position::InFlight(done) = resume.position else { return Ok(resume.position) };
        let half = resume.sent.as_ref().unwrap_or_else(|| step.half());
        let Some(part) = half.part_at(done) else { return Ok(Position::Done(done)) };
        let before = StatementGroup { statements: half.statements().get(..done).unwrap_or_default() };
        let settings: Vec<&Statement> = settings_in(before).collect();
        let next = Position::Done(done + part.statements.len());
        let run = PartRun { step, half, part, settings: &settings, done, next, backfills: &[] };
        let recovered = self.recover(&run, Earlier::BrokeOff).await?;
        let now = if recovered == Recovered::Done { next } else { Position::Done(done) };
        let noted = self.table.progress(step.version(), step.direction(), resume.position, now);
        let noted = self.fresh_message().own(Purpose::History, &[noted]);
        if let Err(failed) = self.send(&noted).await {
            return Err(self.break_off(step, failed, done).await);
        }
        if recovered == Recovered::Done && !says_the_same(&run, step.half().part_at(done)) {
            let total = step.half().statement_count();
            let cause = Cause::SentOtherwise { statement: next.done() };
            return Err(StepFailure { cause, step_state: StepState::Stopped { done: next.done(), total } });
        }
        Ok(now)
    }

    /// The same for a half that has been rewritten to run as one transaction.
    pub(super) async fn settle_for_transaction(&self, step: &Step) -> Result<(), StepFailure> {
        let done = self.settle(step).await?.done();
        if done == 0 {
            return Ok(());
        }
        let total = step.half().statement_count();
        let cause = Cause::SentOtherwise { statement: done };
        Err(StepFailure { cause, step_state: StepState::Stopped { done, total } })
    }

    /// Gets ready to send a statement again that the server has refused.
    pub(super) async fn recover_for_retry(&self, run: &PartRun<'_>) -> Result<Recovered, StepFailure> {
        match run.postcondition() {
            Some(postcondition) if postcondition::may_leave_leftover(postcondition) => {
                self.recover(run, Earlier::Refused).await
            }
            _ => Ok(Recovered::NotDone),
        }
    }

    /// Looks for the effect of a statement, brings to its end what was cut off, and removes what is in its way.
    async fn recover(&self, run: &PartRun<'_>, earlier: Earlier) -> Result<Recovered, StepFailure> {
        let Some(postcondition) = run.postcondition() else { return Ok(Recovered::NotDone) };
        let (step, done) = (run.step, run.done);
        let stopped = |error| self.stopped(step, error, done);
        match self.look_under_settings(run, postcondition).await.map_err(stopped)? {
            Found::Done(_) if earlier == Earlier::Refused => Ok(Recovered::NotDone),
            Found::NotDone => Ok(Recovered::NotDone),
            Found::Done(what) => {
                self.tell(Event::FoundDone { step, what: &what });
                Ok(Recovered::Done)
            }
            Found::HalfDone { what, finish } => {
                let message = self.message().own(Purpose::Frame, &[finish]);
                self.under_settings(run, &Work::Run(&message)).await.map_err(stopped)?;
                self.tell(Event::Repaired { step, what: &what });
                Ok(Recovered::Done)
            }
            Found::InvalidLeftover { what, remove } => {
                for statement in remove {
                    let message = self.message().own(Purpose::Frame, &[statement]);
                    self.under_settings(run, &Work::Run(&message)).await.map_err(stopped)?;
                }
                let what = format!("dropped {what}, left behind by a failed try");
                self.tell(Event::Repaired { step, what: &what });
                Ok(Recovered::NotDone)
            }
            Found::Unclear(why) => Err(StepFailure {
                cause: Cause::InFlight { statement: done + run.part.statements.len(), why },
                step_state: StepState::Stopped { done, total: step.half().statement_count() },
            }),
        }
    }

    /// After a failure that is final: the note that the statement is in flight stays only where the statement may have left
    /// something that the next run has to remove, or where there was no answer. Where that cannot be asked, it stays too.
    pub(super) async fn after_failure(&self, run: &PartRun<'_>, row: Row, refusal: Refusal) {
        let is_noted = matches!(row, Row::Written(Position::InFlight(_)));
        if !is_noted || refusal == Refusal::NoAnswer || self.session.is_closed() {
            return;
        }
        match run.postcondition().filter(|postcondition| postcondition::may_leave_leftover(postcondition)) {
            Some(_) if self.interrupt.is_requested() => {}
            Some(postcondition) if refusal != Refusal::NameTaken => {
                match self.look_under_settings(run, postcondition).await {
                    Ok(Found::InvalidLeftover { what, .. }) => {
                        self.tell(Event::LeftBehind { step: run.step, what: &what })
                    }
                    Ok(Found::NotDone | Found::Done(_)) => self.take_back(run).await,
                    Ok(Found::HalfDone { .. } | Found::Unclear(_)) | Err(_) => {}
                }
            }
            _ => self.take_back(run).await,
        }
    }

    /// Says in the history that a statement is not in flight. Should that fail, the next run finds out.
    pub(super) async fn take_back(&self, run: &PartRun<'_>) {
        let (noted, now) = (Position::InFlight(run.done), Position::Done(run.done));
        let record = self.table.progress(run.step.version(), run.step.direction(), noted, now);
        let message = self.fresh_message().own(Purpose::History, &[record]);
        // Not at once, where the run is stopped: but nobody waits for a dead standby either.
        self.send_within(LEAVE, &message).await;
    }

    /// It may have to wait for a lock.
    async fn look_under_settings(
        &self,
        run: &PartRun<'_>,
        postcondition: &Postcondition,
    ) -> Result<Found, MessageError> {
        if let Some(query) = postcondition::query(postcondition) {
            let rows = self.under_settings(run, &Work::Ask(&query)).await?;
            if let Some(found) = postcondition::found(postcondition, &rows) {
                return Ok(found);
            }
        }
        let Some(query) = postcondition::twin_query(postcondition) else { return Ok(Found::NotDone) };
        match self.under_settings(run, &Work::Ask(&query)).await {
            Ok(twins) => Ok(postcondition::found_by_definition(postcondition, Some(&twins))),
            Err(failed) if failed.error.is_connection_lost() => Err(failed),
            Err(_) => Ok(postcondition::found_by_definition(postcondition, None)),
        }
    }

    /// Does something under what the earlier parts have set, and nobody else: sends that before it, and a reset after
    /// it, without waiting for answers in between. A pooler that gives out a server per transaction keeps the one that
    /// still owes answers, so that all of it happens on one, and the next client finds nothing there. Gives back the rows
    /// of what is asked.
    async fn under_settings(
        &self,
        run: &PartRun<'_>,
        work: &Work<'_>,
    ) -> Result<Vec<SimpleQueryRow>, MessageError> {
        let client = self.session.client();
        let opening = self.fresh_message().together();
        let before = self.send_statements(run.half, opening, run.settings).await?;
        let before = before.own(Purpose::Frame, self.lock_timeout_of(run).as_slice());
        let after = self.message().own(Purpose::Frame, &RESET);
        let working = async {
            match work {
                Work::Run(message) => message.send(client, |_, _| {}).await.map(|()| Vec::new()),
                Work::Ask(query) => own(rows(client, query).await.map_err(SqlError::from)),
            }
        };
        let all = async {
            tokio::join!(
                biased;
                before.send(client, |_, _| {}),
                working,
                after.send(client, |_, _| {})
            )
        };
        let (set, done, reset) = self.watched(all).await;
        set?;
        // What is done is done, also where the reset does not come through: the next message begins with another one.
        let _ = reset;
        done
    }

    /// How long a statement that runs alone may wait for a lock. One that runs CONCURRENTLY lets others read and write
    /// while it waits, and a timeout, also one that the role has by default, would only leave an invalid index behind.
    /// What may commit by itself keeps the server's own: it cannot be tried again. What the file itself sets stands.
    fn lock_timeout_of(&self, run: &PartRun<'_>) -> Option<String> {
        if run
            .settings
            .iter()
            .any(|setting| run.half.text(setting).to_ascii_lowercase().contains("lock_timeout"))
        {
            return None;
        }
        match run.part.statements {
            [Statement { kind: StatementKind::NonTransactional(name), .. }]
                if name.contains("CONCURRENTLY") =>
            {
                Some("SET lock_timeout = 0".to_owned())
            }
            [Statement { kind: StatementKind::NonTransactional(_), .. }] => {
                Some(format!("SET lock_timeout = {}", self.patience.timeout.as_millis()))
            }
            _ => None,
        }
    }
}

/// What is sent as one message.
enum Work<'w> {
    /// Its rows are thrown away.
    Run(&'w Message),
    /// A question of pmdb's own.
    Ask(&'w str),
}

/// What is known of the try before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Earlier {
    /// There was no answer: the effect may be its work.
    BrokeOff,
    /// The server has refused it: whatever is there, except for what it has left, is not its work.
    Refused,
}

impl PartRun<'_> {
    /// What the last statement of the part leaves in the server.
    fn postcondition(&self) -> Option<&Postcondition> {
        self.part.statements.last()?.facts.postcondition.as_deref()
    }
}

/// Whether the file still says what was sent.
fn says_the_same(run: &PartRun<'_>, now: Option<StatementGroup<'_>>) -> bool {
    let sent = run.part.masked_checksum(run.half);
    now.is_some_and(|part| part.masked_checksum(run.step.half()) == sent)
}

/// An error of a question that pmdb itself asked.
fn own<T>(result: Result<T, SqlError>) -> Result<T, MessageError> {
    result.map_err(|error| MessageError { error, origin: ErrorOrigin::Own(Purpose::Frame) })
}
