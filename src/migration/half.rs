use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::backfill::Backfill;
use super::batch_key::{assigned_in_table, changes_table_of};
use super::error::{FileError, FileErrorKind, Problem};
use super::layout::{FileLayout, Section};
use super::location::Locator;
use super::long_data::{LongData, Origin};
use super::reading::{ReadError, read_text};
use super::source::Source;
use super::sql::secrets::{is_masked, masked};
use super::sql::{
    AfterCrash, Fragment, Objects, Postcondition, SessionImpact, Splitter, Statement, StatementKind,
    TransactionCommand, objects,
};
use super::sql::{Cursor, Lexer, StandardStrings, Token, TokenKind};
use super::text::Pieces;
use super::{Checksum, Direction, Location, Segment, TransactionMode, Version, segment};

/// One half of a migration: the SQL after a marker, checked against all rules.
///
/// It holds the text once, shared with its clones and with the other half. What is known of its statements is found out
/// when it is first asked for, and once: most files of a folder are applied already, and nobody asks.
#[derive(Clone)]
pub struct Half {
    source: Arc<Source>,
    start: usize,
    body: Range<usize>,
    mode: TransactionMode,
    backfill: Option<Arc<Backfill>>,
    requires: Arc<[Version]>,
    count: usize,
    statements: Arc<OnceLock<Vec<Statement>>>,
}

/// What a half outside a transaction runs at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementGroup<'h> {
    /// One statement, or those of one block from BEGIN to COMMIT.
    pub statements: &'h [Statement],
}

impl StatementGroup<'_> {
    /// Whether it commits together with the note that it is done.
    pub fn carries_progress(&self) -> bool {
        match self.statements {
            [only] => !matches!(only.kind, StatementKind::NonTransactional(_) | StatementKind::MayCommit),
            [.., last] => last.kind == StatementKind::TransactionControl(TransactionCommand::Commit),
            [] => false,
        }
    }

    /// The checksum of its tokens, which are those of this half, with secrets masked: so it is the same for a half that the
    /// history keeps.
    pub fn masked_checksum(&self, half: &Half) -> Checksum {
        Checksum::of(&masked(half.source().get(self.span()).unwrap_or_default()))
    }

    /// What to do when a run broke off while it was running.
    pub fn after_crash(&self) -> AfterCrash {
        self.statements.last().map_or(AfterCrash::RunAgain, |last| last.facts.after_crash)
    }

    /// Its bytes in [`Half::source`].
    pub fn span(&self) -> Range<usize> {
        match (self.statements.first(), self.statements.last()) {
            (Some(first), Some(last)) => first.span.start..last.span.end,
            _ => 0..0,
        }
    }
}

impl Half {
    pub(crate) fn new(source: &Arc<Source>, section: &Section) -> Half {
        Half {
            source: Arc::clone(source),
            start: section.start,
            body: section.body.clone(),
            mode: section.marker.mode,
            backfill: backfill_of(section, &source.text).map(Arc::new),
            requires: match section.marker.requires.as_slice() {
                // No memory for what most have none of.
                [] => Arc::default(),
                some => some.into(),
            },
            count: section.statements,
            statements: Arc::default(),
        }
    }

    /// A half as the history table keeps it, its marker line first.
    ///
    /// # Errors
    /// When it is not a single half of this direction, or breaks a rule for migration files. The error's path
    /// is the name of the column.
    pub fn from_stored(sql: &str, direction: Direction) -> Result<Half, FileError> {
        let path = PathBuf::from(format!("{direction}_sql"));
        let mut pieces = Pieces::new(sql.as_bytes(), 0, Vec::new());
        let (layout, source) = match read_text(&path, &mut pieces, Origin::Memory) {
            Ok(read) => read,
            Err(ReadError::File(error)) => return Err(error),
            Err(ReadError::Unreadable(..)) => (FileLayout::default(), Source::default()),
        };
        match layout.sections.as_slice() {
            [section] if section.marker.direction == direction => Ok(Half::new(&Arc::new(source), section)),
            _ => {
                let kind = FileErrorKind::MissingMarker(direction);
                Err(FileError::in_source(&path, &source, Problem::with_the_file(kind)))
            }
        }
    }

    /// Whether it runs inside a transaction.
    pub fn mode(&self) -> TransactionMode {
        self.mode
    }

    /// What kind of backfill it is, if it is one.
    pub fn backfill(&self) -> Option<&Backfill> {
        self.backfill.as_deref()
    }

