//! Statements that set something for what comes after them.

use super::super::cursor::{Cursor, is_off};
use super::super::lexer::StandardStrings;
use super::super::token::TokenKind;

/// Whether a statement changes how the server reads the text after it. The cursor stands after the first word.
pub(super) fn changes_lexing(first: &[u8], c: &mut Cursor<'_>) -> bool {
    setting(first, c).is_some()
}

/// How strings are read after a statement; `None` when that stays as it is.
pub(in super::super) fn strings_after(statement: &[u8], strings: StandardStrings) -> Option<StandardStrings> {
    let mut cursor = Cursor::new(statement, strings);
    let (setting, value) = setting(cursor.take_word()?.as_slice(), &mut cursor)?;
    if setting != SettingStatement::StandardStrings {
        return None;
    }
    Some(if is_off(value) { StandardStrings::Off } else { StandardStrings::On })
}

/// Whether a SET ends with its transaction. The cursor stands after the first word.
pub(super) fn is_local_setting(c: &Cursor<'_>) -> bool {
    let mut c = c.clone();
    ["local", "transaction", "constraints"].iter().any(|word| c.eat(word))
}

/// Whether a text, with all that stands in bodies and strings, says `SET name.name` or calls `set_config` for another
/// setting than one of the server's, which have no dot in their names. What a function does that is only called is not seen.
pub(super) fn names_custom_setting(text: &[u8]) -> bool {
    sets_name_with_a_dot(text) || calls_set_config(text)
}

fn sets_name_with_a_dot(text: &[u8]) -> bool {
    let mut words = text
        .split(|byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b'=' | b'\'' | b'(' | b')'))
        .filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        if !word.eq_ignore_ascii_case(b"set") {
            continue;
        }
        let mut name = words
            .clone()
            .skip_while(|word| word.eq_ignore_ascii_case(b"local") || word.eq_ignore_ascii_case(b"session"));
        if name.next().is_some_and(|name| name.contains(&b'.')) {
            return true;
        }
    }
    false
}

fn calls_set_config(text: &[u8]) -> bool {
    let text = text.to_ascii_lowercase();
    memchr::memmem::find_iter(&text, b"set_config").any(|at| {
        let after = text[at + b"set_config".len()..].trim_ascii_start();
        let argument = after.strip_prefix(b"(").map(<[u8]>::trim_ascii_start);
        let name =
            argument.and_then(|argument| argument.strip_prefix(b"'")?.split(|byte| *byte == b'\'').next());
        name.is_none_or(|name| name.contains(&b'.'))
    })
}

/// Whether a statement sets something for the rest of the session, and does nothing else: `SET`, `RESET`, or a
/// `set_config` that is selected by itself, as pg_dump writes it. Whatever a `set_config` computes its value from may not
/// be the same the next time, so nothing but text and other settings counts. The cursor stands after the first word.
pub(super) fn is_session_setting(first: &[u8], c: &mut Cursor<'_>) -> bool {
    match first {
        b"set" => !is_local_setting(c),
        b"reset" => true,
        b"select" => selects_set_config(c),
        _ => false,
    }
}

fn selects_set_config(c: &mut Cursor<'_>) -> bool {
    c.eat("pg_catalog");
    c.eat_sign(".");
    if !c.eat("set_config") {
        return false;
    }
    while let Some((kind, text)) = c.peek() {
        c.skip();
        let is_known = match kind {
            TokenKind::Word => ["pg_catalog", "current_setting", "true", "false", "text"]
                .iter()
                .any(|word| text.eq_ignore_ascii_case(word.as_bytes())),
            TokenKind::Operator => matches!(text, b"||" | b"::"),
            TokenKind::Number => false,
            _ => true,
        };
        if !is_known {
            return false;
        }
    }
    true
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SettingStatement {
    /// `standard_conforming_strings`
    StandardStrings,
    /// `backslash_quote`, `client_encoding`
    Other,
}

/// The setting that a statement changes, and to which value (an empty one for the default).
fn setting<'a>(first: &[u8], c: &mut Cursor<'a>) -> Option<(SettingStatement, &'a [u8])> {
    match first {
        b"reset" => reset(c),
        b"set" => set(c),
        b"select" => set_config(c),
        _ => None,
    }
}

