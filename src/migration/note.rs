//! Comments that say something to pmdb: `-- pmdb:allow …` above a statement of a migration, `-- pmdb:fill …` in a seed.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::location::{line_at, locate};
use super::sql::{Lexer, StandardStrings, TokenKind};
use super::{Half, Location};
use crate::diagnosis::{Diagnose, Diagnosis, Excerpt, FileLocation};

/// What such a comment begins with.
const BEGIN: &str = "pmdb:";

/// A comment that is meant for pmdb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentNote {
    /// What stands after `pmdb:`.
    pub text: String,
    /// Where that stands.
    pub location: Location,
    /// The whole line.
    pub line: String,
    /// Where the statement below it begins; `None` where none comes.
    pub statement: Option<Location>,
}

/// A comment for pmdb that it cannot follow.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}:{location}: {problem}", path.display())]
pub struct NoteError {
    /// The file.
    pub path: PathBuf,
    /// Where in it.
    pub location: Location,
    /// The line.
    pub line: String,
    /// What is wrong with it.
    pub problem: String,
    /// The kind of comment, for programs.
    pub code: &'static str,
    /// What to write instead.
    pub hint: &'static str,
}

impl CommentNote {
    /// Where a byte of its text stands.
    pub fn locate(&self, offset: usize) -> Location {
        let before = self.text.get(..offset).unwrap_or_default().chars().count();
        Location { column: self.location.column + before, ..self.location }
    }

    /// What it says cannot be followed, because of what stands at this byte of its text.
    pub fn error(
        &self,
        path: &Path,
        offset: usize,
        problem: String,
        code: &'static str,
        hint: &'static str,
    ) -> NoteError {
        let (path, location, line) = (path.to_owned(), self.locate(offset), self.line.clone());
        NoteError { path, location, line, problem, code, hint }
    }
}

/// The first word of a text, and what comes after it.
pub fn first_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

impl Diagnose for NoteError {
    fn diagnosis(&self) -> Diagnosis {
        let NoteError { path, location, line, problem, code, hint } = self;
        let excerpt = Excerpt { line: location.line, text: line.clone(), column: location.column };
        Diagnosis::of(self, code)
            .without_database()
            .excerpt(Some(excerpt))
            .at(FileLocation::new(path, Some(*location)), problem.clone())
            .hint(*hint)
    }
}

impl Half {
    /// Those that stand above its marker line, and so in no half.
    pub fn comment_notes_above(&self) -> Vec<CommentNote> {
        let mut notes = Vec::new();
        self.notes_between(0, self.start(), None, &mut notes);
        notes
    }

    /// The line comments above its statements, or after them in their line, that begin with `pmdb:`. What stands within a statement, a
    /// string or data is none.
    pub fn comment_notes(&self) -> Vec<CommentNote> {
        let body_end = self.start() + self.sql().len();
        let mut begin = body_end - self.body().len();
        let (mut notes, mut before) = (Vec::new(), None);
        let ends = self.statements().iter().map(|statement| (statement.span.start, Some(statement)));
        for (end, statement) in ends.chain([(body_end, None)]) {
            let between = self.source().get(begin..end).unwrap_or_default();
            let line_end = match before {
                Some(_) => between.find('\n').map_or(end, |length| begin + length + 1),
                None => begin,
            };
            self.notes_between(begin, line_end, before, &mut notes);
            self.notes_between(line_end, end, statement.map(|statement| statement.location), &mut notes);
            before = statement.map(|statement| statement.location);
            begin = statement.map_or(end, |one| one.copy_data.as_ref().map_or(one.span.end, |data| data.end));
        }
        notes
    }

    fn notes_between(
        &self,
        begin: usize,
        end: usize,
        statement: Option<Location>,
        notes: &mut Vec<CommentNote>,
    ) {
        let source = self.source();
        for token in Lexer::new(source.as_bytes(), begin, end, StandardStrings::On) {
            let comment = source.get(token.span.clone()).filter(|_| token.kind == TokenKind::LineComment);
            let said = comment.and_then(|comment| {
                let inside = comment.trim_start_matches('-').trim_start();
                inside.strip_prefix(BEGIN)
            });
            if let Some(said) = said {
                let at = token.span.end - said.len();
                let line = line_at(source, locate(source, at)).to_owned();
                let (text, location) = (said.trim_end().to_owned(), self.locate(at));
                notes.push(CommentNote { text, location, line, statement });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::Direction;

    #[test]
    fn a_comment_above_a_statement_speaks_of_it_and_one_inside_does_not() {
        let text = "-- migrate:up\n-- pmdb:allow a b\n-- pmdb:allow c d\nSELECT '\n-- pmdb:allow x'\n-- pmdb:allow y\n;\n\n  --pmdb:allow é\nSELECT 2;\n-- pmdb:end\n";
        let half = Half::from_stored(text, Direction::Up).unwrap();
        let notes: Vec<String> = half
            .comment_notes()
            .iter()
            .map(|note| {
                let statement = note.statement.map_or_else(|| "none".to_owned(), |at| at.to_string());
                format!("{} {} {statement}", note.location, note.text)
            })
            .collect();
        assert_eq!(notes, ["2:9 allow a b 4:1", "3:9 allow c d 4:1", "9:10 allow é 10:1", "11:9 end none"]);
    }

    #[test]
    fn a_comment_after_a_statement_in_its_line_speaks_of_it_and_not_of_the_next_one() {
        let text = "-- migrate:up\nSELECT 1; -- pmdb:allow a b\n-- pmdb:allow c d\nSELECT 2;SELECT 3; -- pmdb:allow e f";
        let half = Half::from_stored(text, Direction::Up).unwrap();
        let statements = half.comment_notes().into_iter().map(|note| note.statement.unwrap().to_string());
        assert_eq!(statements.collect::<Vec<_>>(), ["2:1", "4:1", "4:10"]);
    }
}
