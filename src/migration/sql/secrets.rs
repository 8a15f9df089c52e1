//! Secrets that stand in SQL: passwords of roles, of connection strings and URLs, of options, of settings.
//!
//! What they mean is the server's business, so they are known by the words before them: a literal after a name that sounds
//! secret is one. The rules hold inside of literals too, since functions, DO blocks and EXECUTE have their SQL there.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::loose;
pub use super::secret_names::{NAMES, NO_SECRETS};
use super::secret_names::{is_secret, sounds_secret};
use super::split::Splitter;
use super::token::{Opener, Token, TokenKind};

/// What stands for a secret. One word, so that a connection string with it is one still; and so odd that a text with it has
/// been masked.
pub const MASK: &str = "<masked-by-pmdb>";

/// Literals within literals within literals: deeper than this, nobody looks any more, and all of it is masked.
const DEEPEST: usize = 8;

/// A declaration may have this many words between a name and its value.
const TYPE_WORDS: usize = 4;

/// The text with each secret replaced by [`MASK`], and with as many lines. All other tokens are the same.
pub fn masked(text: &str) -> Cow<'_, str> {
    replaced(text, &spans(text.as_bytes()))
}

/// What the server says, with each secret replaced that can be recognised in it.
pub fn masked_message(text: &str) -> Cow<'_, str> {
    match may_hold_secrets(text.as_bytes()) {
        true => replaced(text, &merged(loose::spans(text.as_bytes()))),
        false => Cow::Borrowed(text),
    }
}

/// Whether secrets of a text are masked.
pub fn is_masked(text: &str) -> bool {
    text.contains(MASK)
}

/// The secrets of a text, as it writes them, and as they are where it writes a quote twice.
pub fn values(text: &str) -> Vec<Cow<'_, str>> {
    let value = |span: Range<usize>| text.get(span).filter(|value| !value.starts_with(MASK));
    let mut values: Vec<Cow<'_, str>> =
        spans(text.as_bytes()).into_iter().filter_map(value).map(Cow::Borrowed).collect();
    let meant: Vec<_> =
        values.iter().filter(|value| value.contains("''")).map(|value| value.replace("''", "'")).collect();
    values.extend(meant.into_iter().map(Cow::Owned));
    values
}

/// Those that are not so short that they would be found in any word.
pub fn long_values(text: &str) -> Vec<String> {
    const SHORTEST: usize = 4;
    values(text).into_iter().filter(|value| value.len() >= SHORTEST).map(Cow::into_owned).collect()
}

/// Where the secrets of a text are, in order: what stands between the quotes of a literal, or a part of that.
pub fn spans(text: &[u8]) -> Vec<Range<usize>> {
    if !may_hold_secrets(text) {
        return Vec::new();
    }
    let found = in_sql(text, 0);
    let mut spans = found.spans;
    if found.is_unclosed {
        // Where a quote is missing, what should be inside of literals is outside.
        spans.extend(loose::spans(text));
    }
    merged(spans)
}

/// Most texts have no word that announces a secret. This is asked of every half, so that what looks for the words
/// is made once.
fn may_hold_secrets(text: &[u8]) -> bool {
    static SIGNS: LazyLock<Vec<Finder<'static>>> =
        LazyLock::new(|| NAMES.iter().chain(&["://"]).map(|sign| Finder::new(sign.as_bytes())).collect());
    let lower = text.to_ascii_lowercase();
    SIGNS.iter().any(|sign| sign.find(&lower).is_some())
}

/// What was found in a text.
#[derive(Default)]
struct FoundSecret {
    spans: Vec<Range<usize>>,
    /// The text asks for a secret at its end or with a `%`, as for `format` or `||`: it stands in another literal.
    is_elsewhere: bool,
    /// A literal in it is never closed.
    is_unclosed: bool,
}