    /// Whether `up` passes it, since it is a backfill that runs beside deploys.
    pub fn is_deferred(&self) -> bool {
        self.backfill().is_some_and(|backfill| backfill.is_deferred)
    }

    /// Which migrations have to be applied before it.
    pub fn requires(&self) -> &[Version] {
        &self.requires
    }

    /// Where its marker line begins in [`Half::source`].
    pub fn start(&self) -> usize {
        self.start
    }

    /// The half with its marker line.
    pub fn sql(&self) -> &str {
        &self.source.text[self.start..self.body.end]
    }

    /// The same with secrets masked, as the history keeps it and people are shown it.
    pub fn masked_sql(&self) -> Cow<'_, str> {
        masked(self.sql())
    }

    /// Whether it is a text of which secrets are masked: then it is not what ran.
    pub fn is_masked(&self) -> bool {
        is_masked(self.body())
    }

    /// Whether nothing is written in it, not even a comment.
    pub fn is_blank(&self) -> bool {
        self.statement_count() == 0 && self.body().trim().is_empty()
    }

    /// The half without its marker line.
    pub fn body(&self) -> &str {
        &self.source.text[self.body.clone()]
    }

    /// The whole text that spans and locations belong to.
    pub fn source(&self) -> &str {
        &self.source.text
    }

    /// Where a byte of that text is in the file: long data of COPY are left out of the text.
    pub fn locate(&self, offset: usize) -> Location {
        self.source.locate(offset)
    }

    /// The data of a COPY, if they are too long to be in the text.
    pub fn long_data(&self, copy: &Statement) -> Option<&LongData> {
        self.source.long_data_of(copy)
    }

    /// How many bytes of data follow a statement.
    pub fn data_length(&self, statement: &Statement) -> Option<u64> {
        let in_text = statement.copy_data.as_ref()?.len() as u64;
        Some(self.long_data(statement).map_or(in_text, |data| data.length))
    }

    /// Whether data of it are nowhere to be found: the history keeps no long ones.
    pub fn lacks_data(&self) -> bool {
        self.statements().iter().filter_map(|copy| self.long_data(copy)).any(|data| !data.is_there())
    }

    /// The same half with another text, in which all data stand in the same order.
    pub(crate) fn with_text(&self, text: &str, direction: Direction) -> Option<Half> {
        let mut pieces = Pieces::new(text.as_bytes(), 0, Vec::new());
        let (layout, mut source) = read_text(Path::new(""), &mut pieces, Origin::Memory).ok()?;
        for (data, known) in source.long_data.iter_mut().zip(&self.source.long_data) {
            *data = known.at(data.stand_in.clone());
        }
        let section = layout.sections.iter().find(|section| section.marker.direction == direction)?;
        Some(Half::new(&Arc::new(source), section))
    }

    /// The number of its statements; 0 when it holds only comments and blanks.
    pub fn statement_count(&self) -> usize {
        self.count
    }

    /// Its statements in order.
    pub fn statements(&self) -> &[Statement] {
        self.statements.get_or_init(|| {
            let source = self.source.text.as_bytes();
            let mut locator = Locator::new(source);
            let cuts = Splitter::new(source, self.body.clone()).filter_map(|piece| match piece {
                Fragment::Statement(cut) => {
                    let start = cut.span.start;
                    let location = self.source.in_file(start, locator.locate(start));
                    Some(Statement::new(cut, location, source))
                }
                _ => None,
            });
            let mut statements = Vec::with_capacity(self.count);
            statements.extend(cuts);
            statements
        })
    }

    /// What it may leave in the session.
    pub fn session_impact(&self) -> SessionImpact {
        let harmless = self
            .statements()
            .iter()
            .all(|statement| statement.facts.session_impact == SessionImpact::Nothing);
        if harmless { SessionImpact::Nothing } else { SessionImpact::Anything }
    }

    /// Which objects it may change, where no event trigger runs along.
    pub fn objects(&self) -> Objects {
        let is_common = |statement: &Statement| {
            objects(self.text(statement), statement.facts.session_impact) == Objects::Common
        };
        if self.statements().iter().all(is_common) { Objects::Common } else { Objects::Any }
    }

    /// Whether a statement is GRANT or REVOKE.
    pub fn grants(&self) -> bool {
        self.statements().iter().any(|statement| {
            let mut first = Cursor::new(self.text(statement).as_bytes(), StandardStrings::On);
            first.eat("grant") || first.eat("revoke")
        })
    }

    /// Whether a literal of it may stand for the time of its transaction: `'now'`, which the server replaces at once.
    pub fn may_hold_the_time(&self) -> bool {
        const WORDS: [&str; 4] = ["now", "today", "tomorrow", "yesterday"];
        let body = self.body();
        let is_literal = |token: &Token| matches!(token.kind, TokenKind::String | TokenKind::DollarBody);
        let literals = Lexer::new(body.as_bytes(), 0, body.len(), StandardStrings::On).filter(is_literal);
        literals.filter_map(|literal| body.get(literal.span)).any(|literal| {
            let literal = literal.to_ascii_lowercase();
            // An escape may hide any word.
            literal.contains('\\') || WORDS.iter().any(|word| literal.contains(word))
        })
    }

    /// Whether it gives a value to a setting of the project's own, as far as that can be seen.
    pub fn names_custom_setting(&self) -> bool {
        self.statements().iter().any(|statement| statement.facts.names_custom_setting)
    }

    /// Whether it may build an index over rows that are there.
    pub fn may_index_rows(&self) -> bool {
        self.statements().iter().any(|statement| statement.facts.may_index_rows)
    }

    /// The roles that it makes with `CREATE ROLE` and the like, written as the server has them. What a `DO` block makes is
    /// not seen.
    pub fn roles_made(&self) -> impl Iterator<Item = &str> {
        self.statements().iter().filter_map(|statement| match statement.facts.postcondition.as_deref() {
            Some(Postcondition::RoleExists(name)) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The text of one of its statements.
    pub fn text(&self, statement: &Statement) -> &str {
        self.source.text.get(statement.span.clone()).unwrap_or_default()
    }

    /// Its parts in order, for a half outside a transaction: single statements, and whole blocks from BEGIN to
    /// what ends them (COMMIT, ROLLBACK or PREPARE TRANSACTION).
    pub fn parts(&self) -> impl Iterator<Item = StatementGroup<'_>> {
        let mut rest = self.statements();
        std::iter::from_fn(move || {
            let (part, others) = rest.split_at(part_length(rest)?);
            rest = others;
            Some(StatementGroup { statements: part })
        })
    }

    /// The part that comes after this many statements.
    pub fn part_at(&self, done: usize) -> Option<StatementGroup<'_>> {
        let rest = self.statements().get(done..)?;
        let length = part_length(rest)?;
        Some(StatementGroup { statements: rest.get(..length)? })
    }

    /// The first line of a statement, with secrets masked, cut to what fits in a message.
    pub fn first_line(&self, statement: &Statement) -> String {
        const LONGEST: usize = 60;
        let text = masked(self.text(statement));
        let line = text.lines().next().unwrap_or_default().trim_end_matches(';');
        match line.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
            None => line.to_owned(),
        }
    }

    /// Its segments in order, for a half inside a transaction: each can be sent to the server as one message.
    pub fn segments(&self) -> impl Iterator<Item = Segment> + '_ {
        let source = self.source.text.as_bytes();
        segment::segments(self.statements(), source)
    }
}

