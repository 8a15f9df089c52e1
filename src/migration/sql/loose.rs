//! Secrets in text that is no SQL, or broken SQL: comments, what the server says, connection strings, URLs.

use std::ops::Range;

use super::secret_names::sounds_secret;

/// What was found in a connection string.
#[derive(Default)]
pub(super) struct Connection {
    pub(super) spans: Vec<Range<usize>>,
    /// The secret is put after it, or where a `%` stands.
    pub(super) is_elsewhere: bool,
}

/// What stands in quotes after a name that sounds secret, perhaps with a sign in between; what stands there without
/// quotes after an equals sign; and passwords of URLs.
pub(super) fn spans(text: &[u8]) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = words(text)
        .filter(|word| sounds_secret(at(text, word)))
        .filter_map(|word| value(text, &word))
        .collect();
    spans.extend(in_urls(text));
    spans
}

/// The value that a name that sounds secret has.
fn value(text: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    let quote = |at: usize| text.get(at).copied().filter(|byte| matches!(byte, b'\'' | b'"'));
    let is_quoted =
        name.start > 0 && quote(name.start - 1).is_some() && quote(name.start - 1) == quote(name.end);
    let mut start = skip_spaces(text, name.end + usize::from(is_quoted));
    let sign = [&b":="[..], b"=>", b"=", b":"].into_iter().find(|sign| from(text, start).starts_with(sign));
    if let Some(sign) = sign {
        start = skip_spaces(text, start + sign.len());
    } else if from(text, start).get(..3).is_some_and(|word| word.eq_ignore_ascii_case(b"to ")) {
        start = skip_spaces(text, start + 3);
    }
    let prefix = from(text, start).iter().take(2).take_while(|byte| b"eEuUnN&".contains(byte)).count();
    if quote(start + prefix) == Some(b'\'') {
        start += prefix;
    }
    match text.get(start)? {
        b'\'' => Some(quoted(text, start)),
        b'"' if sign.is_some() => {
            let length = memchr::memchr(b'"', from(text, start + 1)).unwrap_or(usize::MAX);
            Some(start + 1..start.saturating_add(1).saturating_add(length).min(text.len()))
        }
        b'$' => dollar_quoted(text, start),
        _ if matches!(sign, Some(b"=")) && start == name.end + 1 => {
            let length = from(text, start).iter().take_while(|byte| !ends_word(**byte)).count();
            Some(start..start + length)
        }
        _ => None,
    }
}

/// After the run of quotes that opens it, up to a run as long: inside of literals, quotes are written many times.
fn quoted(text: &[u8], start: usize) -> Range<usize> {
    let run = |at: usize| from(text, at).iter().take_while(|byte| **byte == b'\'').count();
    let open = run(start);
    let start = start + open;
    let mut end = start;
    while let Some(found) = memchr::memchr(b'\'', from(text, end)) {
        end += found;
        let length = run(end);
        // A run twice as long is a quote within.
        if length % (2 * open) != 0 {
            return start..end + length - length % (2 * open);
        }
        end += length;
    }
    start..text.len()
}

fn dollar_quoted(text: &[u8], start: usize) -> Option<Range<usize>> {
    let tag = from(text, start + 1).iter().position(|byte| *byte == b'$')?;
    let delimiter = text.get(start..start + tag + 2)?;
    let inside = start + delimiter.len();
    let end =
        memchr::memmem::find(from(text, inside), delimiter).map_or(text.len(), |length| inside + length);
    Some(inside..end)
}

/// The passwords of URLs: `postgresql://user:password@host`.
pub(super) fn in_urls(text: &[u8]) -> Vec<Range<usize>> {
    let password = |found: usize| {
        let start = found + b"://".len();
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'\'' | b'"');
        let authority = from(text, start).split(is_end).next().unwrap_or_default();
        let at = memchr::memrchr(b'@', authority)?;
        let colon = memchr::memchr(b':', authority.get(..at)?)?;
        Some(start + colon + 1..start + at)
    };
    memchr::memmem::find_iter(text, b"://").filter_map(password).collect()
}

/// Names of a connection string beside the secret ones (PostgreSQL manual, "Parameter Key Words").
const KEYS: &[&str] = &[
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "service",
    "sslmode",
    "application_name",
    "connect_timeout",
    // Of other drivers: `Server=h;Uid=u;Password=…`.
    "server",
    "uid",
];

/// The secrets of a connection string in the form `name=value`; nothing in any other text.
pub(super) fn in_connection_string(text: &[u8]) -> Connection {
    let mut connection = Connection::default();
    let (mut pairs, mut is_connection) = (0, false);
    for name in words(text) {
        let sign = skip_spaces(text, name.end);
        if text.get(sign) != Some(&b'=') {
            continue;
        }
        let word = at(text, &name);
        let is_secret = sounds_secret(word);
        let is_key = KEYS.iter().any(|key| word.eq_ignore_ascii_case(key.as_bytes()));
        let before = text.get(..name.start).unwrap_or_default();
        let is_of_url =
            memchr::memmem::find(before, b"://").is_some() && matches!(before.last(), Some(b'?' | b'&'));
        is_connection |= is_key || is_secret && (is_of_url || pairs == 0 && is_blank(before));
        pairs += 1;
        if is_secret {
            let start = skip_spaces(text, sign + 1);
            let value = if is_of_url { url_value(text, start) } else { pair_value(text, start) };
            connection.is_elsewhere |= matches!(at(text, &value).first(), None | Some(b'%'));
            connection.spans.push(value);
        }
    }
    if is_connection { connection } else { Connection::default() }
}

/// A value of a connection string: in quotes, in which a backslash escapes, or up to a blank.
fn pair_value(text: &[u8], start: usize) -> Range<usize> {
    let is_quoted = text.get(start) == Some(&b'\'');
    let start = start + usize::from(is_quoted);
    let mut end = start;
    while let Some(byte) = text.get(end) {
        match byte {
            b'\\' => end += 1,
            b'\'' if is_quoted => break,
            byte if !is_quoted && byte.is_ascii_whitespace() => break,
            _ => {}
        }
        end += 1;
    }
    start.min(text.len())..end.min(text.len())
}

/// A value in the query of a URL.
fn url_value(text: &[u8], start: usize) -> Range<usize> {
    let ends = |byte: &u8| *byte == b'&' || ends_word(*byte);
    start..start + from(text, start).iter().take_while(|byte| !ends(byte)).count()
}

/// The words of a text.
fn words(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + from(text, at).iter().position(|byte| is_word_byte(*byte))?;
        let length = from(text, start).iter().take_while(|byte| is_word_byte(**byte)).count();
        at = start + length;
        Some(start..at)
    })
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn ends_word(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'\'' | b'"' | b';' | b',' | b')')
}

fn is_blank(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_whitespace)
}

fn skip_spaces(text: &[u8], at: usize) -> usize {
    at + from(text, at).iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

fn from(text: &[u8], at: usize) -> &[u8] {
    text.get(at..).unwrap_or_default()
}

fn at<'a>(text: &'a [u8], span: &Range<usize>) -> &'a [u8] {
    text.get(span.clone()).unwrap_or_default()
}