/// What came before a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing that matters.
    Other,
    /// A name that sounds secret, and this many words after it.
    Name { is_secret: bool, words: usize },
    /// What gives such a name its value: `=`, `:=`, `=>`, TO.
    Gives,
    /// `set_config`, and its parenthesis: what comes is the name of a setting.
    SetConfig,
    /// That name as a literal, as in `set_config('app.token', …)`.
    Setting,
    /// A secret: a literal that goes on after a line break is one token for each pair of quotes.
    Secret,
}

fn in_sql(text: &[u8], depth: usize) -> FoundSecret {
    let mut found = FoundSecret::default();
    let (mut before, mut rest_is_secret) = (Before::Other, false);
    let (mut start, mut compares) = (Start::default(), false);
    for token in Splitter::new(text, 0..text.len()).tokens() {
        let written = text.get(token.span.clone()).unwrap_or_default();
        if matches!(token.kind, TokenKind::LineComment | TokenKind::BlockComment | TokenKind::Backslash)
            && may_hold_secrets(written)
        {
            found.spans.extend(shifted(loose::spans(written), token.span.start));
        }
        if token.kind.is_trivia() {
            continue;
        }
        start.sees(written);
        before = match token.kind {
            TokenKind::Word | TokenKind::QuotedIdentifier => {
                compares = (compares || is_any(written, COMPARING)) && !is_any(written, ASSIGNING);
                after_name(before, written)
            }
            TokenKind::Semicolon => {
                (rest_is_secret, compares) = (false, false);
                Before::Other
            }
            TokenKind::Operator | TokenKind::Other => {
                found.is_elsewhere |= start.takes_secrets()
                    && matches!(before, Before::Name { words: 0, .. })
                    && written == b"%";
                if compares && written == b"=" { Before::Other } else { after_sign(before, written) }
            }
            TokenKind::OpenParenthesis if before == Before::SetConfig => Before::SetConfig,
            TokenKind::Unclosed(opener) => {
                found.is_unclosed = true;
                let is_literal = matches!(opener, Opener::String | Opener::DollarBody);
                let inside = content(&token, written);
                if is_literal && (rest_is_secret || is_next_secret(before)) {
                    found.is_elsewhere |= inside.is_empty();
                    found.spans.push(inside);
                }
                Before::Other
            }
            TokenKind::String | TokenKind::DollarBody => {
                let inside = content(&token, written);
                if rest_is_secret || is_next_secret(before) {
                    let asks = text.get(inside.clone()).is_some_and(|inside| inside.starts_with(b"%"));
                    found.is_elsewhere |= asks && start.takes_secrets();
                    found.spans.push(inside);
                    Before::Secret
                } else {
                    let literal =
                        SecretLiteral::read(text.get(inside.clone()).unwrap_or_default(), &token, written);
                    let nested = in_literal(&literal, depth);
                    rest_is_secret |= nested.is_elsewhere;
                    found.spans.extend(nested.spans.iter().map(|span| literal.at(span, inside.start)));
                    let is_name = before == Before::SetConfig && is_setting(&literal.text);
                    if is_name { Before::Setting } else { Before::Other }
                }
            }
            _ => Before::Other,
        };
    }
    found.is_elsewhere |= start.takes_secrets() && matches!(before, Before::Name { words: 0, .. });
    found
}

/// After these, `=` compares; a literal there says nothing of what the secret is.
const COMPARING: &[&str] = &[
    "where", "check", "when", "on", "and", "or", "having", "if", "elsif", "elseif", "while", "return",
    "select",
];

/// From these on, it assigns again.
const ASSIGNING: &[&str] = &["set", "then", "begin", "loop", "else"];

/// The first words of a text of SQL.
#[derive(Default)]
struct Start {
    seen: usize,
    alters: bool,
    takes: bool,
}

impl Start {
    fn sees(&mut self, word: &[u8]) {
        match self.seen {
            0 => self.alters = is_any(word, &["alter", "create"]),
            1 => self.takes = is_any(word, &["role", "user", "group", "server", "foreign", "subscription"]),
            _ => return,
        }
        self.seen += 1;
    }

