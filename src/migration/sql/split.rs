use std::ops::Range;

use super::bytes::is_line_break;
use super::facts::{kind_of, strings_after};
use super::lexer::{Lexer, StandardStrings};
use super::routine::Routine;
use super::statement::Cut;
use super::statement_kind::StatementKind;
use super::token::{Opener, Token, TokenKind};
use crate::migration::marker;

/// What a text of SQL consists of, for someone who runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fragment {
    /// A statement. Empty ones (`;;`) are left out.
    Statement(Cut),
    /// A line comment that stands at the start of its line and reads `-- migrate:…`.
    Marker {
        /// The comment, without the line break.
        span: Range<usize>,
        /// What is still open there; then it is no place for a marker.
        inside: Option<Open>,
    },
    /// A line comment that reads as a marker, but stands after something else in its line.
    StrayMarker {
        /// The comment, without the line break.
        span: Range<usize>,
    },
    /// A psql command.
    Backslash {
        /// From the backslash to the end of the line.
        span: Range<usize>,
        /// Whether a statement before it has no `;` yet.
        place: BackslashPlace,
    },
    /// Something that is still open where the text ends; always the last fragment.
    Unclosed(Open),
}

/// Where a psql command stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackslashPlace {
    /// Between statements.
    Between,
    /// After the beginning of a statement, which psql might end here.
    InStatement,
}

/// Something opened and not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// What it is.
    pub opener: Opener,
    /// The byte offset of what opens it.
    pub at: usize,
}

/// Cuts SQL into statements, lazily: the memory it needs does not grow with the text.
///
/// It follows psql: `;` ends a statement outside of parentheses and of `BEGIN ATOMIC` bodies, and data follows
/// `COPY … FROM stdin`. Where psql is known to cut wrongly (an atomic body with a column named `end`, a
/// function named `begin`) it follows the server's grammar.
#[derive(Debug, Clone)]
pub struct Splitter<'a> {
    bytes: &'a [u8],
    lexer: Lexer<'a>,
    current: Current,
    unclosed_literal: Option<Open>,
    ready: Ready,
}

/// What one token has completed: the statement before it, and then what the token itself is.
#[derive(Debug, Clone, Default)]
struct Ready {
    statement: Option<Cut>,
    after: Option<Fragment>,
}

/// The statement that is being read.
#[derive(Debug, Clone, Default)]
struct Current {
    /// From its first to its last token so far; `None` before the first.
    span: Option<Range<usize>>,
    depth: usize,
    /// Where the outermost of the open parentheses stands.
    parenthesis: usize,
    routine: Routine,
}

impl<'a> Splitter<'a> {
    /// A splitter for the bytes in `range` of a text; all offsets it tells are those of the whole text.
    pub fn new(bytes: &'a [u8], range: Range<usize>) -> Self {
        Splitter::going_on(bytes, range, StandardStrings::On)
    }

    /// The same after other statements, which have set how strings are read.
    pub(crate) fn going_on(bytes: &'a [u8], range: Range<usize>, strings: StandardStrings) -> Self {
        Splitter {
            bytes,
            lexer: Lexer::new(bytes, range.start, range.end, strings),
            current: Current::default(),
            unclosed_literal: None,
            ready: Ready::default(),
        }
    }

