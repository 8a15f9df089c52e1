//! Why rows were not loaded, or what was put off is not back.

use postgres_protocol::escape::escape_literal;
use thiserror::Error;
use tokio_postgres::error::SqlState;

use super::triggers::{InsertTrigger, tell_triggers};
use crate::connect::ConnectError;
use crate::diagnosis::{Diagnose, Diagnosis};
use crate::postgres::catalog::CatalogError;
use crate::postgres::interrupt::Interrupt;
use crate::postgres::lock::LockError;
use crate::postgres::sql_error::SqlError;

/// Why loading failed.
#[derive(Debug, Error)]
pub enum LoadError {
    /// Another runner is at work.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A connection could not be made.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The catalog could not be read.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// Indexes and foreign keys could not be put off.
    #[error("indexes and foreign keys cannot be put off: {0}")]
    PutOff(SqlError),
    /// The tables whose rows keep something from coming back could not be emptied.
    #[error("the tables whose indexes and foreign keys are missing cannot be emptied: {0}")]
    Empty(SqlError),
    /// The note of what is put off could not be read or removed.
    #[error("the table {note}, which keeps what pmdb fill has put off, cannot be used: {source}")]
    Note {
        /// The table.
        note: String,
        /// What the server said.
        source: SqlError,
    },
    /// The note may say anything: it is somebody else's.
    #[error(
        "the table {0}, which keeps what pmdb fill has put off, belongs to a role that the current one need not trust"
    )]
    StrangersNote(String),
    /// Something that was put off could not be made again.
    #[error("{what}, which was put off, cannot be brought back: {source}")]
    PutBack {
        /// What.
        what: String,
        /// Its name, quoted.
        name: String,
        /// Its table.
        table: String,
        /// The table with the note.
        note: String,
        /// What the server said.
        source: SqlError,
    },
    /// Its table is there no longer by that name.
    #[error("{what}, which was put off, cannot be brought back: {table} has another name now")]
    Renamed {
        /// The name that it had.
        table: String,
        /// What was put off.
        what: String,
        /// The table with the note.
        note: String,
    },
    /// What came back is not what was put off.
    #[error("what was put off is back, but not as it was: {}", differences.join("; "))]
    NotAsBefore {
        /// What differs.
        differences: Vec<String>,
        /// The table with the note.
        note: String,
    },
    /// The tables could not be looked at.
    #[error("the tables to be filled cannot be looked at: {0}")]
    Look(SqlError),
    /// The rows of a table could not be copied.
    #[error("{table} cannot be filled: {source}")]
    Copy {
        /// The table.
        table: String,
        /// What the server said.
        source: SqlError,
        /// What ran for the rows.
        triggers: Vec<InsertTrigger>,
    },
    /// The server has taken rows, and kept fewer.
    #[error("{table} cannot be filled: a trigger keeps {lost} of its rows out")]
    KeptOut {
        /// The table.
        table: String,
        /// How many rows.
        lost: u64,
        /// What ran for the rows.
        triggers: Vec<InsertTrigger>,
    },
    /// The server could not look at the new rows of a table.
    #[error("{table} is filled, but cannot be analyzed: {source}")]
    Analyze {
        /// The table.
        table: String,
        /// What the server said.
        source: SqlError,
    },
    /// Copying stopped early.
    #[error("{cause}")]
    Stopped {
        /// Why.
        cause: Box<LoadError>,
        /// The tables that are filled.
        whole: Vec<String>,
        /// The tables that were emptied before.
        emptied: Vec<String>,
        /// Why what was put off is not back, where it is not.
        put_back: Option<Box<LoadError>>,
    },
    /// Something kept what is put off from coming back.
    #[error("{cause}")]
    StillPutOff {
        /// Why.
        cause: Box<LoadError>,
        /// The table with the note.
        note: String,
    },
    /// Another table could not be filled.
    #[error("another table could not be filled")]
    ByAnother,
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted {
        /// The table with the note, where something is still put off.
        note: Option<String>,
    },
}

impl LoadError {
    /// The same, unless it is the answer to a request to stop.
    pub(super) fn or_interrupted(self, interrupt: &Interrupt) -> LoadError {
        let (source, note) = match &self {
            LoadError::PutOff(source) | LoadError::Empty(source) => (source, None),
            LoadError::PutBack { source, note, .. } => (source, Some(note.clone())),
            LoadError::Look(source) | LoadError::Catalog(CatalogError::Sql { source, .. }) => (source, None),
            _ => return self,
        };
        match interrupt.is_requested() && source.is(&SqlState::QUERY_CANCELED) {
            true => LoadError::Interrupted { note },
            false => self,
        }
    }

    /// The table with the note, where something is still put off.
    pub(super) fn note(&self) -> Option<&str> {
        match self {
            LoadError::PutBack { note, .. }
            | LoadError::Renamed { note, .. }
            | LoadError::NotAsBefore { note, .. }
            | LoadError::StillPutOff { note, .. } => Some(note),
            LoadError::Interrupted { note } => note.as_deref(),
            LoadError::Stopped { put_back, .. } => put_back.as_ref()?.note(),
            _ => None,
        }
    }
}

