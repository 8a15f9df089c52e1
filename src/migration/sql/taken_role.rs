//! Statements that make the role of the session another one.

use super::cursor::Cursor;
use super::lexer::StandardStrings;
use super::token::TokenKind;

/// Which role a statement takes that does nothing else, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TakenRole {
    /// `SET ROLE`: who is a member of it may.
    Role(String),
    /// `SET SESSION AUTHORIZATION`: a superuser may.
    SessionUser(String),
}

impl TakenRole {
    /// Its name, without quotes.
    pub(crate) fn name(&self) -> &str {
        match self {
            TakenRole::Role(name) | TakenRole::SessionUser(name) => name,
        }
    }
}

/// `None` where it takes none, or goes back to the role of the login.
pub(crate) fn taken_role(statement: &str) -> Option<TakenRole> {
    let mut cursor = Cursor::new(statement.as_bytes(), StandardStrings::On);
    if cursor.eat("SELECT") {
        return by_function(&mut cursor);
    }
    cursor.eat("SET").then_some(())?;
    let before = cursor.clone();
    if cursor.eat("SESSION AUTHORIZATION") || cursor.eat("LOCAL SESSION AUTHORIZATION") {
        return name(&mut cursor, "default").map(TakenRole::SessionUser);
    }
    cursor = before;
    let _ = cursor.eat("LOCAL") || cursor.eat("SESSION");
    if cursor.eat("SESSION AUTHORIZATION") {
        return name(&mut cursor, "default").map(TakenRole::SessionUser);
    }
    cursor.eat("ROLE").then_some(())?;
    let _ = cursor.eat("TO") || cursor.eat_sign("=");
    name(&mut cursor, "none").map(TakenRole::Role)
}

/// `set_config('role', 'name', true)`
fn by_function(cursor: &mut Cursor<'_>) -> Option<TakenRole> {
    if cursor.eat("pg_catalog") {
        cursor.eat_sign(".");
    }
    (cursor.eat("set_config") && cursor.eat_sign("(")).then_some(())?;
    let setting = literal(cursor)?;
    cursor.eat_sign(",").then_some(())?;
    let role = literal(cursor)?;
    (cursor.eat_sign(",") && cursor.take().is_some() && cursor.eat_sign(")") && cursor.is_done())
        .then_some(())?;
    match setting.to_ascii_lowercase().as_str() {
        "role" if role != "none" => Some(TakenRole::Role(role)),
        "session_authorization" => Some(TakenRole::SessionUser(role)),
        _ => None,
    }
}

/// A name, or one in a literal. `back` stands for that of the login.
fn name(cursor: &mut Cursor<'_>, back: &str) -> Option<String> {
    let is_plain = cursor.peek()?.0 == TokenKind::Word;
    let name = cursor.identifier().or_else(|| literal(cursor))?;
    (!is_plain || name != back).then_some(name)
}

fn literal(cursor: &mut Cursor<'_>) -> Option<String> {
    let (_, text) = cursor.peek().filter(|(kind, _)| *kind == TokenKind::String)?;
    let inner = std::str::from_utf8(text).ok()?.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'");
    cursor.skip();
    Some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_taken_by_name_by_setting_and_by_function() {
        let role = |name: &str| Some(TakenRole::Role(name.to_owned()));
        let user = |name: &str| Some(TakenRole::SessionUser(name.to_owned()));
        for (sql, expected) in [
            ("SET ROLE owner", role("owner")),
            ("set local role \"Owner\";", role("Owner")),
            ("SET SESSION ROLE 'owner'", role("owner")),
            ("SET role = owner", role("owner")),
            ("SET ROLE TO owner", role("owner")),
            ("SET ROLE NONE", None),
            ("RESET ROLE", None),
            ("SET SESSION AUTHORIZATION 'owner'", user("owner")),
            ("SET LOCAL SESSION AUTHORIZATION owner", user("owner")),
            ("SET SESSION SESSION AUTHORIZATION owner", user("owner")),
            ("SET SESSION AUTHORIZATION DEFAULT", None),
            ("SELECT set_config('role', 'owner', true)", role("owner")),
            ("SELECT pg_catalog.set_config('role', 'none', false)", None),
            ("SELECT set_config('search_path', 'a', true)", None),
            ("SELECT set_config('role', owner, true) FROM owners", None),
            ("SELECT 1", None),
            ("SET TRANSACTION READ ONLY", None),
        ] {
            assert_eq!(taken_role(sql), expected, "{sql}");
        }
    }
}
