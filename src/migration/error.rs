use std::fmt;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::location::Locator;
use super::other_tool::{OtherTool, WHAT_IS_EXPECTED};
use super::source::Source;
use super::sql::{Opener, TransactionCommand};
use super::{Direction, Location, SourceLine};
use crate::diagnosis::{Excerpt, FileLocation, Headline};

/// Why a file is no migration: what is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileError {
    /// The file, as it is shown to people.
    pub path: PathBuf,
    /// Where in the file; `None` when it is about the whole of it.
    pub location: Option<Location>,
    /// The rule that it breaks.
    pub kind: FileErrorKind,
    line: Option<SourceLine>,
}

/// The rules for migration files, one variant for each way to break them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each variant, which stands above it, is its documentation")]
pub enum FileErrorKind {
    #[error("the file name does not begin with a version")]
    NoVersion,
    #[error("the file name is not UTF-8")]
    NameNotUtf8,
    #[error("the byte at offset {offset} is not UTF-8")]
    NotUtf8 { offset: usize },
    #[error("the file is UTF-16, not UTF-8")]
    Utf16,
    #[error("a NUL byte, which PostgreSQL does not accept in SQL")]
    NulByte,
    #[error("there is no line `-- migrate:{0}`")]
    MissingMarker(Direction),
    #[error("this is not the line `-- migrate:up`, though it looks like it: {character} stands in it")]
    NearMarker { character: String },
    #[error("this file is not pmdb's: it looks like {}", .0.whose())]
    OtherTool(OtherTool),
    #[error("a second `-- migrate:{direction}`: the first one is in line {}", first.line)]
    RepeatedMarker { direction: Direction, first: Location },
    #[error("`-- migrate:down` stands before `-- migrate:up`")]
    DownBeforeUp,
    #[error("`{word}` is not a marker")]
    UnknownMarker { word: String },
    #[error("unknown option `{option}`")]
    UnknownOption { option: String },
    #[error("unknown value in `{option}:{value}`")]
    UnknownValue { option: &'static str, value: String },
    #[error("`batch:{value}` does not name a table and its key")]
    UnknownBatchValue { value: String },
    #[error("`batch:` and `transaction:` in one marker")]
    BatchAndTransaction,
    #[error("`deferred:true` without `batch:`")]
    DeferredWithoutBatch,
    #[error("`requires:{value}` does not name versions")]
    UnknownRequirement { value: String },
    #[error("`{option}:` on the way down")]
    UpOnly { option: &'static str },
    #[error("a backfill without a statement")]
    BackfillWithoutStatement,
    #[error("a second statement in a backfill")]
    BackfillStatements,
    #[error("this statement cannot run batch by batch")]
    NoBackfillStatement,
    #[error("this backfill does not say `:batch`")]
    NoBatchPlace,
    #[error("`{place}` does not name the table of the batch")]
    BatchAlias { place: String },
    #[error("this backfill assigns {column}, a column of the key that it goes along")]
    KeyAssigned { column: String },
    #[error("this backfill does not name {table}, the table that it goes along")]
    OtherTable { table: String },
    #[error("SKIP LOCKED in a backfill")]
    SkipsLockedRows,
    #[error("{clause} beside :batch: the rows of a batch that it leaves out would never be done")]
    LimitsBatch { clause: &'static str },
    #[error("OR beside :batch: the statement would change rows of other batches, too")]
    OrBesideBatch,
    #[error("SQL before the first marker")]
    SqlBeforeMarker,
    #[error("{} is never closed", opener.describe())]
    Unclosed { opener: Opener },
    #[error("{} is still open at the marker in line {}", opener.describe(), marker.line)]
    OpenAtMarker { opener: Opener, marker: Location },
    #[error("the data of this COPY runs to the end of the file, over the marker in line {}", marker.line)]
    MarkerInCopyData { marker: Location },
    #[error("SQL in the line of a `COPY … FROM stdin`, whose data begins in the next line")]
    SqlBehindCopy,
    #[error("this statement has {length} bytes, and PostgreSQL takes up to 1 GB")]
    StatementTooLong { length: usize },
    #[error(
        "up to the end of this statement the file has more than 500 MB of SQL, which is the most that the history keeps"
    )]
    TooMuchSql,
    #[error("`{command}` is a psql command")]
    PsqlCommand { command: String },
    #[error("{word} in a half that runs as one transaction")]
    TransactionControl { word: TransactionCommand, direction: Direction },
    #[error("{statement} cannot run inside a transaction")]
    NonTransactional { statement: &'static str, direction: Direction },
    #[error("{statement} cannot run inside the transaction that the BEGIN in line {} opens", begin.line)]
    OutsideOnlyInBlock { statement: &'static str, begin: Location },
    #[error("a setting for one transaction does nothing outside of one")]
    LocalSetting,
    #[error("this BEGIN has no COMMIT before the half ends")]
    BeginWithoutCommit,
    #[error("{word} without a BEGIN before it")]
    NoBegin { word: TransactionCommand },
    #[error("{word} makes two transactions of one step")]
    Chain { word: TransactionCommand },
}

/// What was found wrong at a byte offset of a text whose file is not known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) at: Option<usize>,
    pub(crate) kind: FileErrorKind,
}

impl Problem {
    pub(crate) fn at(offset: usize, kind: FileErrorKind) -> Problem {
        Problem { at: Some(offset), kind }
    }

    pub(crate) fn with_the_file(kind: FileErrorKind) -> Problem {
        Problem { at: None, kind }
    }
}

impl FileError {
    pub(crate) fn new(path: impl Into<PathBuf>, text: &[u8], problem: Problem) -> FileError {
        let location = problem.at.map(|offset| Locator::new(text).locate(offset));
        let place = problem.at.filter(|_| !problem.kind.is_about_the_whole_text());
        let line = place.map(|offset| SourceLine::around(text, offset));
        FileError { path: path.into(), location, kind: problem.kind, line }
    }

    /// The same for a text from which long data may be left out.
    pub(crate) fn in_source(path: &std::path::Path, source: &Source, problem: Problem) -> FileError {
        let at = problem.at;
        let mut error = FileError::new(path, source.text.as_bytes(), problem);
        error.location = at.map(|offset| source.locate(offset));
        error
    }

    /// With a place that is known.
    pub(crate) fn at_line(
        path: &std::path::Path,
        kind: FileErrorKind,
        location: Location,
        line: SourceLine,
    ) -> FileError {
        let line = Some(line).filter(|_| !kind.is_about_the_whole_text());
        FileError { path: path.to_owned(), location: Some(location), kind, line }
    }

    /// The line that the error is in, to be shown with a caret below its column.
    pub fn source_line(&self) -> Option<&SourceLine> {
        self.line.as_ref()
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        self.kind.hint()
    }

    /// It for a person.
    pub(super) fn headline(&self) -> Headline {
        let excerpt = self.location.zip(self.line.as_ref()).map(|(location, line)| Excerpt {
            line: location.line,
            text: line.text.clone(),
            column: line.column,
        });
        Headline { text: self.to_string(), excerpt }
    }

    /// Where it is.
    pub(super) fn place(&self) -> FileLocation {
        FileLocation::new(&self.path, self.location)
    }

    /// It for a program.
    pub(super) fn for_programs(&self) -> Value {
        json!({
            "location": self.place(),
            "message": self.kind.to_string(),
            "hint": self.hint(),
        })
    }
}

#[cfg(feature = "inspect")]
impl FileError {
    /// The same error of a file that had a line put before its first.
    pub(crate) fn one_line_up(mut self, path: &std::path::Path) -> FileError {
        self.path = path.to_owned();
        if let Some(location) = &mut self.location {
            location.line = location.line.saturating_sub(1);
        }
        self
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some(location) = self.location {
            write!(f, "{location}:")?;
        }
        write!(f, " {}", self.kind)
    }
}

impl std::error::Error for FileError {}

impl FileErrorKind {
    /// Such an error names the first line, but no line shows it.
    fn is_about_the_whole_text(&self) -> bool {
        matches!(self, FileErrorKind::MissingMarker(_) | FileErrorKind::Utf16)
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            FileErrorKind::NameNotUtf8 => "rename it: the history keeps the name as text".to_owned(),
            FileErrorKind::NoVersion => "name it like 0001_create_users.sql".to_owned(),
            FileErrorKind::NotUtf8 { .. } | FileErrorKind::Utf16 => "save the file as UTF-8".to_owned(),
            FileErrorKind::NulByte => "take it out of the file".to_owned(),
            FileErrorKind::NearMarker { .. } => "type the line anew: `-- migrate:up`".to_owned(),
            FileErrorKind::MissingMarker(direction) => {
                format!("write `-- migrate:{direction}` as a line of its own above the SQL")
            }
            FileErrorKind::OtherTool(_) => WHAT_IS_EXPECTED.to_owned(),
            FileErrorKind::RepeatedMarker { .. } => {
                "put both parts below one marker, or in two files".to_owned()
            }
            FileErrorKind::DownBeforeUp => "write the up half first".to_owned(),
            FileErrorKind::UnknownMarker { .. } => {
                "write `-- migrate:up` or `-- migrate:down`; no other comment may begin with `migrate:`"
                    .to_owned()
            }
            FileErrorKind::UnknownOption { .. } => "the options are `transaction:false`, `batch:TABLE(COLUMN, …)`, `deferred:true` and `requires:VERSION`".to_owned(),
            FileErrorKind::UnknownValue { option: "deferred", .. } => {
                "write `deferred:true`, or leave the option out".to_owned()
            }
            FileErrorKind::UnknownValue { .. } => {
                "write `transaction:false`, or leave the option out".to_owned()
            }
            FileErrorKind::DeferredWithoutBatch => {
                "only a backfill can be deferred: `batch:TABLE(COLUMN, …) deferred:true`".to_owned()
            }
            FileErrorKind::UnknownRequirement { .. } => {
                "write the number of the migration that has to be applied before: `requires:0012`".to_owned()
            }
            FileErrorKind::UpOnly { option } => format!("move `{option}:` to `-- migrate:up`"),
            FileErrorKind::UnknownBatchValue { .. } => {
                "write the table and the columns of a unique index: `batch:tasks(id)`".to_owned()
            }
            FileErrorKind::BatchAndTransaction => {
                "leave `transaction:` out: each batch is a transaction".to_owned()
            }
            FileErrorKind::BackfillWithoutStatement => {
                "write the statement below it: `UPDATE … WHERE :batch`".to_owned()
            }
            FileErrorKind::BackfillStatements => "move it to a file of its own".to_owned(),
            FileErrorKind::NoBackfillStatement => {
                "write an UPDATE, a DELETE, or another statement that runs in a transaction".to_owned()
            }
            FileErrorKind::NoBatchPlace => {
                "write `:batch` where the condition for one batch belongs: `WHERE priority IS NULL AND :batch`"
                    .to_owned()
            }
            FileErrorKind::BatchAlias { .. } => {
                "write its alias in the statement, or its name without a schema: `:batch(t)`; or `:batch` alone, where that is clear"
                    .to_owned()
            }
            FileErrorKind::OtherTable { .. } => {
                "`batch:` names the table whose rows the statement goes through, and its key".to_owned()
            }
            FileErrorKind::OrBesideBatch => {
                "put what stands beside :batch in parentheses, as in `WHERE (a OR b) AND :batch`".to_owned()
            }
            FileErrorKind::SkipsLockedRows => {
                "leave it out: a row that is skipped would never be done. A batch that has to wait is tried again, with fewer rows"
                    .to_owned()
            }
            FileErrorKind::LimitsBatch { .. } => {
                "take it out: `:batch` alone says how many rows are done at a time. In a subquery without `:batch` it may stand".to_owned()
            }
            FileErrorKind::KeyAssigned { .. } => {
                "leave it as it is, since a row whose key moves up would come again, or name another unique index after `batch:`"
                    .to_owned()
            }
            FileErrorKind::SqlBeforeMarker => "move it below `-- migrate:up`".to_owned(),
            FileErrorKind::Unclosed { opener } | FileErrorKind::OpenAtMarker { opener, .. } => {
                format!("close it with {}", opener.closer())
            }
            FileErrorKind::MarkerInCopyData { .. } => "end the data with a line of `\\.` alone".to_owned(),
            FileErrorKind::SqlBehindCopy => "move it below the line `\\.` that ends the data".to_owned(),
            FileErrorKind::StatementTooLong { .. } => {
                "make several of it, or load the rows with COPY … FROM stdin, whose data may have any size"
                    .to_owned()
            }
            FileErrorKind::TooMuchSql => {
                "make several files of it, or load the rows with COPY … FROM stdin, whose data may have any size"
                    .to_owned()
            }
            FileErrorKind::PsqlCommand { .. } => {
                "pmdb runs SQL, not psql commands: take the line out, or say it in SQL".to_owned()
            }
            FileErrorKind::TransactionControl { direction, .. } => format!(
                "take it out, since pmdb begins and commits by itself, or write `-- migrate:{direction} transaction:false`"
            ),
            FileErrorKind::NonTransactional { direction, .. } => {
                format!(
                    "write `-- migrate:{direction} transaction:false`, or move it to a file of its own that says so"
                )
            }
            FileErrorKind::OutsideOnlyInBlock { .. } => "move it out of the BEGIN … COMMIT block".to_owned(),
            FileErrorKind::LocalSetting => {
                "write SET without LOCAL, or put it in a BEGIN … COMMIT block with what it is for".to_owned()
            }
            FileErrorKind::BeginWithoutCommit => "write COMMIT where the transaction ends".to_owned(),
            FileErrorKind::NoBegin { .. } => {
                "write BEGIN where the transaction starts, or take it out".to_owned()
            }
            FileErrorKind::Chain { .. } => {
                "end the transaction without CHAIN, and write BEGIN for the next".to_owned()
            }
        };
        Some(hint)
    }
}