impl Diagnose for LoadError {
    fn diagnosis(&self) -> Diagnosis {
        let diagnosis = match self {
            LoadError::Lock(error) => return error.diagnosis(),
            LoadError::Connect(error) => return error.diagnosis(),
            LoadError::Catalog(error) => return error.diagnosis(),
            LoadError::PutOff(source) | LoadError::Empty(source) => {
                source.diagnosis().told_as(self).state(vec!["Nothing was changed.".to_owned()])
            }
            LoadError::Note { note, source } if source.is(&SqlState::UNDEFINED_COLUMN) => {
                source.diagnosis().told_as(self).hint(format!(
                    "{note} is a table of something else: give it another name, or keep the history in another schema, as in \
                     `--table pmdb.schema_migrations`"
                ))
            }
            LoadError::Note { source, .. } => source.diagnosis().told_as(self),
            LoadError::StrangersNote(note) => Diagnosis::of(self, "put_off").hint(format!(
                "what stands in it would run as the current role: if it is yours, run the command as its owner; otherwise \
                 `DROP TABLE {note}` removes it"
            )),
            LoadError::PutBack { source, name, table, note, .. } if is_about_names(source) => {
                let which = [("of", table), ("name", name)]
                    .map(|(column, value)| format!("\"{column}\" = {}", escape_literal(value)));
                source.diagnosis().told_as(self).code("put_off").hint(format!(
                    "something that it is made of is no longer there by that name: make it by hand as it should be now, or do without; \
                     then `DELETE FROM {note} WHERE {}`, and `pmdb fill --restore` goes on",
                    which.join(" AND ")
                ))
            }
            LoadError::PutBack { source, .. } if !is_about_rows(source) => {
                let diagnosis = source.diagnosis().told_as(self).code("put_off");
                diagnosis.hint("once that is no longer in the way, `pmdb fill --restore` goes on")
            }
            LoadError::PutBack { source, table, .. } => source.diagnosis().told_as(self).code("put_off").hint(format!(
                "correct the rows of {table}, and `pmdb fill --restore` brings it back; or `pmdb fill --restore --truncate` empties \
                 the tables that something is missing of first"
            )),
            LoadError::Renamed { table, note, .. } => Diagnosis::of(self, "put_off").hint(format!(
                "give the table its name back, and `pmdb fill --restore` goes on; or make it by hand, and \
                 `DELETE FROM {note} WHERE \"of\" = '{table}'`"
            )),
            LoadError::NotAsBefore { note, .. } => Diagnosis::of(self, "put_off").hint(format!(
                "drop what differs, and `pmdb fill --restore` makes it again; where it is meant so, `DROP TABLE {note}`"
            )),
            LoadError::Copy { source, triggers, .. } => {
                tell_triggers(source.diagnosis().told_as(self), "for new rows", triggers)
            }
            LoadError::KeptOut { triggers, .. } => tell_triggers(Diagnosis::of(self, "load"), "for new rows", triggers),
            LoadError::Look(source) | LoadError::Analyze { source, .. } => source.diagnosis().told_as(self),
            LoadError::ByAnother => Diagnosis::of(self, "load"),
            LoadError::StillPutOff { cause, .. } => {
                let diagnosis = cause.diagnosis().told_as(self);
                diagnosis.hint("`pmdb fill --restore` brings back what is still put off")
            }
            LoadError::Stopped { cause, whole, emptied, put_back } => {
                return stopped(cause, (whole, emptied), put_back.as_deref());
            }
            LoadError::Interrupted { note: None } => Diagnosis::interrupted(self),
            LoadError::Interrupted { note: Some(_) } => {
                Diagnosis::interrupted(self).hint("`pmdb fill --restore` brings back what is still put off")
            }
        };
        match self.note() {
            Some(note) if matches!(self, LoadError::NotAsBefore { .. }) => {
                diagnosis.state(vec![format!("All are there; what they were is in {note}.")])
            }
            Some(note) => diagnosis.state(vec![format!(
                "Indexes or constraints are still missing; what makes them is in {note}."
            )]),
            None => diagnosis,
        }
    }
}

/// Whether a table, a column or whatever else it is made of has been dropped or has another name.
fn is_about_names(error: &SqlError) -> bool {
    error.is_of_class("42") && !error.is(&SqlState::INSUFFICIENT_PRIVILEGE)
}

/// Whether it is rows that keep an index or a key from being made, or what an expression makes of one.
fn is_about_rows(error: &SqlError) -> bool {
    ["22", "23", "P0"].iter().any(|class| error.is_of_class(class))
}

/// Which tables are there is what people want to know first; then what is missing otherwise.
fn stopped(
    cause: &LoadError,
    (whole, emptied): (&[String], &[String]),
    put_back: Option<&LoadError>,
) -> Diagnosis {
    let tables = match whole {
        [] => "No table was filled.".to_owned(),
        [table] => format!("Filled as a whole: {table}; no other has new rows."),
        tables => format!("Filled as a whole: {}; no other has new rows.", tables.join(", ")),
    };
    let mut diagnosis = cause.diagnosis();
    let mut state = vec![tables];
    if !emptied.is_empty() {
        state.push(format!("Emptied before: {}.", emptied.join(", ").replace("ONLY ", "")));
    }
    state.append(&mut diagnosis.state);
    if let Some(error) = put_back {
        state.push(format!("Beside that, {error}."));
        state.extend(error.diagnosis().state);
        let hint = "`pmdb fill --restore` brings back what is still put off, and with `--truncate` it empties those tables first";
        diagnosis = diagnosis.hint(hint);
    }
    diagnosis.done("filled", &whole).state(state)
}
