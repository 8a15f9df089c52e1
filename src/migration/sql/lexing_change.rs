use super::cursor::{Cursor, is_off};
use super::lexer::Strings;
use super::token::TokenKind;

/// Whether a statement changes how the server reads the text behind it. The cursor stands behind the first word.
pub(super) fn changes_lexing(first: &[u8], c: &mut Cursor<'_>) -> bool {
    setting(first, c).is_some()
}

/// How strings are read behind a statement; `None` when that stays as it is.
pub(super) fn strings_after(statement: &[u8], strings: Strings) -> Option<Strings> {
    let mut cursor = Cursor::new(statement, strings);
    let (setting, value) = setting(&cursor.take_word()?, &mut cursor)?;
    if setting != Setting::Strings {
        return None;
    }
    Some(if is_off(value) { Strings::Escaping } else { Strings::Standard })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setting {
    /// `standard_conforming_strings`
    Strings,
    /// `backslash_quote`, `client_encoding`
    Other,
}

/// The setting that a statement changes, and to which value (an empty one for the default).
fn setting<'a>(first: &[u8], c: &mut Cursor<'a>) -> Option<(Setting, &'a [u8])> {
    match first {
        b"reset" => reset(c),
        b"set" => set(c),
        b"select" => set_config(c),
        _ => None,
    }
}

fn reset<'a>(c: &mut Cursor<'a>) -> Option<(Setting, &'a [u8])> {
    let name = c.take()?;
    let setting = if name.eq_ignore_ascii_case(b"all") { Setting::Strings } else { named(name)? };
    Some((setting, b""))
}

fn set<'a>(c: &mut Cursor<'a>) -> Option<(Setting, &'a [u8])> {
    if !c.eat("session") {
        c.eat("local");
    }
    if c.eat("names") {
        return Some((Setting::Other, b""));
    }
    let setting = named(c.take()?)?;
    let assigns = c.eat("to") || c.eat_sign("=");
    assigns.then(|| (setting, c.take().unwrap_or_default()))
}

/// `[pg_catalog.]set_config('name', 'value', …)` as the first thing that is selected.
fn set_config<'a>(c: &mut Cursor<'a>) -> Option<(Setting, &'a [u8])> {
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
fn named(name: &[u8]) -> Option<Setting> {
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'');
    let bare = match name {
        [first, inside @ .., last] if is_quote(first) && is_quote(last) => inside,
        _ => name,
    };
    if bare.eq_ignore_ascii_case(b"standard_conforming_strings") {
        return Some(Setting::Strings);
    }
    let other =
        bare.eq_ignore_ascii_case(b"backslash_quote") || bare.eq_ignore_ascii_case(b"client_encoding");
    other.then_some(Setting::Other)
}
