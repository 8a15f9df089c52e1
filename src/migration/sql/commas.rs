//! Lists in SQL.

use super::cursor::Cursor;
use super::token::TokenKind;

/// What stands between the commas outside of parentheses and brackets, up to the end of the statement.
pub(crate) fn split_at_commas(mut cursor: Cursor<'_>) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut part = cursor.rest();
    let mut depth = 0_usize;
    loop {
        let (kind, text) = cursor.peek().unwrap_or((TokenKind::Semicolon, b""));
        let is_over = kind == TokenKind::Semicolon;
        let is_comma = depth == 0 && text == b",";
        if is_over || is_comma {
            let length = part.len().saturating_sub(cursor.rest().len());
            parts.extend(part.get(..length).map(str::trim).filter(|part| !part.is_empty()));
        }
        if is_over {
            return parts;
        }
        match text {
            b"(" | b"[" => depth += 1,
            b")" | b"]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        cursor.skip();
        if is_comma {
            part = cursor.rest();
        }
    }
}
