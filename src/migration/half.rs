use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::error::{FileError, FileErrorKind, Problem};
use super::layout::{Layout, Section};
use super::sql::{Kind, Piece, Splitter, Statement, TransactionWord};
use super::{Direction, Segment, TransactionMode, segment};

/// One half of a migration: the SQL behind a marker, checked against all rules.
///
/// It holds the text once, shared with its clones and with the other half, and cuts it into statements each
/// time anew, so that a large file needs no more memory than its own size.
#[derive(Clone)]
pub struct Half {
    source: Arc<str>,
    start: usize,
    body: Range<usize>,
    mode: TransactionMode,
    statements: usize,
}

/// What a half outside a transaction runs at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// One statement, or those of one block from BEGIN to COMMIT.
    pub statements: Vec<Statement>,
}

impl Part {
    /// Its bytes in [`Half::source`].
    pub fn span(&self) -> Range<usize> {
        match (self.statements.first(), self.statements.last()) {
            (Some(first), Some(last)) => first.span.start..last.span.end,
            _ => 0..0,
        }
    }
}

impl Half {
    pub(crate) fn new(source: &Arc<str>, section: &Section) -> Half {
        Half {
            source: Arc::clone(source),
            start: section.start,
            body: section.body.clone(),
            mode: section.marker.mode,
            statements: section.statements,
        }
    }

    /// A half as the history table keeps it, its marker line first.
    ///
    /// # Errors
    /// When it is not a single half of this direction, or breaks a rule for migration files. The error's path
    /// is the name of the column.
    pub fn from_stored(sql: &str, direction: Direction) -> Result<Half, FileError> {
        let problem = |problem| FileError::new(format!("{direction}_sql"), sql.as_bytes(), problem);
        let layout = Layout::read(sql).map_err(problem)?;
        match layout.sections.as_slice() {
            [section] if section.marker.direction == direction => Ok(Half::new(&Arc::from(sql), section)),
            _ => Err(problem(Problem::with_the_file(FileErrorKind::MissingMarker(direction)))),
        }
    }

    /// Whether it runs inside a transaction.
    pub fn mode(&self) -> TransactionMode {
        self.mode
    }

    /// Where its marker line begins in [`Half::source`].
    pub fn start(&self) -> usize {
        self.start
    }

    /// The half with its marker line, as the history keeps it.
    pub fn sql(&self) -> &str {
        &self.source[self.start..self.body.end]
    }

    /// The half without its marker line.
    pub fn body(&self) -> &str {
        &self.source[self.body.clone()]
    }

    /// The whole text that spans and locations belong to.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The number of its statements; 0 when it holds only comments and blanks.
    pub fn statement_count(&self) -> usize {
        self.statements
    }

    /// Its statements in order.
    pub fn statements(&self) -> impl Iterator<Item = Statement> + '_ {
        self.pieces().filter_map(|piece| match piece {
            Piece::Statement(statement) => Some(statement),
            _ => None,
        })
    }

    /// The text of one of its statements.
    pub fn text(&self, statement: &Statement) -> &str {
        self.source.get(statement.span.clone()).unwrap_or_default()
    }

    /// Its parts in order, for a half outside a transaction: single statements, and whole blocks from BEGIN to
    /// what ends them (COMMIT, ROLLBACK or PREPARE TRANSACTION).
    pub fn parts(&self) -> impl Iterator<Item = Part> + '_ {
        let mut statements = self.statements();
        std::iter::from_fn(move || {
            let first = statements.next()?;
            let mut part = Part { statements: vec![first] };
            while part.is_open() {
                part.statements.push(statements.next()?);
            }
            Some(part)
        })
    }

    /// Its segments in order, for a half inside a transaction: each can be sent to the server as one message.
    pub fn segments(&self) -> impl Iterator<Item = Segment> + '_ {
        segment::segments(self.pieces())
    }

    fn pieces(&self) -> Splitter<'_> {
        Splitter::new(self.source.as_bytes(), self.body.clone())
    }
}

/// Without the text, which may be megabytes of data.
impl fmt::Debug for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Half")
            .field("mode", &self.mode)
            .field("bytes", &(self.start..self.body.end))
            .field("statements", &self.statements)
            .finish_non_exhaustive()
    }
}

impl Part {
    /// Whether it is a block whose end is still to come.
    fn is_open(&self) -> bool {
        let word = |statement: Option<&Statement>| match statement?.kind {
            Kind::TransactionControl(word) => Some(word),
            _ => None,
        };
        let begins = word(self.statements.first()) == Some(TransactionWord::Begin);
        begins && !word(self.statements.last()).is_some_and(TransactionWord::ends_transaction)
    }
}
