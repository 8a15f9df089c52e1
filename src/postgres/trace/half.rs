//! Runs one half, statement by statement, and looks after each what the server did.

use std::time::{Duration, Instant};

use postgres_protocol::escape::escape_literal;

use super::alone;
use super::observation::{Observation, of_session, of_transaction};
use super::relations::{Relations, TargetNames};
use super::server_message::ServerMessage;
use super::stages::SchemaReadings;
use super::work::{CheckedForeignKey, Seen, runs_code};
use crate::connect::Session;
use crate::impact::{StatementTrace, TraceFailure};
use crate::migration::sql::secrets::masked;
use crate::migration::sql::taken_role;
use crate::migration::{Half, Statement, StatementGroup, StatementKind, TransactionMode};
use crate::postgres::catalog::{CatalogReader, ChangedBy};
use crate::postgres::guard::Guard;
use crate::postgres::history::HistoryTable;
use crate::postgres::interrupt::Interrupt;
use crate::postgres::message::{Delivery, ErrorOrigin, Message, MessageError, Purpose};
use crate::postgres::rebuild::{RebuildError, ServerEnvironment};
use crate::postgres::rows::rows;
use crate::postgres::run::{RESET, line_of_data, send_copy};
use crate::postgres::sql_error::SqlError;

/// Lets the server tell of its work.
const LISTEN: &str = "client_min_messages = debug1";

/// A half that is run.
pub(super) struct HalfRun<'a> {
    /// Has a session of its own, in which the half runs.
    pub own: CatalogReader,
    pub delivery: Delivery,
    /// Another session, to which nothing comes that the half sets in its own.
    pub reader: &'a Session,
    pub half: &'a Half,
    /// The roles of the target's server, where the scratch server is another one with roles of its own.
    pub other_roles: Option<&'a ServerEnvironment>,
    /// The statement that records it in the history.
    pub record: String,
    pub guard: Guard,
    pub left_out: &'a [HistoryTable],
    pub target_names: &'a TargetNames,
    pub interrupt: &'a Interrupt,
}

/// What was seen of a half.
#[derive(Default)]
pub(super) struct HalfTrace {
    pub statements: Vec<StatementTrace>,
    /// The schema between them.
    pub readings: SchemaReadings,
    pub failure: Option<TraceFailure>,
    /// What it has changed outside of its database, so that it was rolled back.
    pub changed_outside: Option<String>,
}

/// Why a half stopped.
enum HalfStop {
    /// The file fails.
    Failed(MessageError),
    /// All else that goes wrong.
    Broken(RebuildError),
}

impl From<MessageError> for HalfStop {
    fn from(failed: MessageError) -> HalfStop {
        HalfStop::Failed(failed)
    }
}

impl From<RebuildError> for HalfStop {
    fn from(error: RebuildError) -> HalfStop {
        HalfStop::Broken(error)
    }
}

