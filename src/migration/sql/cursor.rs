use super::lexer::{Lexer, StandardStrings};
use super::token::{Token, TokenKind};

/// A word in lower case, without memory of its own: each statement of each file is asked for one. What is longer than any keyword
/// is cut off, and is none then either.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keyword {
    letters: [u8; LONGEST_KEYWORD],
    length: usize,
}

const LONGEST_KEYWORD: usize = 24;

impl Keyword {
    fn of(word: &[u8]) -> Keyword {
        let mut letters = [0; LONGEST_KEYWORD];
        for (lower, letter) in letters.iter_mut().zip(word) {
            *lower = letter.to_ascii_lowercase();
        }
        Keyword { letters, length: word.len().min(LONGEST_KEYWORD) }
    }

    /// Its letters.
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.letters.get(..self.length).unwrap_or_default()
    }
}

/// Reads the tokens of one statement from left to right, white space and comments left out.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    text: &'a [u8],
    lexer: Lexer<'a>,
    next: Option<Token>,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(statement: &'a [u8], strings: StandardStrings) -> Self {
        let lexer = Lexer::new(statement, 0, statement.len(), strings);
        let mut cursor = Cursor { text: statement, lexer, next: None };
        cursor.skip();
        cursor
    }

    /// The kind and the text of the next token.
    pub(crate) fn peek(&self) -> Option<(TokenKind, &'a [u8])> {
        let token = self.next.as_ref()?;
        Some((token.kind, &self.text[token.span.clone()]))
    }

    /// All that comes, as it is written. Empty where it is not UTF-8.
    pub(crate) fn rest(&self) -> &'a str {
        let rest = self.next.as_ref().map_or(&self.text[..0], |token| &self.text[token.span.start..]);
        std::str::from_utf8(rest).unwrap_or_default()
    }

    /// Skips the next token.
    pub(crate) fn skip(&mut self) {
        self.next = self.lexer.find(|token| !token.kind.is_trivia());
    }

    /// Skips a name, a number or a sign, whatever it is, and returns its text.
    pub(crate) fn take(&mut self) -> Option<&'a [u8]> {
        let (_, text) = self.peek()?;
        self.skip();
        Some(text)
    }

    /// Skips a word, and returns it as a keyword would be written in lower case.
    pub(crate) fn take_word(&mut self) -> Option<Keyword> {
        let (_, word) = self.peek().filter(|(kind, _)| *kind == TokenKind::Word)?;
        self.skip();
        Some(Keyword::of(word))
    }

    /// Whether no token is left but the `;`.
    pub(crate) fn is_done(&self) -> bool {
        self.peek().is_none_or(|(kind, _)| kind == TokenKind::Semicolon)
    }

    /// Skips these keywords if they come next; else stays.
    pub(crate) fn eat(&mut self, phrase: &str) -> bool {
        self.may_begin(phrase.as_bytes()) && self.eat_bytes(phrase.as_bytes())
    }

    /// Most keywords that are asked for are ruled out by their first letter.
    fn may_begin(&self, phrase: &[u8]) -> bool {
        match (&self.next, phrase) {
            (Some(Token { kind: TokenKind::Word, span }), [letter, ..]) => {
                self.text[span.start].eq_ignore_ascii_case(letter)
            }
            _ => false,
        }
    }

    fn eat_bytes(&mut self, phrase: &[u8]) -> bool {
        let Some((TokenKind::Word, text)) = self.peek() else { return false };
        let Some((keyword, others)) = phrase.split_at_checked(text.len()) else { return false };
        if !text.eq_ignore_ascii_case(keyword) {
            return false;
        }
        let others = match others {
            [] => others,
            [b' ', others @ ..] => others,
            _ => return false,
        };
        let mut after = self.clone();
        after.skip();
        if !others.is_empty() && !after.eat_bytes(others) {
            return false;
        }
        *self = after;
        true
    }

    /// Skips a sign (`(`, `=`, `,`…) if it comes next.
    pub(crate) fn eat_sign(&mut self, sign: &str) -> bool {
        let found = self.peek().is_some_and(|(_, text)| text == sign.as_bytes());
        if found {
            self.skip();
        }
        found
    }

    /// Skips everything up to and including the next place outside of parentheses where these keywords stand; to the end if
    /// there is none.
    pub(crate) fn find(&mut self, phrase: &str) -> bool {
        let mut depth = 0_usize;
        while let Some((kind, _)) = self.peek() {
            if depth == 0 && self.eat(phrase) {
                return true;
            }
            match kind {
                TokenKind::OpenParenthesis => depth += 1,
                TokenKind::CloseParenthesis => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.skip();
        }
        false
    }

    /// The options `(name value, name = value, name)` that come next, each with its value or an
    /// empty one. Without a parenthesis there are none.
    pub(crate) fn options(&mut self) -> Vec<(&'a [u8], &'a [u8])> {
        let mut options = Vec::new();
        if !self.eat_sign("(") {
            return options;
        }
        while let Some(name) = self.take() {
            self.eat_sign("=");
            let ends = |text: &[u8]| matches!(text, b"," | b")");
            let value = match self.peek() {
                Some((_, text)) if !ends(text) => self.take().unwrap_or_default(),
                _ => b"",
            };
            options.push((name, value));
            while self.peek().is_some_and(|(_, text)| !ends(text)) {
                self.skip();
            }
            if !self.eat_sign(",") {
                break;
            }
        }
        self.eat_sign(")");
        options
    }
}

/// Whether an option's or a setting's value says no, in one of the ways that the server knows
/// (the manual's section 20.1.1 "Parameter Names and Values").
pub(crate) fn is_off(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let unquoted = value.strip_prefix(b"'").and_then(|rest| rest.strip_suffix(b"'")).unwrap_or(value);
    let word = unquoted.to_ascii_lowercase();
    match word.as_slice() {
        b"0" | b"of" | b"off" => true,
        b"" => false,
        word => b"false".starts_with(word) || b"no".starts_with(word),
    }
}
