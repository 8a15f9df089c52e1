//! Places in the body of a function or a DO block: the server reads it by itself, and counts in it from its start.

use super::cursor::Cursor;
use super::lexer::{Lexer, StandardStrings};
use super::token::TokenKind;

/// The offset in a statement that belongs to an offset in one of its bodies, which the server shows as `body`.
pub(crate) fn offset_of(statement: &str, body: &str, offset: usize) -> Option<usize> {
    literals(statement)
        .find_map(|(start, literal)| literal.offset_of(body, offset).map(|inside| start + inside))
}

/// The offset in a DO statement of the first word in a line of its block. The rest of the line on which the block opens
/// is line 1.
pub(crate) fn offset_of_line(statement: &str, line: usize) -> Option<usize> {
    if !Cursor::new(statement.as_bytes(), StandardStrings::On).eat("do") {
        return None;
    }
    let (start, literal) = literals(statement).next()?;
    let text = literal.text();
    let line = match line.checked_sub(2) {
        None => 0,
        Some(before) => text.match_indices('\n').nth(before)?.0 + 1,
    };
    let blanks = text.get(line..)?.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    Some(start + line + blanks)
}

/// What stands between the quotes of a literal, as it is written.
enum Literal<'a> {
    /// As it is.
    Dollar(&'a str),
    /// With each quote twice.
    Quoted(&'a str),
}

impl<'a> Literal<'a> {
    fn text(&self) -> &'a str {
        match self {
            Literal::Dollar(text) | Literal::Quoted(text) => text,
        }
    }

    fn offset_of(&self, body: &str, offset: usize) -> Option<usize> {
        match self {
            Literal::Dollar(text) => (*text == body).then_some(offset),
            Literal::Quoted(text) => {
                let before = body.get(..offset)?;
                (text.replace("''", "'") == body).then(|| offset + before.matches('\'').count())
            }
        }
    }
}

/// The literals of a statement, each with where its text begins. Those with a prefix (`E`, `U&`) write some characters
/// otherwise, and are left out.
fn literals(statement: &str) -> impl Iterator<Item = (usize, Literal<'_>)> {
    let tokens = Lexer::new(statement.as_bytes(), 0, statement.len(), StandardStrings::On);
    tokens.filter_map(|token| {
        let text = statement.get(token.span.clone())?;
        match token.kind {
            TokenKind::DollarBody => {
                let tag = text.get(1..)?.find('$')? + 2;
                let inside = text.get(tag..text.len().checked_sub(tag)?)?;
                Some((token.span.start + tag, Literal::Dollar(inside)))
            }
            TokenKind::String => {
                let inside = text.strip_prefix('\'')?.strip_suffix('\'')?;
                Some((token.span.start + 1, Literal::Quoted(inside)))
            }
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_body_is_a_place_in_the_statement() {
        let at = |statement: &str, body: &str, word: &str| {
            let found = offset_of(statement, body, body.find(word).unwrap()).unwrap();
            assert!(statement[found..].starts_with(word), "{statement}: {}", &statement[found..]);
        };
        at("CREATE FUNCTION f() RETURNS int AS $f$ SELECT x $f$ LANGUAGE sql", " SELECT x ", "x");
        at("DO LANGUAGE plpgsql $$\nBEGIN\n  é; oops;\nEND $$", "\nBEGIN\n  é; oops;\nEND ", "oops");
        at("DO 'BEGIN PERFORM ''a''; oops; END'", "BEGIN PERFORM 'a'; oops; END", "oops");
        at("CREATE FUNCTION f(a text DEFAULT 'x') RETURNS int AS $$y$$", "y", "y");
        for (statement, body) in
            [("SELECT 1", "SELECT 1"), ("DO E'x\\n'", "x\n"), ("DO $$a$$", "b"), ("DO '", "")]
        {
            assert_eq!(offset_of(statement, body, 0), None, "{statement}");
        }
    }

    #[test]
    fn a_line_of_a_block_begins_at_its_first_word() {
        let statement = "DO $$ DECLARE a int;\r\nBEGIN\n\t oops;\nEND $$";
        let line = |line| offset_of_line(statement, line).map(|offset| &statement[offset..offset + 4]);
        assert_eq!([1, 2, 3, 4].map(line), [Some("DECL"), Some("BEGI"), Some("oops"), Some("END ")]);
        assert_eq!(line(5), None);
        assert_eq!(offset_of_line("CREATE FUNCTION f() RETURNS int AS $$\n1\n$$", 2), None);
    }
}