impl HalfRun<'_> {
    /// Runs it. Where that came to its end earlier and only the guard was against it, what runs outside of a transaction is
    /// there already, and only the end is tried again.
    ///
    /// # Errors
    /// When it cannot be watched. That it fails is an answer.
    pub async fn run(&mut self, earlier: Option<HalfTrace>) -> Result<HalfTrace, RebuildError> {
        let mut trace = HalfTrace::default();
        let ran = match (self.half.mode(), earlier) {
            (TransactionMode::Transactional, _) => self.run_as_one(&mut trace).await,
            (TransactionMode::NonTransactional, None) => self.run_outside(&mut trace).await,
            (TransactionMode::NonTransactional, Some(earlier)) => {
                (trace.statements, trace.readings) = (earlier.statements, earlier.readings);
                self.end(&["BEGIN"]).await
            }
        };
        match ran {
            Ok(()) => {}
            Err(HalfStop::Failed(failed)) => {
                let _ = self.session().client().batch_execute("ROLLBACK").await;
                match Guard::found_in(&failed.error.message) {
                    Some(what) => trace.changed_outside = Some(what.to_owned()),
                    None => trace.failure = Some(self.failure(failed, &trace)),
                }
            }
            Err(HalfStop::Broken(error)) => return Err(error),
        }
        Ok(trace)
    }

    async fn run_as_one(&mut self, trace: &mut HalfTrace) -> Result<(), HalfStop> {
        let relations = self.relations().await?;
        let mut before = Observation::default();
        self.own(&["BEGIN"]).await?;
        let half = self.half;
        for statement in half.statements() {
            self.run_in_transaction(statement, 0, &relations, &mut before, trace).await?;
        }
        self.end(&[]).await
    }

    async fn run_outside(&mut self, trace: &mut HalfTrace) -> Result<(), HalfStop> {
        let half = self.half;
        for (transaction, part) in half.parts().enumerate() {
            let relations = self.relations().await?;
            let mut before = of_session(self.session().client()).await.map_err(broken)?;
            match part.statements {
                [only] if self.takes_role_of_target(only) => {
                    trace.statements.push(self.quiet(only, transaction));
                }
                [only] if part.carries_progress() => {
                    self.own(&["BEGIN"]).await?;
                    self.run_in_transaction(only, transaction, &relations, &mut before, trace).await?;
                    self.own(&["COMMIT"]).await?;
                }
                [only] => self.run_alone(only, transaction, relations, &before, trace).await?,
                _ => self.run_block(part, transaction, &relations, &mut before, trace).await?,
            }
        }
        self.end(&["BEGIN"]).await
    }

    /// The BEGIN and the COMMIT stand in the file.
    async fn run_block(
        &mut self,
        part: StatementGroup<'_>,
        transaction: usize,
        relations: &Relations,
        before: &mut Observation,
        trace: &mut HalfTrace,
    ) -> Result<(), HalfStop> {
        let [begin, inner @ .., end] = part.statements else { return Ok(()) };
        self.send(self.message().file(self.half, begin.span.clone(), 1)).await?;
        trace.statements.push(self.quiet(begin, transaction));
        for statement in inner {
            self.run_in_transaction(statement, transaction, relations, before, trace).await?;
        }
        self.send(self.message().file(self.half, end.span.clone(), 1)).await?;
        trace.statements.push(self.quiet(end, transaction));
        Ok(())
    }

    async fn run_in_transaction(
        &mut self,
        statement: &Statement,
        transaction: usize,
        relations: &Relations,
        before: &mut Observation,
        trace: &mut HalfTrace,
    ) -> Result<(), HalfStop> {
        if self.takes_role_of_target(statement) {
            trace.statements.push(self.quiet(statement, transaction));
            return Ok(());
        }
        if trace.readings.are_due(self.half.text(statement))
            && let Some(read) = self.own.read_between_statements(self.changed_by()).await
        {
            trace.readings.read(trace.statements.len(), read);
        }
        let listen = self.message().own(Purpose::Frame, &[format!("SET LOCAL {LISTEN}")]);
        self.session().take_notices();
        let begin = Instant::now();
        if statement.kind.copies() {
            self.send(listen).await?;
            send_copy(self.session(), self.half, statement).await?;
        } else {
            self.send(self.with_statement(listen, statement)).await?;
        }
        let took = if runs_code(self.half.text(statement)) { begin.elapsed() } else { Duration::ZERO };
        // A query before `SET TRANSACTION` would come in its way. None of these do any work.
        if statement.kind == StatementKind::LocalSetting {
            trace.statements.push(self.quiet(statement, transaction));
            return Ok(());
        }
        let messages = self.messages();
        let after = of_transaction(self.session().client()).await.map_err(broken)?;
        let foreign_keys = self.foreign_keys(&messages, &after).await?;
        let seen = Seen {
            relations,
            text: self.half.text(statement),
            before,
            after: &after,
            messages: &messages,
            foreign_keys: &foreign_keys,
        };
        let (locks, work, emptied) = (seen.locks(), seen.work(), seen.emptied());
        let quiet = self.quiet(statement, transaction);
        trace.statements.push(StatementTrace { locks, work, emptied, took, ..quiet });
        trace.readings.ran(self.half.text(statement), relations, before, &after);
        for (number, observed) in after {
            before.insert(number, observed);
        }
        Ok(())
    }

    /// Whether a statement takes a role that the target has. On a server with roles of its own, one of that name owns nothing of the
    /// scratch database: there, all is done as the role that has connected.
    fn takes_role_of_target(&self, statement: &Statement) -> bool {
        let taken = || taken_role(self.half.text(statement));
        self.other_roles.is_some_and(|target| taken().is_some_and(|role| target.has(role.name())))
    }

    /// Whose changes there can be since the half began.
    fn changed_by(&self) -> ChangedBy {
        match self.half.mode() {
            TransactionMode::Transactional if !self.half.grants() => ChangedBy::OpenTransaction,
            _ => ChangedBy::Anyone,
        }
    }

    /// Adds a statement. That of a backfill takes all rows at once: a scratch database has few.
    fn with_statement(&self, message: Message, statement: &Statement) -> Message {
        let span = statement.span.clone();
        match self.half.backfill() {
            Some(backfill) => {
                let places = backfill.places.iter();
                let all: Vec<_> = places.map(|place| (place.span.clone(), "(true)".to_owned())).collect();
                message.rewritten(self.half, span, &all)
            }
            None => message.file(self.half, span, 1),
        }
    }

    /// A statement that no transaction may hold, or that may end one.
    async fn run_alone(
        &self,
        statement: &Statement,
        transaction: usize,
        relations: Relations,
        before: &Observation,
        trace: &mut HalfTrace,
    ) -> Result<(), HalfStop> {
        self.own(&[format!("SET {LISTEN}")]).await?;
        self.session().take_notices();
        self.send(self.message().file(self.half, statement.span.clone(), 1)).await?;
        let messages = self.messages();
        let after = of_session(self.session().client()).await.map_err(broken)?;
        let seen = Seen {
            relations: &relations,
            text: self.half.text(statement),
            before,
            after: &after,
            messages: &messages,
            foreign_keys: &[],
        };
        let work = seen.work();
        let locks = match statement.kind {
            StatementKind::NonTransactional(name) => {
                alone::locks(name, self.half.text(statement), &relations, &self.relations().await?, &work)
            }
            _ => Vec::new(),
        };
        trace.statements.push(StatementTrace { locks, work, ..self.quiet(statement, transaction) });
        Ok(())
    }

    /// Ends it as the migrator does: the row of the history is written by the role that connected.
    async fn end(&self, begin: &[&str]) -> Result<(), HalfStop> {
        let message = self
            .message()
            .own(Purpose::Frame, begin)
            .own(Purpose::Frame, &RESET)
            .own(Purpose::Guard, &[self.guard.statement()])
            .own(Purpose::History, &[&self.record])
            .own(Purpose::Frame, &["COMMIT"]);
        Ok(self.send(message).await?)
    }

    /// A statement of which nothing is seen.
    fn quiet(&self, statement: &Statement, transaction: usize) -> StatementTrace {
        StatementTrace {
            location: statement.location,
            text: masked(self.half.text(statement)).into_owned(),
            transaction,
            locks: Vec::new(),
            work: Vec::new(),
            emptied: Vec::new(),
            took: Duration::ZERO,
        }
    }

    fn session(&self) -> &Session {
        self.own.session()
    }

    async fn relations(&self) -> Result<Relations, RebuildError> {
        let relations = Relations::read(self.reader, self.left_out).await?;
        Ok(relations.with_target_names(self.target_names))
    }

    fn messages(&self) -> Vec<ServerMessage> {
        let notices = self.session().take_notices();
        notices.iter().filter_map(|notice| ServerMessage::parse(&notice.message)).collect()
    }

    /// The tables of the foreign keys that the server has checked. Within the transaction their names are known.
    async fn foreign_keys(
        &self,
        messages: &[ServerMessage],
        after: &Observation,
    ) -> Result<Vec<CheckedForeignKey>, RebuildError> {
        let names: Vec<String> = messages
            .iter()
            .filter_map(|message| match message {
                ServerMessage::ValidatesForeignKey { constraint } => Some(escape_literal(constraint)),
                _ => None,
            })
            .collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let query = format!(
            "SELECT c.conrelid, c.confrelid FROM pg_catalog.pg_constraint c \
             WHERE c.contype OPERATOR(pg_catalog.=) 'f'::pg_catalog.\"char\" \
             AND c.conname::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY[{}])",
            names.join(", ")
        );
        let rows = rows(self.session().client(), &query).await.map_err(|error| broken(error.into()))?;
        let number = |text: Option<&str>| text.and_then(|number| number.parse().ok());
        let keys = rows.iter().filter_map(|row| {
            Some(CheckedForeignKey { table: number(row.get(0))?, parent: number(row.get(1))? })
        });
        // Another table may have a constraint of the same name.
        let is_touched =
            |key: &CheckedForeignKey| after.contains_key(&key.table) && after.contains_key(&key.parent);
        Ok(keys.filter(is_touched).collect())
    }

    fn message(&self) -> Message {
        Message::marked("/* pmdb */", self.session().position_unit(), self.delivery)
    }

    async fn own(&self, statements: &[impl AsRef<str>]) -> Result<(), MessageError> {
        self.send(self.message().own(Purpose::Frame, statements)).await
    }

    async fn send(&self, message: Message) -> Result<(), MessageError> {
        let sending = message.send(self.session().client(), |_, _| {});
        self.interrupt.cancels(self.session(), sending).await
    }

    fn failure(&self, failed: MessageError, trace: &HalfTrace) -> TraceFailure {
        let location = match failed.origin {
            ErrorOrigin::Data { ref statement, line } => line_of_data(self.half, statement, line),
            ErrorOrigin::File { offset, .. } => self.half.locate(offset),
            // What is deferred fails at the end.
            ErrorOrigin::Own(_) => {
                let last = trace.statements.len().checked_sub(1);
                let last = last.and_then(|last| self.half.statements().get(last));
                last.map_or_else(|| self.half.locate(self.half.start()), |last| last.location)
            }
        };
        let error = without_values(failed.error.without_secrets_of(self.half.body()));
        let failed = self.half.statements().iter().rev().find(|one| one.location <= location);
        let statement = failed.map_or_else(String::new, |failed| self.quiet(failed, 0).text);
        TraceFailure {
            location,
            statement,
            message: error.message,
            detail: error.detail,
            code: error.sqlstate,
            points_to_word: error.position.is_some(),
        }
    }
}

/// The same without values of rows: of data (classes 22 and 23) the server shows the value that it refuses.
fn without_values(error: SqlError) -> SqlError {
    let is_about_data =
        error.sqlstate.as_deref().is_some_and(|code| code.starts_with("22") || code.starts_with("23"));
    if !is_about_data {
        return error;
    }
    let message = match error.message.split_once(": \"") {
        Some((before, _)) => before.to_owned(),
        None => error.message,
    };
    SqlError { message, detail: None, ..error }
}

/// An error of a question that pmdb itself asked.
fn broken(source: SqlError) -> RebuildError {
    RebuildError::Sql { doing: "what a statement did on the scratch database cannot be seen", source }
}