fn backfill_of(section: &Section, text: &str) -> Option<Backfill> {
    let key = section.marker.batch.clone()?;
    let (places, is_deferred) = (section.batch_places.clone(), section.marker.deferred);
    let sql = text.get(section.body.clone())?;
    let changes_its_table = changes_table_of(sql, &key, &places);
    let assigned = assigned_in_table(sql, StandardStrings::default(), &key);
    let assigned = assigned.into_iter().map(|one| one.column).collect();
    Some(Backfill { key, places, is_deferred, changes_its_table, assigned })
}

/// How many statements the first part of these has; `None` without any.
fn part_length(statements: &[Statement]) -> Option<usize> {
    let word = |statement: &Statement| match statement.kind {
        StatementKind::TransactionControl(word) => Some(word),
        _ => None,
    };
    let first = statements.first()?;
    if word(first) != Some(TransactionCommand::Begin) {
        return Some(1);
    }
    let ends = |statement: &Statement| word(statement).is_some_and(TransactionCommand::ends_transaction);
    Some(statements.iter().position(ends).map_or(statements.len(), |last| last + 1))
}

/// Without the text, which may be megabytes of data.
impl fmt::Debug for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Half")
            .field("mode", &self.mode)
            .field("bytes", &(self.start..self.body.end))
            .field("statements", &self.count)
            .finish_non_exhaustive()
    }
}