    /// The tokens of the same text: those of a [`Lexer`] that knows where data of COPY stands and how
    /// strings are read. Put together they are the text again.
    pub fn tokens(mut self) -> impl Iterator<Item = Token> + 'a {
        std::iter::from_fn(move || {
            let token = self.read_token();
            self.ready = Ready::default();
            token
        })
    }

    /// How strings are read from here on.
    pub(crate) fn strings(&self) -> StandardStrings {
        self.lexer.strings()
    }

    /// A fragment that is complete with the tokens read so far.
    pub(crate) fn complete_fragment(&mut self) -> Option<Fragment> {
        self.ready.pop()
    }

    /// The next token, for a reader who wants both tokens and fragments; at the end of the text, the iterator gives the
    /// fragments that are left.
    #[inline(always)]
    pub(crate) fn read_token(&mut self) -> Option<Token> {
        let token = self.lexer.next()?;
        self.take(&token);
        Some(token)
    }

    #[inline(always)]
    fn take(&mut self, token: &Token) {
        let span = token.span.clone();
        match token.kind {
            TokenKind::Space | TokenKind::BlockComment | TokenKind::CopyData | TokenKind::CopyEnd => {}
            TokenKind::LineComment => self.take_comment(span),
            TokenKind::Backslash => self.take_backslash(span),
            TokenKind::Semicolon => self.take_semicolon(span),
            TokenKind::Unclosed(opener) => {
                self.unclosed_literal.get_or_insert(Open { opener, at: span.start });
                if opener != Opener::BlockComment {
                    self.current.extend(span);
                }
            }
            TokenKind::Word => {
                self.current.take_word(&self.bytes[span.clone()], span.start);
                self.current.extend(span);
            }
            kind => {
                self.current.take_other(kind, span.start);
                self.current.extend(span);
            }
        }
    }

    fn take_comment(&mut self, span: Range<usize>) {
        if !marker::looks_like_one(&self.bytes[span.clone()]) {
            return;
        }
        let starts_line = span.start == 0 || is_line_break(self.bytes[span.start - 1]);
        if !starts_line {
            self.ready.after = Some(Fragment::StrayMarker { span });
            return;
        }
        let inside = self.current.open();
        // An atomic body is not cut: its inner statements are none of their own.
        if inside.is_none_or(|open| open.opener != Opener::AtomicBody) {
            self.end_statement();
            self.lexer.set_strings(StandardStrings::On);
        }
        self.ready.after = Some(Fragment::Marker { span, inside });
    }

    fn take_backslash(&mut self, span: Range<usize>) {
        let place = match self.current.span {
            Some(_) => BackslashPlace::InStatement,
            None => BackslashPlace::Between,
        };
        self.end_statement();
        self.ready.after = Some(Fragment::Backslash { span, place });
    }

    fn take_semicolon(&mut self, span: Range<usize>) {
        if self.current.depth > 0 {
            self.current.extend(span);
            return;
        }
        match self.current.routine.after_semicolon() {
            Some(routine) => {
                self.current.routine = routine;
                self.current.extend(span);
            }
            None if self.current.span.is_none() => self.current = Current::default(),
            None => {
                self.current.extend(span);
                self.end_statement();
            }
        }
    }

    fn end_statement(&mut self) {
        let Some(span) = std::mem::take(&mut self.current).span else {
            return;
        };
        let text = &self.bytes[span.clone()];
        let strings = self.lexer.strings();
        let kind = kind_of(text, strings);
        if kind == StatementKind::ChangesLexing
            && let Some(after) = strings_after(text, strings)
        {
            self.lexer.set_strings(after);
        }
        let copy_data = (kind == StatementKind::Copy).then(|| match text.last() {
            Some(b';') => self.lexer.expect_copy_data(),
            _ => span.end..span.end,
        });
        self.ready.statement = Some(Cut { span, kind, strings, copy_data });
    }

    /// What is left when there are no more tokens.
    fn finish(&mut self) {
        let open = self.unclosed_literal.take().or_else(|| self.current.open());
        self.end_statement();
        self.ready.after = open.map(Fragment::Unclosed);
    }
}

impl Iterator for Splitter<'_> {
    type Item = Fragment;

    fn next(&mut self) -> Option<Fragment> {
        loop {
            if let Some(fragment) = self.ready.pop() {
                return Some(fragment);
            }
            if self.read_token().is_none() {
                self.finish();
                return self.ready.pop();
            }
        }
    }
}

