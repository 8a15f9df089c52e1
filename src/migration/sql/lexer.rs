use std::ops::Range;

use super::bytes::{is_line_break, is_word_start};
use super::copy::CopyBlock;
use super::operator;
use super::quoted::{self, Closing, Quoting};
use super::token::{Opener, Token, TokenKind};

/// How the server reads a backslash in a string without a prefix: its setting
/// `standard_conforming_strings` (section 4.1.2.2 of the PostgreSQL manual).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StandardStrings {
    /// `on`: a backslash is a character as any other.
    #[default]
    On,
    /// `off`: a backslash escapes the character after it.
    Off,
}

/// Cuts SQL into tokens as the server does. Never fails, on any bytes, in time linear to their number.
///
/// It knows tokens alone. What needs to know statements, [`Splitter`](super::Splitter) tells it:
/// where data of COPY stands, and when strings are read in another way.
#[derive(Debug, Clone)]
pub struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    strings: StandardStrings,
    continuation: Continuation,
    /// Up to here every byte is a sign that was cut off from an operator (see `operator`).
    signs_until: usize,
    ahead: Ahead,
}

/// What the lexer comes to on the lines after the one that it is in.
#[derive(Debug, Clone)]
enum Ahead {
    Sql,
    CopyData(CopyBlock),
    /// The line `\.`, up to this offset, is next.
    CopyEnd(usize),
}

/// Whether a quote here continues the string before it: only after white space that holds a line
/// break, which line comments may interrupt (section 4.1.2.1 of the PostgreSQL manual).
#[derive(Debug, Clone, Copy)]
enum Continuation {
    No,
    AfterString(Quoting),
    AfterLineBreak(Quoting),
}

impl<'a> Lexer<'a> {
    /// A lexer over the bytes of a text from `start` on, up to `end`.
    pub fn new(bytes: &'a [u8], start: usize, end: usize, strings: StandardStrings) -> Self {
        let end = end.min(bytes.len());
        let at = start.min(end);
        Lexer { bytes, at, end, strings, continuation: Continuation::No, signs_until: 0, ahead: Ahead::Sql }
    }

    /// How strings are being read.
    pub fn strings(&self) -> StandardStrings {
        self.strings
    }

    /// From here on strings are read so.
    pub(super) fn set_strings(&mut self, strings: StandardStrings) {
        self.strings = strings;
    }

    /// The lines after the one that the lexer is in are data of COPY: returns where.
    ///
    /// A second COPY in the same line gets no data: the reader of the file finds it again and refuses it.
    pub(super) fn expect_copy_data(&mut self) -> Range<usize> {
        if let Ahead::CopyData(first) = &self.ahead {
            return first.end_line..first.end_line;
        }
        let block = CopyBlock::find(self.bytes, self.at, self.end);
        let data = block.data.clone();
        self.ahead = Ahead::CopyData(block);
        data
    }

    // Inlined, as all that is done for each token: tokens are small, and calls would take as long as the work.
    #[inline(always)]
    fn next_token(&mut self) -> Option<Token> {
        let limit = match &self.ahead {
            Ahead::Sql => self.end,
            Ahead::CopyEnd(end) => return Some(self.take_to(*end, TokenKind::CopyEnd, Ahead::Sql)),
            Ahead::CopyData(block) if self.at < block.data.start => block.data.start,
            Ahead::CopyData(block) => {
                let next =
                    if block.end_line > block.data.end { Ahead::CopyEnd(block.end_line) } else { Ahead::Sql };
                return Some(self.take_to(block.data.end, TokenKind::CopyData, next));
            }
        };
        self.sql_token(limit)
    }

    fn take_to(&mut self, end: usize, kind: TokenKind, ahead: Ahead) -> Token {
        let span = self.at..end;
        self.at = end;
        self.ahead = ahead;
        Token { kind, span }
    }