    /// Whether it is a statement that takes a secret after a word, as `ALTER ROLE a PASSWORD` does.
    fn takes_secrets(&self) -> bool {
        self.alters && self.takes
    }
}

/// Inside of a literal there may be SQL, a connection string or a URL.
fn in_literal(literal: &SecretLiteral<'_>, depth: usize) -> FoundSecret {
    let text = literal.text.as_ref();
    if !may_hold_secrets(text) {
        return FoundSecret::default();
    }
    if depth == DEEPEST {
        let mut all = FoundSecret::default();
        all.spans.push(0..text.len());
        return all;
    }
    let mut found = in_sql(text, depth + 1);
    if found.is_unclosed {
        found.spans.extend(loose::spans(text));
    }
    found.spans.extend(loose::in_urls(text));
    let connection = loose::in_connection_string(text);
    found.is_elsewhere |= connection.is_elsewhere;
    found.spans.extend(connection.spans);
    found.spans = merged(found.spans);
    found
}

fn after_name(before: Before, written: &[u8]) -> Before {
    let name = written.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(written);
    match before {
        Before::Name { is_secret: true, words: 0 } if is_any(written, &["to"]) => Before::Gives,
        _ if is_any(name, &["set_config"]) => Before::SetConfig,
        _ if sounds_secret(name) => Before::Name { is_secret: is_secret(name), words: 0 },
        Before::Name { is_secret, words } if words < TYPE_WORDS => {
            Before::Name { is_secret, words: words + 1 }
        }
        _ => Before::Other,
    }
}

fn after_sign(before: Before, sign: &[u8]) -> Before {
    match (before, sign) {
        (Before::Name { is_secret: true, words: 0 }, b"=" | b"=>" | b":=") => Before::Gives,
        (Before::Name { is_secret: true, .. }, b":=") => Before::Gives,
        (Before::Setting, b",") => Before::Gives,
        _ => Before::Other,
    }
}

fn is_next_secret(before: Before) -> bool {
    matches!(before, Before::Name { words: 0, .. } | Before::Gives | Before::Secret)
}

fn is_any(word: &[u8], of: &[&str]) -> bool {
    of.iter().any(|other| word.eq_ignore_ascii_case(other.as_bytes()))
}

/// A setting of the project's own has a dot in its name.
fn is_setting(name: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    name.contains(&b'.') && name.iter().all(is_part) && is_secret(name)
}

/// What stands between the quotes of a literal.
fn content(token: &Token, written: &[u8]) -> Range<usize> {
    let opening = match token.kind {
        TokenKind::DollarBody | TokenKind::Unclosed(Opener::DollarBody) => {
            written.iter().skip(1).position(|&byte| byte == b'$').map_or(1, |tag| tag + 2)
        }
        _ => written.iter().position(|&byte| byte == b'\'').map_or(0, |prefix| prefix + 1),
    };
    let closing = match token.kind {
        TokenKind::DollarBody => opening,
        TokenKind::String => 1,
        _ => 0,
    };
    let start = (token.span.start + opening).min(token.span.end);
    start..token.span.end.saturating_sub(closing).max(start)
}

/// The text that a literal stands for, and the way back from it.
struct SecretLiteral<'a> {
    text: Cow<'a, [u8]>,
    /// Where each byte of the text is written; empty where it is written as it is.
    offsets: Vec<usize>,
}

