//! Comments of a migration that say something to pmdb about the statement below them: `-- pmdb:allow …`.

use super::sql::{Lexer, StandardStrings, TokenKind};
use super::{Half, Location};

/// What such a comment begins with.
const BEGIN: &str = "pmdb:";

/// A comment that is meant for pmdb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentNote {
    /// What stands after `pmdb:`.
    pub text: String,
    /// Where that stands.
    pub location: Location,
    /// Where the statement below it begins; `None` where none comes.
    pub statement: Option<Location>,
}

impl Half {
    /// The line comments above its statements that begin with `pmdb:`. What stands within a statement, a string or data is none.
    pub fn comment_notes(&self) -> Vec<CommentNote> {
        let body_end = self.start() + self.sql().len();
        let mut begin = body_end - self.body().len();
        let mut notes = Vec::new();
        for statement in self.statements() {
            self.notes_between(begin, statement.span.start, Some(statement.location), &mut notes);
            begin = statement.copy_data.as_ref().map_or(statement.span.end, |data| data.end);
        }
        self.notes_between(begin, body_end, None, &mut notes);
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
                let location = self.locate(token.span.end - said.len());
                notes.push(CommentNote { text: said.trim_end().to_owned(), location, statement });
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
}
