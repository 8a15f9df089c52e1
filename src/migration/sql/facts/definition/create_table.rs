//! `CREATE TABLE` and `CREATE INDEX` that compute nothing of the user's.

use crate::migration::sql::cursor::Cursor;
use crate::migration::sql::token::TokenKind;

pub(super) fn opens(c: &Cursor<'_>) -> bool {
    c.peek().is_some_and(|(kind, _)| kind == TokenKind::OpenParenthesis)
}

/// Columns and constraints of a table without rows, and nothing that is computed as it is made: no query (`AS`), no bounds
/// of a partition, no copied index (`LIKE`), no expression of a generated column, an exclusion or a partition key.
pub(super) fn creates_table(c: &mut Cursor<'_>) -> bool {
    if !opens(c) {
        return false;
    }
    let Some(columns) = parenthesized(c) else { return false };
    if !columns.iter().all(|column| defines_column_or_constraint(column)) {
        return false;
    }
    if c.eat("inherits") && parenthesized(c).is_none() {
        return false;
    }
    if c.eat("partition by") {
        return ["range", "list", "hash"].iter().any(|word| c.eat(word))
            && parenthesized(c).is_some_and(|keys| keys.iter().all(|key| names_column(key)))
            && c.is_done();
    }
    if c.eat("with") && parenthesized(c).is_none() {
        return false;
    }
    if c.eat("tablespace") && c.identifier().is_none() {
        return false;
    }
    c.is_done()
}

pub(super) type Tokens<'a> = Vec<(TokenKind, &'a [u8])>;

/// What stands in the parentheses that come next, cut at its commas. `None` where they are not closed.
fn parenthesized<'a>(c: &mut Cursor<'a>) -> Option<Vec<Tokens<'a>>> {
    if !c.eat_sign("(") {
        return None;
    }
    let (mut items, mut item, mut depth) = (Vec::new(), Tokens::new(), 0_usize);
    while let Some((kind, text)) = c.peek() {
        c.skip();
        match kind {
            TokenKind::CloseParenthesis if depth == 0 => {
                items.push(item);
                return Some(items);
            }
            TokenKind::Other if depth == 0 && text == b"," => {
                items.push(std::mem::take(&mut item));
                continue;
            }
            TokenKind::OpenParenthesis => depth += 1,
            TokenKind::CloseParenthesis => depth -= 1,
            _ => {}
        }
        item.push((kind, text));
    }
    None
}

fn is_word(token: Option<&(TokenKind, &[u8])>, word: &str) -> bool {
    token.is_some_and(|(kind, text)| *kind == TokenKind::Word && text.eq_ignore_ascii_case(word.as_bytes()))
}

pub(super) fn holds_word(item: &Tokens<'_>, word: &str) -> bool {
    item.iter().any(|token| is_word(Some(token), word))
}

fn defines_column_or_constraint(item: &Tokens<'_>) -> bool {
    let is_computed = item.windows(2).any(|pair| match pair {
        [first, (kind, _)] => is_word(Some(first), "as") && *kind == TokenKind::OpenParenthesis,
        _ => false,
    });
    !item.is_empty() && !is_word(item.first(), "like") && !holds_word(item, "exclude") && !is_computed
}

/// One column by its name, in an order perhaps: no expression, and no operator class, which may be the user's.
fn names_column(item: &Tokens<'_>) -> bool {
    let [(kind, _), order @ ..] = item.as_slice() else { return false };
    let in_order = |token: &(TokenKind, &[u8])| {
        ["asc", "desc", "nulls", "first", "last"].iter().any(|word| is_word(Some(token), word))
    };
    matches!(kind, TokenKind::Word | TokenKind::QuotedIdentifier) && order.iter().all(in_order)
}

pub(super) fn creates_index(c: &mut Cursor<'_>) -> bool {
    c.eat("if not exists");
    if !(c.eat("on") || c.identifier().is_some() && c.eat("on")) {
        return false;
    }
    c.eat("only");
    if c.name().is_none() || (c.eat("using") && c.identifier().is_none()) {
        return false;
    }
    if !parenthesized(c).is_some_and(|columns| columns.iter().all(|column| names_column(column))) {
        return false;
    }
    if c.eat("include") && parenthesized(c).is_none() {
        return false;
    }
    if !c.eat("nulls not distinct") {
        c.eat("nulls distinct");
    }
    c.is_done()
}
