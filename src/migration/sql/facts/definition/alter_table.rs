//! `ALTER TABLE` that computes nothing of the user's for the rows that are there.

use super::create_table::{Tokens, holds_word};
use crate::migration::sql::cursor::Cursor;
use crate::migration::sql::lexer::StandardStrings;
use crate::migration::sql::token::TokenKind;

pub(super) fn alters_table(c: &mut Cursor<'_>) -> bool {
    c.eat("if exists");
    c.eat("only");
    if c.name().is_none() {
        return false;
    }
    c.eat_sign("*");
    let mut action = Tokens::new();
    let (mut actions, mut depth) = (Vec::new(), 0_usize);
    while let Some((kind, text)) = c.peek() {
        c.skip();
        match kind {
            TokenKind::Semicolon if depth == 0 => break,
            TokenKind::Other if depth == 0 && text == b"," => {
                actions.push(std::mem::take(&mut action));
                continue;
            }
            TokenKind::OpenParenthesis => depth += 1,
            TokenKind::CloseParenthesis => depth = depth.saturating_sub(1),
            _ => {}
        }
        action.push((kind, text));
    }
    actions.push(action);
    actions.iter().all(|action| is_harmless_action(action))
}

/// An action that computes nothing of the user's for the rows that are there.
fn is_harmless_action(action: &Tokens<'_>) -> bool {
    let text = joined(action);
    let mut cursor = Cursor::new(&text, StandardStrings::On);
    let c = &mut cursor;
    if c.eat("add") {
        return adds(c, action);
    }
    if c.eat("alter") {
        c.eat("column");
        let actions = ["set not null", "drop not null", "set default", "drop default", "set statistics"];
        return c.identifier().is_some() && actions.iter().any(|words| c.eat(words));
    }
    [
        "drop",
        "rename",
        "owner to",
        "set schema",
        "enable row level security",
        "disable row level security",
        "force row level security",
        "no force row level security",
        "enable trigger",
        "disable trigger",
        "replica identity",
        "cluster on",
        "set without cluster",
    ]
    .iter()
    .any(|words| c.eat(words))
}

/// With spaces between the tokens: what stood there may have been a comment.
fn joined(action: &Tokens<'_>) -> Vec<u8> {
    let texts: Vec<&[u8]> = action.iter().map(|(_, text)| *text).collect();
    texts.join(&b' ')
}

fn adds(c: &mut Cursor<'_>, action: &Tokens<'_>) -> bool {
    if holds_word(action, "check") || holds_word(action, "exclude") {
        return false;
    }
    if c.eat("constraint") && c.identifier().is_none() {
        return false;
    }
    if ["primary key", "unique", "foreign key"].iter().any(|words| c.eat(words)) {
        return true;
    }
    c.eat("column");
    c.eat("if not exists");
    c.identifier().is_some() && is_builtin_type(c) && adds_no_computed_value(c)
}

/// A type of the server's own: the name of any other may be that of a domain, whose CHECK is computed for each row.
fn is_builtin_type(c: &mut Cursor<'_>) -> bool {
    const TYPES: [&str; 34] = [
        "bigint",
        "bigserial",
        "bit",
        "bool",
        "boolean",
        "bytea",
        "char",
        "character",
        "cidr",
        "date",
        "decimal",
        "double",
        "float",
        "inet",
        "int",
        "int2",
        "int4",
        "int8",
        "integer",
        "interval",
        "json",
        "jsonb",
        "money",
        "numeric",
        "real",
        "serial",
        "smallint",
        "text",
        "time",
        "timestamp",
        "timestamptz",
        "tsvector",
        "uuid",
        "varchar",
    ];
    TYPES.iter().any(|name| c.eat(name)) && !c.eat_sign(".")
}

/// A default is computed for the rows that are there.
fn adds_no_computed_value(c: &mut Cursor<'_>) -> bool {
    while let Some((kind, _)) = c.peek() {
        if c.eat("default") {
            if !is_known_default(c) {
                return false;
            }
            continue;
        }
        if c.eat("generated") && !(c.eat("always as identity") || c.eat("by default as identity")) {
            return false;
        }
        if matches!(kind, TokenKind::Operator) {
            return false;
        }
        c.skip();
    }
    true
}

/// A constant, or the server's own clock and random numbers.
fn is_known_default(c: &mut Cursor<'_>) -> bool {
    if c.eat("now") || c.eat("gen_random_uuid") {
        return c.eat_sign("(") && c.eat_sign(")");
    }
    if ["true", "false", "null", "current_timestamp", "current_date"].iter().any(|word| c.eat(word)) {
        return true;
    }
    c.eat_sign("-");
    let is_constant = c.peek().is_some_and(|(kind, _)| matches!(kind, TokenKind::Number | TokenKind::String));
    if is_constant {
        c.skip();
    }
    is_constant
}
