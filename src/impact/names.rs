//! Names as SQL writes them, and looking for them in a statement.

use std::borrow::Cow;
use std::fmt::Write;

use crate::catalog::{Identity, Kind};
use crate::migration::sql::{Cursor, Lexer, StandardStrings, TokenKind};

/// The longest name that the server keeps, in bytes.
const MAX_NAME_BYTES: usize = 63;

/// Words that cannot be the name of a column or a table without quotes.
const RESERVED: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
];

/// A name as SQL writes it.
pub(super) fn quoted(name: &str) -> String {
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let is_plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if begins && is_plain && !RESERVED.contains(&name) { name.to_owned() } else { in_quotes(name) }
}

/// A name between quotes.
pub(super) fn in_quotes(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// SQL in which each name stands on one line and has no character that cannot be seen: `U&"a\+00000Ab"`.
pub(super) fn on_one_line(sql: &str) -> Cow<'_, str> {
    if !sql.contains(is_unseen) {
        return sql.into();
    }
    let mut text = String::new();
    for token in Lexer::new(sql.as_bytes(), 0, sql.len(), StandardStrings::On) {
        let own = sql.get(token.span).unwrap_or_default();
        match (token.kind, own.strip_prefix('"')) {
            (TokenKind::QuotedIdentifier, Some(name)) if name.contains(is_unseen) => {
                text.push_str(&in_code_points(name));
            }
            (TokenKind::DollarBody, _) => match body_of(own) {
                Some((tag, body)) => {
                    let _ = write!(text, "{tag}{}{tag}", on_one_line(body));
                }
                None => text.push_str(own),
            },
            _ => text.push_str(own),
        }
    }
    text.into()
}

/// Whether a character breaks a line, or is neither in ASCII nor a letter or a digit: it may be seen as another one or not at
/// all.
fn is_unseen(c: char) -> bool {
    c.is_control() || !c.is_ascii() && !c.is_alphanumeric()
}

/// The rest of a quoted name, with the code points of what is unseen.
fn in_code_points(name: &str) -> String {
    let mut text = "U&\"".to_owned();
    for letter in name.chars() {
        match letter {
            '\\' => text.push_str("\\\\"),
            unseen if is_unseen(unseen) => drop(write!(text, "\\+{:06X}", u32::from(unseen))),
            seen => text.push(seen),
        }
    }
    text
}

/// The tag of a body between dollars, and what stands between.
fn body_of(literal: &str) -> Option<(&str, &str)> {
    let end = literal.strip_prefix('$')?.find('$')? + 2;
    let (tag, rest) = literal.split_at_checked(end)?;
    Some((tag, rest.strip_suffix(tag)?))
}

/// The parts of a name that SQL wrote, without quotes.
pub(super) fn parts(name: &str) -> Vec<String> {
    parts_at(&mut Cursor::new(name.as_bytes(), StandardStrings::On))
}

/// The same of the name at which a cursor stands.
pub(super) fn parts_at(cursor: &mut Cursor<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    while let Some(part) = cursor.identifier() {
        parts.push(part);
        if !cursor.eat_sign(".") {
            break;
        }
    }
    parts
}

/// The last part of a name that SQL wrote, without quotes.
pub(super) fn bare(name: &str) -> String {
    parts(name).pop().unwrap_or_else(|| name.to_owned())
}

/// Its name without quotes, its schema and the types of its arguments.
pub(super) fn own_name(identity: &Identity) -> String {
    let name = identity.name.split('(').next().unwrap_or(&identity.name);
    match identity.kind {
        // No operator has a dot in it.
        Kind::Operator => name.rsplit('.').next().unwrap_or(name).to_owned(),
        _ => bare(name),
    }
}

/// A new name made of others, each as SQL wrote it: `users_email_new`.
pub(super) fn made_of(names: &[&str]) -> String {
    let name = names.iter().map(|name| bare(name)).collect::<Vec<_>>().join("_");
    let end = name.floor_char_boundary(MAX_NAME_BYTES);
    quoted(name.get(..end).unwrap_or(&name))
}

/// A name in the schema of another one.
pub(super) fn beside(other: &str, name: &str) -> String {
    match parts(other).as_slice() {
        [schema, _] => format!("{}.{name}", quoted(schema)),
        _ => name.to_owned(),
    }
}

/// Whether a statement has this name in it, also in a body of code.
pub(crate) fn mentions(statement: &str, name: &str) -> bool {
    let name = bare(name).to_lowercase();
    let statement = statement.to_lowercase();
    let is_inside = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    statement.match_indices(&name).any(|(at, found)| {
        let before = statement.get(..at).and_then(|text| text.chars().next_back());
        let after = statement.get(at + found.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_inside) && !after.is_some_and(is_inside)
    })
}

/// Whether these keywords stand in a statement, outside of parentheses.
pub(super) fn says(statement: &str, phrase: &str) -> bool {
    Cursor::new(statement.as_bytes(), StandardStrings::On).find(phrase)
}

/// Whether a statement begins with these keywords.
pub(crate) fn begins(statement: &str, phrase: &str) -> bool {
    Cursor::new(statement.as_bytes(), StandardStrings::On).eat(phrase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_on_one_line_and_the_rest_of_the_sql_stays() {
        for (sql, told) in [
            ("ALTER TABLE a;\nDROP TABLE \"b c\";", "ALTER TABLE a;\nDROP TABLE \"b c\";"),
            ("DROP TABLE \"a\nb\";", "DROP TABLE U&\"a\\+00000Ab\";"),
            ("DROP TABLE \"a\r\\\"\"b\";\n", "DROP TABLE U&\"a\\+00000D\\\\\"\"b\";\n"),
            ("SELECT 'a\nb', \"ü\", \"\u{202e}\"", "SELECT 'a\nb', \"ü\", U&\"\\+00202E\""),
            (
                "DO $x$ BEGIN\nDROP TABLE \"a\nb\"; END $x$",
                "DO $x$ BEGIN\nDROP TABLE U&\"a\\+00000Ab\"; END $x$",
            ),
            ("it's \"a\nb\"", "it's \"a\nb\""),
        ] {
            assert_eq!(on_one_line(sql), told, "{sql}");
        }
    }
}