fn reset<'a>(c: &mut Cursor<'a>) -> Option<(SettingStatement, &'a [u8])> {
    let name = c.take()?;
    let setting =
        if name.eq_ignore_ascii_case(b"all") { SettingStatement::StandardStrings } else { named(name)? };
    Some((setting, b""))
}

fn set<'a>(c: &mut Cursor<'a>) -> Option<(SettingStatement, &'a [u8])> {
    if !c.eat("session") {
        c.eat("local");
    }
    if c.eat("names") {
        return Some((SettingStatement::Other, b""));
    }
    let setting = named(c.take()?)?;
    let assigns = c.eat("to") || c.eat_sign("=");
    assigns.then(|| (setting, c.take().unwrap_or_default()))
}

/// `[pg_catalog.]set_config('name', 'value', …)` as the first thing that is selected.
fn set_config<'a>(c: &mut Cursor<'a>) -> Option<(SettingStatement, &'a [u8])> {
    if c.eat("pg_catalog") {
        c.eat_sign(".");
    }
    if !c.eat("set_config") || !c.eat_sign("(") {
        return None;
    }
    let setting = named(c.take()?)?;
    let value = c.eat_sign(",").then(|| c.peek())?;
    value.filter(|(kind, _)| *kind == TokenKind::String).map(|(_, text)| (setting, text))
}

/// The setting of a name, which may be in quotes of either kind.
fn named(name: &[u8]) -> Option<SettingStatement> {
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'');
    let bare = match name {
        [first, inside @ .., last] if is_quote(first) && is_quote(last) => inside,
        _ => name,
    };
    if bare.eq_ignore_ascii_case(b"standard_conforming_strings") {
        return Some(SettingStatement::StandardStrings);
    }
    let other =
        bare.eq_ignore_ascii_case(b"backslash_quote") || bare.eq_ignore_ascii_case(b"client_encoding");
    other.then_some(SettingStatement::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_setting(sql: &str) -> bool {
        let mut cursor = Cursor::new(sql.as_bytes(), StandardStrings::On);
        let first = cursor.take_word().unwrap();
        is_session_setting(first.as_slice(), &mut cursor)
    }

    #[test]
    fn what_holds_for_the_session_is_told_from_what_ends_with_a_transaction() {
        for setting in [
            "SET search_path = app",
            "set /* x */ role app;",
            "RESET ALL",
            "SET SESSION AUTHORIZATION app",
            "SELECT pg_catalog.set_config('search_path', '', false);",
            "select set_config('a.b', 'c', false)",
            "SELECT set_config('search_path', current_setting('search_path') || ', app', false)",
        ] {
            assert!(is_setting(setting), "{setting}");
        }
        for other in [
            "SET LOCAL search_path = app",
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "SET CONSTRAINTS ALL DEFERRED",
            "SELECT 1",
            "UPDATE t SET a = 1",
        ] {
            assert!(!is_setting(other), "{other}");
        }
    }

    #[test]
    fn a_setting_of_the_projects_own_has_a_dot_in_its_name() {
        for sql in [
            "SET app.user = 'al'",
            "set local App.User TO 'al'",
            "SELECT set_config('app.user', 'al', true)",
            "DO $$ BEGIN PERFORM pg_catalog.SET_CONFIG( 'app.user', 'al', false); END $$",
            "DO $$ BEGIN SET LOCAL app.user = 'al'; END $$",
            "SELECT set_config(name, 'x', false) FROM names",
        ] {
            assert!(names_custom_setting(sql.as_bytes()), "{sql}");
        }
        for sql in [
            "SET search_path = app",
            "SELECT pg_catalog.set_config('search_path', '', false)",
            "UPDATE t SET a = u.b FROM u",
            "CREATE TABLE set (a int)",
        ] {
            assert!(!names_custom_setting(sql.as_bytes()), "{sql}");
        }
    }

    #[test]
    fn what_computes_its_value_is_not_said_again() {
        for sql in [
            "SELECT set_config('a.b', nextval('s')::text, false)",
            "SELECT set_config('a.b', 'c', false), f()",
            "SELECT set_config('a.b', t.x, false) FROM t",
        ] {
            assert!(!is_setting(sql), "{sql}");
        }
    }
}
