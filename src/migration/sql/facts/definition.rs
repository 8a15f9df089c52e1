//! Statements that do nothing but define objects: they leave the session as it was before.
//!
//! What may run code of the user's may do anything to the session, by `set_config` for one. Which places that are runs
//! through the list below, as far as it has no rows or is a constant to begin with: a default is only stored by CREATE
//! TABLE, and computed by ALTER TABLE … ADD COLUMN; the expression of an index is computed when the index is built, and
//! a constant in it already when it is defined. Event triggers run with any statement: a caller that relies on this has to
//! know that there are none.

mod alter_table;
mod create_table;

use super::super::cursor::Cursor;
use super::super::token::TokenKind;
use alter_table::alters_table;
use create_table::{creates_index, creates_table, opens};

/// Whether a statement only defines objects. The cursor stands after the first word.
pub(super) fn only_defines(first: &[u8], c: &mut Cursor<'_>) -> bool {
    match first {
        b"comment" | b"drop" | b"grant" | b"revoke" => true,
        b"create" => creates(c),
        b"alter" => alters(c),
        _ => false,
    }
}

/// Whether a statement that only defines objects may build an index over rows that are there.
pub(super) fn may_index_rows(first: &[u8], c: &mut Cursor<'_>) -> bool {
    match first {
        b"alter" => true,
        b"create" => c.eat("index") || c.eat("unique"),
        _ => false,
    }
}

fn creates(c: &mut Cursor<'_>) -> bool {
    c.eat("or replace");
    if c.eat("table") || c.eat("unlogged table") {
        c.eat("if not exists");
        return lasting_name(c) && creates_table(c);
    }
    if c.eat("index") || c.eat("unique index") {
        return creates_index(c);
    }
    if c.eat("function") || c.eat("procedure") {
        return lasting_name(c) && is_in_a_language_that_is_only_checked(c);
    }
    if c.eat("schema") {
        c.eat("if not exists");
        return schema_alone(c);
    }
    if c.eat("type") {
        return lasting_name(c) && c.eat("as") && (c.eat("enum") || opens(c));
    }
    if c.eat("domain") || c.eat("view") {
        return lasting_name(c);
    }
    if c.eat("sequence") {
        c.eat("if not exists");
        return lasting_name(c);
    }
    ["trigger", "constraint trigger", "policy"].iter().any(|word| c.eat(word))
}

/// The name of an object that does not end with the session.
fn lasting_name(c: &mut Cursor<'_>) -> bool {
    c.name().is_some_and(|name| !name.schema.is_some_and(|schema| schema.starts_with("pg_temp")))
}

/// CREATE FUNCTION has the body checked by the language, and some run a part of it then (the BEGIN blocks of Perl). A
/// setting that belongs to the function is set while it is checked.
fn is_in_a_language_that_is_only_checked(c: &mut Cursor<'_>) -> bool {
    let (mut is_checked, mut depth) = (true, 0_usize);
    while let Some((kind, _)) = c.peek() {
        if depth == 0 && c.eat("set") {
            return false;
        }
        if depth == 0 && c.eat("language") {
            let name = c.take().unwrap_or_default().to_ascii_lowercase();
            is_checked &= matches!(name.as_slice(), b"sql" | b"plpgsql" | b"'sql'" | b"'plpgsql'");
            continue;
        }
        match kind {
            TokenKind::OpenParenthesis => depth += 1,
            TokenKind::CloseParenthesis => depth = depth.saturating_sub(1),
            _ => {}
        }
        c.skip();
    }
    is_checked
}

/// A schema may bring objects along, of any kind.
fn schema_alone(c: &mut Cursor<'_>) -> bool {
    let named = !c.eat("authorization") && c.identifier().is_some();
    if named && c.is_done() {
        return true;
    }
    (!named || c.eat("authorization")) && c.identifier().is_some() && c.is_done()
}

fn alters(c: &mut Cursor<'_>) -> bool {
    if c.eat("table") {
        return alters_table(c);
    }
    if c.eat("type") {
        return c.name().is_some()
            && ["add value", "rename", "owner to", "set schema"].iter().any(|action| c.eat(action));
    }
    let others = [
        "default privileges",
        "function",
        "index",
        "policy",
        "procedure",
        "schema",
        "sequence",
        "trigger",
        "view",
    ];
    // A function's own settings are stored, and set while it runs.
    others.iter().any(|word| c.eat(word))
}

#[cfg(test)]
mod tests;