impl Ready {
    fn pop(&mut self) -> Option<Fragment> {
        if self.statement.is_none() && self.after.is_none() {
            return None;
        }
        self.statement.take().map(Fragment::Statement).or_else(|| self.after.take())
    }
}

impl Current {
    fn extend(&mut self, token: Range<usize>) {
        match &mut self.span {
            Some(span) => span.end = token.end,
            None => self.span = Some(token),
        }
    }

    fn take_word(&mut self, word: &[u8], at: usize) {
        if self.depth == 0 {
            self.routine = self.routine.after_word(word, at);
        }
    }

    fn take_other(&mut self, kind: TokenKind, at: usize) {
        self.routine = self.routine.after_other();
        match kind {
            TokenKind::OpenParenthesis => {
                if self.depth == 0 {
                    self.parenthesis = at;
                }
                self.depth += 1;
            }
            TokenKind::CloseParenthesis => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    fn open(&self) -> Option<Open> {
        if self.depth > 0 {
            return Some(Open { opener: Opener::Parenthesis, at: self.parenthesis });
        }
        self.routine.body_begin().map(|at| Open { opener: Opener::AtomicBody, at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(text: &str) -> Vec<&str> {
        Splitter::new(text.as_bytes(), 0..text.len())
            .filter_map(|fragment| match fragment {
                Fragment::Statement(statement) => Some(&text[statement.span]),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_statement_reaches_from_its_first_token_to_its_semicolon_or_last_token() {
        assert_eq!(statements(" -- a\nSELECT 1 ; /* b */ SELECT 2 -- c\n"), ["SELECT 1 ;", "SELECT 2"]);
    }

    #[test]
    fn strings_are_read_as_the_settings_before_them_say() {
        let off = "SET standard_conforming_strings = off; SELECT 'a\\';b';";
        assert_eq!(statements(off).len(), 2);
        for back in [
            "SET standard_conforming_strings TO on;",
            "SET standard_conforming_strings = 'true';",
            "SET standard_conforming_strings = DEFAULT;",
            "RESET standard_conforming_strings;",
            "RESET ALL;",
            "SELECT set_config('standard_conforming_strings', 'on', false);",
        ] {
            assert_eq!(statements(&format!("{off}{back}SELECT 'C:\\'; SELECT 2")).len(), 5, "{back}");
        }
        let by_function =
            "SELECT pg_catalog.set_config('standard_conforming_strings', 'off', false); SELECT 'a\\';b'";
        assert_eq!(statements(by_function).len(), 2);
        assert_eq!(statements("SET client_encoding = off; SELECT 'a\\';").len(), 2);
    }

    #[test]
    fn only_an_end_that_starts_an_inner_statement_closes_an_atomic_body() {
        for body in [
            "SELECT CASE WHEN x THEN 1 END; END",
            "SELECT 1 AS end; SELECT t.end FROM t; END",
            "SELECT (SELECT begin FROM t); END",
            "END",
            "; ; END",
        ] {
            let text =
                format!("CREATE OR REPLACE FUNCTION f(x int) RETURNS int BEGIN /**/ ATOMIC {body}; SELECT 2");
            assert_eq!(statements(&text).len(), 2, "{body}");
        }
    }

    #[test]
    fn begin_opens_a_body_only_in_front_of_atomic_and_only_in_a_routine() {
        for text in [
            "CREATE FUNCTION begin() RETURNS int LANGUAGE sql AS 'select 1'; SELECT 2",
            "CREATE FUNCTION f(begin atomic) RETURNS int RETURN 1; SELECT 2",
            "CREATE VIEW v AS SELECT begin atomic; SELECT 2",
            "BEGIN; ATOMIC",
        ] {
            assert_eq!(statements(text).len(), 2, "{text}");
        }
    }

    #[test]
    fn the_down_half_starts_with_standard_strings_again() {
        let text = "SET standard_conforming_strings = off;\n-- migrate:down\nSELECT 'C:\\'; SELECT 2;";
        assert_eq!(statements(text).len(), 3);
    }
}