    /// The next token of the SQL up to `limit`.
    #[inline(always)]
    fn sql_token(&mut self, limit: usize) -> Option<Token> {
        let rest = self.bytes.get(self.at..limit)?;
        let first = *rest.first()?;
        let (kind, length) = self.cut(rest, first);
        let span = self.at..self.at + length;
        self.continuation = self.continuation_after(kind, &rest[..length]);
        self.at = span.end;
        Some(Token { kind, span })
    }

    /// The kind and the length of the token that `rest` begins with.
    #[inline(always)]
    fn cut(&mut self, rest: &[u8], first: u8) -> (TokenKind, usize) {
        match first {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => (TokenKind::Space, length_while(rest, is_space)),
            b'\'' => self.string(rest, 0, self.quoting_of_a_bare_quote()),
            b'"' => identifier(rest, 0),
            b';' => (TokenKind::Semicolon, 1),
            b'(' => (TokenKind::OpenParenthesis, 1),
            b')' => (TokenKind::CloseParenthesis, 1),
            b'\\' => (TokenKind::Backslash, length_while(rest, |byte| !is_line_break(byte))),
            b'$' => dollar(rest),
            b'.' if rest.get(1).is_some_and(u8::is_ascii_digit) => (TokenKind::Number, number_length(rest)),
            b'0'..=b'9' => (TokenKind::Number, number_length(rest)),
            b'-' if rest.starts_with(b"--") => {
                (TokenKind::LineComment, memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len()))
            }
            b'/' if rest.starts_with(b"/*") => match quoted::block_comment(rest) {
                Closing::At(length) => (TokenKind::BlockComment, length),
                Closing::Missing => (TokenKind::Unclosed(Opener::BlockComment), rest.len()),
            },
            _ if is_word_start(first) => self.word(rest),
            b':' | b'.' => punctuation(rest),
            _ if operator::is_operator_byte(first) => self.operator(rest),
            _ => (TokenKind::Other, 1),
        }
    }

    /// A word, or the literal that it is the prefix of: one letter.
    fn word(&self, rest: &[u8]) -> (TokenKind, usize) {
        let length = length_while(rest, is_word_byte);
        if length > 1 {
            return (TokenKind::Word, length);
        }
        match rest {
            [b'e' | b'E', b'\'', ..] => self.string(rest, 1, Quoting::Escapes),
            [b'b' | b'B' | b'x' | b'X', b'\'', ..] => self.string(rest, 1, Quoting::Bits),
            [b'n' | b'N', b'\'', ..] => self.string(rest, 1, self.default_quoting()),
            [b'u' | b'U', b'&', b'\'', ..] => self.string(rest, 2, Quoting::Plain),
            [b'u' | b'U', b'&', b'"', ..] => identifier(rest, 2),
            _ => (TokenKind::Word, length),
        }
    }

    fn string(&self, rest: &[u8], prefix: usize, quoting: Quoting) -> (TokenKind, usize) {
        match quoted::string(&rest[prefix..], quoting) {
            Closing::At(length) => (TokenKind::String, prefix + length),
            Closing::Missing => (TokenKind::Unclosed(Opener::String), rest.len()),
        }
    }

    fn operator(&mut self, rest: &[u8]) -> (TokenKind, usize) {
        if self.at < self.signs_until {
            return (TokenKind::Operator, 1);
        }
        let operator = operator::cut(rest);
        self.signs_until = self.at + operator.length + operator.signs_after;
        (TokenKind::Operator, operator.length)
    }

    fn default_quoting(&self) -> Quoting {
        match self.strings {
            StandardStrings::On => Quoting::Plain,
            StandardStrings::Off => Quoting::Escapes,
        }
    }

    fn quoting_of_a_bare_quote(&self) -> Quoting {
        match self.continuation {
            Continuation::AfterLineBreak(quoting) => quoting,
            Continuation::AfterString(_) | Continuation::No => self.default_quoting(),
        }
    }

    #[inline(always)]
    fn continuation_after(&self, kind: TokenKind, token: &[u8]) -> Continuation {
        match kind {
            TokenKind::String => Continuation::AfterString(self.quoting_of(token)),
            TokenKind::Space | TokenKind::LineComment => match self.continuation {
                Continuation::AfterString(quoting) if token.iter().any(|&b| is_line_break(b)) => {
                    Continuation::AfterLineBreak(quoting)
                }
                unchanged => unchanged,
            },
            _ => Continuation::No,
        }
    }

    /// The quoting of a string that was just cut.
    fn quoting_of(&self, token: &[u8]) -> Quoting {
        match token.first() {
            Some(b'\'') => self.quoting_of_a_bare_quote(),
            Some(b'e' | b'E') => Quoting::Escapes,
            Some(b'b' | b'B' | b'x' | b'X') => Quoting::Bits,
            Some(b'u' | b'U') => Quoting::Plain,
            _ => self.default_quoting(),
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    #[inline(always)]
    fn next(&mut self) -> Option<Token> {
        self.next_token()
    }
}

fn identifier(rest: &[u8], prefix: usize) -> (TokenKind, usize) {
    match quoted::identifier(&rest[prefix..]) {
        Closing::At(length) => (TokenKind::QuotedIdentifier, prefix + length),
        Closing::Missing => (TokenKind::Unclosed(Opener::Identifier), rest.len()),
    }
}

/// What a dollar sign begins: a dollar-quoted body, a parameter, or nothing.
fn dollar(rest: &[u8]) -> (TokenKind, usize) {
    if rest.get(1).is_some_and(u8::is_ascii_digit) {
        let digits = length_while(&rest[1..], |byte| byte.is_ascii_digit());
        return (TokenKind::Parameter, 1 + digits + word_length(&rest[1 + digits..]));
    }
    match quoted::dollar_body(rest) {
        None => (TokenKind::Other, 1),
        Some(Closing::At(length)) => (TokenKind::DollarBody, length),
        Some(Closing::Missing) => (TokenKind::Unclosed(Opener::DollarBody), rest.len()),
    }
}

fn punctuation(rest: &[u8]) -> (TokenKind, usize) {
    match rest {
        [b':', b':' | b'=', ..] | [b'.', b'.', ..] => (TokenKind::Operator, 2),
        _ => (TokenKind::Other, 1),
    }
}

/// The length of a number: digits, a fraction, an exponent, and a word glued to it. The server
/// rejects the last one, or reads `0x1F` and `1_000` in it, depending on its version.
fn number_length(rest: &[u8]) -> usize {
    let mut length = digits_length(rest);
    // `1..10` is a range of PL/pgSQL: two numbers.
    if rest.get(length) == Some(&b'.') && rest.get(length + 1) != Some(&b'.') {
        length += 1 + digits_length(&rest[length + 1..]);
    }
    length += match &rest[length..] {
        [b'e' | b'E', digits @ ..] if digits_length(digits) > 0 => 1 + digits_length(digits),
        [b'e' | b'E', b'+' | b'-', digits @ ..] if digits_length(digits) > 0 => 2 + digits_length(digits),
        _ => 0,
    };
    length + word_length(&rest[length..])
}

/// The length of digits, which single underscores may group (since PostgreSQL 16).
fn digits_length(rest: &[u8]) -> usize {
    let is_digit = |at: usize| rest.get(at).is_some_and(u8::is_ascii_digit);
    let mut length = 0;
    while is_digit(length) || (length > 0 && rest.get(length) == Some(&b'_') && is_digit(length + 1)) {
        length += 1;
    }
    length
}

/// The length of the word that `rest` begins with, or 0.
fn word_length(rest: &[u8]) -> usize {
    match rest.first() {
        Some(&first) if is_word_start(first) => length_while(rest, is_word_byte),
        _ => 0,
    }
}

fn length_while(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|&byte| !belongs(byte)).unwrap_or(bytes.len())
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn is_word_byte(byte: u8) -> bool {
    WORD_BYTES[byte as usize]
}

/// In a table, since it is asked of most bytes of a file.
static WORD_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        let it = byte as u8;
        table[byte] = is_word_start(it) || it.is_ascii_digit() || it == b'$';
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens of a text without its white space.
    fn tokens(text: &str) -> Vec<(TokenKind, &str)> {
        Lexer::new(text.as_bytes(), 0, text.len(), StandardStrings::On)
            .filter(|token| token.kind != TokenKind::Space)
            .map(|token| (token.kind, &text[token.span]))
            .collect()
    }

    fn texts(text: &str) -> Vec<&str> {
        tokens(text).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn an_operator_ends_before_a_comment_and_before_a_sign_that_is_none_of_it() {
        assert_eq!(texts("1*--c\n2"), ["1", "*", "--c", "2"]);
        assert_eq!(texts("2/*;*/*3"), ["2", "/*;*/", "*", "3"]);
        assert_eq!(texts("a*-1"), ["a", "*", "-", "1"]);
        assert_eq!(texts("5 @-1"), ["5", "@-", "1"]);
        assert_eq!(texts("1 - -1"), ["1", "-", "-", "1"]);
        assert_eq!(texts("a<=-+-b"), ["a", "<=", "-", "+", "-", "b"]);
        assert_eq!(texts("j->>'a'#>b"), ["j", "->>", "'a'", "#>", "b"]);
        assert_eq!(texts("a::b:=c..d=>e"), ["a", "::", "b", ":=", "c", "..", "d", "=>", "e"]);
    }

    #[test]
    fn a_number_is_whole() {
        assert_eq!(texts("1.5e-3+.5"), ["1.5e-3", "+", ".5"]);
        assert_eq!(texts("1..10"), ["1", "..", "10"]);
        assert_eq!(texts("0x1F 1_000.5 123abc 1e5"), ["0x1F", "1_000.5", "123abc", "1e5"]);
        assert_eq!(texts("1e+ 1e"), ["1e", "+", "1e"]);
    }

    #[test]
    fn a_dollar_sign_opens_a_body_only_with_a_tag_that_is_closed() {
        assert_eq!(tokens("$a$ $b$ $a$"), [(TokenKind::DollarBody, "$a$ $b$ $a$")]);
        assert_eq!(tokens("$$a$ $$"), [(TokenKind::DollarBody, "$$a$ $$")]);
        assert_eq!(tokens("a$$b"), [(TokenKind::Word, "a$$b")]);
        assert_eq!(texts("$1 $1a $a b$"), ["$1", "$1a", "$", "a", "b$"]);
        assert_eq!(tokens("1$a$;$a$")[1], (TokenKind::DollarBody, "$a$;$a$"));
        assert_eq!(tokens("$1$a$;$a$")[1], (TokenKind::DollarBody, "$a$;$a$"));
    }

    #[test]
    fn a_prefix_belongs_to_its_literal() {
        for literal in ["E'\\''", "b'01'", "X'1F'", "n'a'", "U&'\\'", "'it''s'"] {
            assert_eq!(tokens(literal), [(TokenKind::String, literal)]);
        }
        assert_eq!(tokens("u&\"a\"\"b\""), [(TokenKind::QuotedIdentifier, "u&\"a\"\"b\"")]);
        assert_eq!(texts("typee'a'"), ["typee", "'a'"]);
    }

    #[test]
    fn a_string_goes_on_only_after_a_line_break() {
        assert_eq!(texts("E'a' -- it's\n '\\''"), ["E'a'", "-- it's", "'\\''"]);
        assert_eq!(texts("E'a' '\\' b"), ["E'a'", "'\\'", "b"]);
        assert_eq!(texts("E'a' /**/\n '\\' b"), ["E'a'", "/**/", "'\\'", "b"]);
        assert_eq!(texts("E'a'\n,\n'\\' b"), ["E'a'", ",", "'\\'", "b"]);
    }

    #[test]
    fn block_comments_nest() {
        assert_eq!(texts("/* a /* b */ c */d"), ["/* a /* b */ c */", "d"]);
        assert_eq!(texts("/*/ ; */+1"), ["/*/ ; */", "+", "1"]);
        assert_eq!(texts("/***/a/**/"), ["/***/", "a", "/**/"]);
        assert_eq!(tokens("/* /* */")[0].0, TokenKind::Unclosed(Opener::BlockComment));
    }
}
