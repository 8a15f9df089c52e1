//! SQL that runs first in each scratch database: what migrations need and do not make, such as the schemas of a platform.

use std::path::{Path, PathBuf};

use super::{ScratchError, ScratchServer};
use crate::connect::{Session, Target};
use crate::migration::{Direction, FileError, Half, Segment, SourceLine, Statement, locate};
use crate::postgres::failure::Place;
use crate::postgres::guard::Guard;
use crate::postgres::message::{Delivery, ErrorOrigin, Message, MessageError, Purpose};
use crate::postgres::sql_error::SqlError;

/// A file of SQL without markers, which runs as one transaction.
#[derive(Debug, Clone)]
pub struct BeforeFile {
    path: PathBuf,
    half: Half,
}

/// What makes half a migration of it. It takes a line.
const MARKER: &str = "-- migrate:up\n";

impl BeforeFile {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// When it breaks a rule for SQL that runs in a transaction.
    pub fn parse(path: &Path, text: &str) -> Result<BeforeFile, FileError> {
        let half = Half::from_stored(&format!("{MARKER}{text}"), Direction::Up)
            .map_err(|error| error.one_line_up(path))?;
        Ok(BeforeFile { path: path.to_owned(), half })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The SQL, after a line with a marker.
    pub fn half(&self) -> &Half {
        &self.half
    }
}

/// Runs the files in a new database.
pub(super) async fn run(scratch: &ScratchServer, database: &Target) -> Result<(), ScratchError> {
    if scratch.before.is_empty() {
        return Ok(());
    }
    let session = Session::connect(database).await?;
    for file in &scratch.before {
        let mut suspected = None;
        loop {
            let guard = scratch.guard();
            let message = file.message(&session, &guard)?;
            let Err(failed) = message.send(session.client(), |_, _| {}).await else { break };
            match Guard::found_in(&failed.error.message) {
                Some(what) if scratch.may_be_others(&guard, what, &mut suspected).await? => {}
                _ => return Err(file.failed(failed)),
            }
            let _ = session.client().batch_execute("ROLLBACK").await;
        }
    }
    session.close().await;
    Ok(())
}

impl BeforeFile {
    /// All of it as one transaction.
    fn message(&self, session: &Session, guard: &Guard) -> Result<Message, ScratchError> {
        let mut message = Message::marked("/* pmdb */", session.position_unit(), Delivery::Together)
            .own(Purpose::Frame, &["BEGIN"]);
        for segment in self.half.segments() {
            match segment {
                Segment::Sql { span, statements } => message = message.file(&self.half, span, statements),
                Segment::Copy { statement } => return Err(self.copies(&statement)),
            }
        }
        Ok(message.own(Purpose::Guard, &[guard.statement()]).own(Purpose::Frame, &["COMMIT"]))
    }

    /// Data for it are rarely needed, and would make a migrator of this.
    fn copies(&self, statement: &Statement) -> ScratchError {
        let place = Some(self.place(statement.span.start));
        let source = SqlError::lost("a COPY with the client cannot run here: INSERT can");
        ScratchError::Before { path: self.path.clone(), place, source }
    }

    /// A place in the half, as one in the file.
    fn place(&self, offset: usize) -> Place {
        let text = self.half.source().get(MARKER.len()..).unwrap_or_default();
        let offset = offset.saturating_sub(MARKER.len());
        Place { location: locate(text, offset), line: SourceLine::around(text.as_bytes(), offset) }
    }

    fn failed(&self, failed: MessageError) -> ScratchError {
        let path = self.path.clone();
        if let Some(what) = Guard::found_in(&failed.error.message) {
            return ScratchError::BeforeReachesOut { path, what: what.to_owned() };
        }
        let place = match failed.origin {
            ErrorOrigin::File { offset, .. } => Some(self.place(offset)),
            ErrorOrigin::Own(_) | ErrorOrigin::Data { .. } => None,
        };
        let source = failed.error.without_secrets_of(self.half.body());
        ScratchError::Before { path, place, source }
    }
}