impl<'a> SecretLiteral<'a> {
    /// Escapes that stand for characters by their number are left as they are.
    fn read(inside: &'a [u8], token: &Token, written: &[u8]) -> SecretLiteral<'a> {
        let escapes = matches!(written.first(), Some(b'e' | b'E'));
        let is_plain = token.kind == TokenKind::DollarBody || memchr::memchr2(b'\'', b'\\', inside).is_none();
        if is_plain {
            return SecretLiteral { text: Cow::Borrowed(inside), offsets: Vec::new() };
        }
        let (mut text, mut offsets, mut at) = (Vec::with_capacity(inside.len()), Vec::new(), 0);
        while let Some(&byte) = inside.get(at) {
            let after = inside.get(at + 1).copied();
            let (meant, length) = match (byte, after) {
                (b'\'', Some(b'\'')) => (b'\'', 2),
                (b'\\', Some(b'n')) if escapes => (b'\n', 2),
                (b'\\', Some(other)) if escapes => (other, 2),
                _ => (byte, 1),
            };
            text.push(meant);
            offsets.push(at);
            at += length;
        }
        offsets.push(inside.len());
        SecretLiteral { text: Cow::Owned(text), offsets }
    }

    /// Where a span of the text is written, in what the literal begins in at `start`.
    fn at(&self, span: &Range<usize>, start: usize) -> Range<usize> {
        let offset = |at: usize| start + self.offsets.get(at).copied().unwrap_or(at);
        offset(span.start)..offset(span.end)
    }
}

fn shifted(spans: Vec<Range<usize>>, by: usize) -> impl Iterator<Item = Range<usize>> {
    spans.into_iter().map(move |span| span.start + by..span.end + by)
}

/// In order, without those that are empty or part of others.
fn merged(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.retain(|span| !span.is_empty());
    spans.sort_by_key(|span| (span.start, span.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

fn replaced<'a>(text: &'a str, spans: &[Range<usize>]) -> Cow<'a, str> {
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut masked, mut end) = (String::with_capacity(text.len()), 0);
    for span in spans {
        masked.push_str(text.get(end..span.start).unwrap_or_default());
        masked.push_str(MASK);
        let secret = text.get(span.clone()).unwrap_or_default();
        masked.extend(secret.chars().filter(|c| matches!(c, '\n' | '\r')));
        end = span.end;
    }
    masked.push_str(text.get(end..).unwrap_or_default());
    Cow::Owned(masked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::sql::{Lexer, StandardStrings};

    /// `§` is the secret, and nothing else is one.
    const STATEMENTS: &[&str] = &[
        "CREATE ROLE a LOGIN PASSWORD '§' VALID UNTIL 'infinity'",
        "alter user a with encrypted password /* new */ '§'",
        "ALTER ROLE a PASSWORD E'§' CONNECTION LIMIT 3",
        "ALTER ROLE a PASSWORD U&'§' UESCAPE '!'",
        "ALTER ROLE a PASSWORD $$§$$",
        "ALTER ROLE a PASSWORD $tag$§$tag$",
        "ALTER ROLE a PASSWORD '§'\n  '§'",
        "CREATE SUBSCRIPTION s CONNECTION 'host=h user=u password=§ dbname=d' PUBLICATION p",
        "ALTER SUBSCRIPTION s CONNECTION $$password='§' host=h$$",
        "ALTER SUBSCRIPTION s CONNECTION 'postgresql://u:§@h:5432/d?sslmode=require'",
        "CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'u', password '§', password_required 'false')",
        "ALTER USER MAPPING FOR a SERVER s OPTIONS (SET \"password\" '§')",
        "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'h', aws_secret_access_key '§', api_token_value '§')",
        "CREATE FOREIGN TABLE t (a int OPTIONS (name 'b', Secret '§')) SERVER s OPTIONS (credentials '§')",
        "SELECT dblink_connect('c', 'dbname=d password=§')",
        "SELECT * FROM dblink(E'password=\\'§\\' host=h', 'SELECT ''a''')",
        "ALTER SYSTEM SET primary_conninfo = 'host=h password=''§'' user=u'",
        "ALTER SYSTEM SET primary_conninfo TO 'host=h sslpassword = § user=u'",
        "ALTER DATABASE d SET app.jwt_secret = '§'",
        "SET app.api_key TO '§'",
        "SELECT set_config('app.token', '§', false)",
        "DO $$ BEGIN CREATE ROLE a PASSWORD '§'; END $$",
        "DO 'BEGIN CREATE ROLE a PASSWORD ''§''; END'",
        "DO $$ BEGIN EXECUTE 'CREATE ROLE a PASSWORD ''§'' LOGIN'; END $$",
        "DO $$ BEGIN EXECUTE $q$ALTER ROLE a PASSWORD '§'$q$; END $$",
        "DO 'BEGIN EXECUTE ''CREATE ROLE a PASSWORD ''''§'''' LOGIN''; END'",
        "DO $$ BEGIN EXECUTE format('ALTER ROLE a PASSWORD %L', '§'); PERFORM 'b'; END $$",
        "DO $$ BEGIN EXECUTE 'ALTER ROLE a PASSWORD ' || quote_literal('§'); END $$",
        "DO $$ DECLARE pw_secret CONSTANT text := '§'; BEGIN END $$",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $f$ ALTER ROLE a PASSWORD '§' $f$",
        "CREATE FUNCTION f() RETURNS text LANGUAGE plpython3u AS $$ return connect('postgres://u:§@h/d') $$",
        "UPDATE users SET password = '§' WHERE name = 'a'",
        "INSERT INTO users VALUES ('a') ON CONFLICT (name) DO UPDATE SET password = '§'",
        "DO $$ BEGIN IF a = 'b' THEN my_token := '§'; END IF; END $$",
        "SELECT pg_catalog.set_config('app.token', '§', false)",
        "SELECT login(name => 'a', password => '§')",
        "-- ALTER ROLE a PASSWORD '§'\nSELECT 'a'",
        "SELECT 1 /* see postgres://u:§@h/d */",
        "SELECT 'it''s', 'postgres://u:§@h/d and https://example.com/a@b'",
    ];

    /// What only sounds like one.
    const HARMLESS: &[&str] = &[
        "CREATE TABLE users (password text NOT NULL DEFAULT 'x', token_type text CHECK (token_type = 'bearer'))",
        "CREATE TYPE auth AS ENUM ('password', 'google')",
        "COMMENT ON COLUMN users.password IS 'a hash'",
        "ALTER ROLE a PASSWORD NULL; ALTER ROLE a PASSWORD ''",
        "SET password_encryption = 'scram-sha-256'; SELECT 'a'",
        "CREATE USER MAPPING FOR a SERVER s OPTIONS (password_required 'false')",
        "CREATE SUBSCRIPTION s CONNECTION 'host=h dbname=d' PUBLICATION p",
        "INSERT INTO texts VALUES ('en', 'Forgot your password?'), ('de', 'Token')",
        "ALTER TABLE t RENAME COLUMN pw TO password; SELECT 'a'",
        "SELECT 'https://example.com/a@b:c', 'mailto:a@b'",
        "CREATE INDEX i ON t (id) WHERE token = 'revoked'; CREATE VIEW v AS SELECT 1 FROM t WHERE token = 'a'",
        "ALTER TABLE t ADD CHECK (password = 'none'); SELECT a FROM t WHERE b AND secret = 'x'",
        "INSERT INTO words VALUES ('login.password', 'Passwort'); DELETE FROM words WHERE key IN ('a.password', 'b')",
        "SELECT cron.schedule('purge.tokens', '0 * * * *', 'a'), pg_notify('app.token', 'changed')",
        "DO $$ BEGIN EXECUTE format('CREATE INDEX %I ON %I (password %s)', 'i', 't', 'DESC'); END $$",
        "DO $$ BEGIN EXECUTE 'ALTER TABLE t ADD password' || ' text'; EXECUTE 'a' || 'b'; END $$",
        "DO $$ BEGIN IF a = b AND password = crypt(p, password) THEN RAISE 'no'; END IF; END $$",
        "-- the password of a role is set elsewhere\nSELECT 'a'",
    ];

    const SECRETS: [&str; 3] = ["hunter2", "Zürich und die ganz lange Nacht", "x"];

    #[test]
    fn secrets_are_masked_and_nothing_else() {
        for statement in STATEMENTS {
            for secret in SECRETS {
                let is_word = !secret.contains(' ');
                if !is_word && ["=§", "= §", ":§@"].iter().any(|bare| statement.contains(bare)) {
                    continue;
                }
                assert_eq!(
                    masked(&statement.replace('§', secret)),
                    statement.replace('§', MASK),
                    "{statement}"
                );
            }
        }
    }

    #[test]
    fn what_only_sounds_like_a_secret_stays() {
        for statement in HARMLESS {
            assert!(matches!(masked(statement), Cow::Borrowed(_)), "{}", masked(statement));
        }
    }

    #[test]
    fn a_masked_text_stays_as_it_is() {
        for statement in STATEMENTS {
            let once = masked(&statement.replace('§', "hunter2")).into_owned();
            assert_eq!(masked(&once), once);
            assert!(is_masked(&once));
            assert_eq!(values(&once), [""; 0], "{once}");
        }
    }

    #[test]
    fn tokens_and_lines_stay_where_they_are() {
        let kinds = |text: &str| -> Vec<TokenKind> {
            Lexer::new(text.as_bytes(), 0, text.len(), StandardStrings::On).map(|token| token.kind).collect()
        };
        for statement in STATEMENTS {
            let text = statement.replace('§', "hunter2");
            assert_eq!(kinds(&masked(&text)), kinds(&text), "{statement}");
        }
        let text = "ALTER ROLE a PASSWORD 'one\ntwo\r\nthree' VALID UNTIL 'x'";
        assert_eq!(masked(text), "ALTER ROLE a PASSWORD '<masked-by-pmdb>\n\r\n' VALID UNTIL 'x'");
    }

    #[test]
    fn a_quote_that_is_missing_shows_no_secret() {
        for text in [
            "INSERT INTO t VALUES ('it's'); ALTER ROLE a PASSWORD 'hunter2';",
            "ALTER ROLE a PASSWORD 'hunter2;\nSELECT 1;",
            "ALTER ROLE a PASSWORD $x$hunter2$y$;",
            "DO $$ BEGIN ALTER ROLE a PASSWORD 'hunter2'; END",
            "CREATE SUBSCRIPTION s CONNECTION 'host=h password=hunter2 PUBLICATION p;",
            "SELECT \"a; CREATE ROLE b PASSWORD 'hunter2';",
            "/* ALTER ROLE a PASSWORD 'hunter2';",
            "DO 'BEGIN ALTER ROLE a PASSWORD ''hunter2''; SELECT 'x'; END'",
        ] {
            assert!(!masked(text).contains("hunter2"), "{}", masked(text));
            assert_eq!(masked(text).matches('\n').count(), text.matches('\n').count(), "{}", masked(text));
        }
    }

    #[test]
    fn what_the_server_says_shows_no_secret() {
        for text in [
            "SQL statement \"ALTER ROLE a PASSWORD 'hunter2'\"\nPL/pgSQL function p() line 3 at SQL statement",
            "COPY users, line 2, column password: \"hunter2\"",
            "invalid connection string \"host=h password=hunter2\"",
            "could not connect to \"postgresql://a:hunter2@h/d\"",
            "syntax error at or near \"PASSWORD 'hunter2\"",
        ] {
            assert!(!masked_message(text).contains("hunter2"), "{}", masked_message(text));
        }
        for text in [
            "column \"password\" of relation \"users\" does not exist",
            "password authentication failed for user \"a\"",
            "role \"a\" does not exist",
        ] {
            assert_eq!(masked_message(text), text);
        }
    }

    #[test]
    fn literals_in_literals_end_somewhere() {
        let mut text = "PASSWORD 'hunter2'".to_owned();
        for depth in 0..200 {
            text = format!("$a{depth}$ {text} $a{depth}$");
        }
        assert!(!masked(&text).contains("hunter2"));
    }
}
