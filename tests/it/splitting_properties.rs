//! What holds for any text at all.

use std::path::Path;

use pmdb::migration::sql::{Fragment, Lexer, Splitter, StandardStrings, Token, TokenKind};
use pmdb::migration::{Checksum, Migration, Segment, locate};
use proptest::prelude::*;
use proptest::sample::select;

/// Pieces of SQL with everything that opens, closes, escapes or resembles something.
const FRAGMENTS: &[&str] = &[
    "SELECT ",
    "1",
    "1.5e-3",
    "..",
    "a",
    "é",
    "_x$y",
    "\"q;\"\"\"",
    "'s;'",
    "E'\\''",
    "e",
    "n",
    "U&",
    "B",
    "'",
    "\"",
    "''",
    "\\",
    "\\restrict x",
    "\\.\n",
    "$",
    "$$",
    "$a$",
    "$a",
    "$1",
    "(",
    ")",
    ";",
    ",",
    "--",
    "-- c\n",
    "-",
    "+",
    "@",
    "<=",
    "=",
    "/*",
    "*/",
    "/",
    "*",
    "::",
    ":=",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "COPY t FROM stdin;",
    "BEGIN",
    " ATOMIC ",
    " END",
    "CREATE FUNCTION f() ",
    "CASE ",
    "COMMIT;",
    "DO ",
    "CALL p()",
    "VACUUM",
    "CREATE INDEX CONCURRENTLY i ON t",
    "SET standard_conforming_strings = off;",
    "RESET ALL;",
    "\n-- migrate:up\n",
    "\n-- migrate:down transaction:false\n",
    "\n-- migrate:x",
    "\u{feff}",
    "\0",
];

fn sql() -> impl Strategy<Value = String> {
    prop::collection::vec(select(FRAGMENTS), 0..40).prop_map(|fragments| fragments.concat())
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![sql().prop_map(String::into_bytes), prop::collection::vec(any::<u8>(), 0..200)]
}

fn spans_join(tokens: impl Iterator<Item = Token>, length: usize) -> bool {
    let mut at = 0;
    for token in tokens {
        if token.span.start != at {
            return false;
        }
        at = token.span.end;
    }
    at == length
}

/// A token that is not white space or a comment, each on its own line.
fn statement_tokens() -> impl Strategy<Value = Vec<&'static str>> {
    let tokens = [
        "SELECT",
        "a",
        "é",
        "\"Q q\"",
        "'s  s'",
        "E'\\''",
        "$b$ -- x $b$",
        "1",
        "2.5",
        "$1",
        "+",
        "<=",
        "@-",
        "::",
        "(",
        ")",
        ",",
        ".",
        ";",
        "[",
        "FROM",
        "BEGIN",
    ];
    prop::collection::vec(select(tokens.to_vec()), 0..30)
}

fn trivia() -> impl Strategy<Value = &'static str> {
    select(vec![" ", "\n", "\r\n", "\t ", " /* it's */ ", " -- it's $$\n", "\n\n/* /* ; */ */\n"])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_tokens_join_to_the_text_again(bytes in bytes()) {
        for strings in [StandardStrings::On, StandardStrings::Off] {
            prop_assert!(spans_join(Lexer::new(&bytes, 0, bytes.len(), strings), bytes.len()));
        }
        prop_assert!(spans_join(Splitter::new(&bytes, 0..bytes.len()).tokens(), bytes.len()));
    }

    #[test]
    fn no_bytes_make_reading_a_file_panic(bytes in bytes()) {
        let with_marker = [b"-- migrate:up\n".as_slice(), &bytes].concat();
        for file in [bytes, with_marker] {
            match Migration::parse(Path::new("1_x.sql"), &file) {
                Err(error) => prop_assert!(!error.to_string().is_empty() && error.hint().is_some()),
                Ok(read) => {
                    prop_assert_eq!(read.up.statements().len(), read.up.statement_count());
                }
            }
        }
    }

    #[test]
    fn every_statement_is_sent_once_by_segments_and_by_steps(text in sql()) {
        for marker in ["-- migrate:up\n", "-- migrate:up transaction:false\n"] {
            let Ok(read) = Migration::parse(Path::new("1_x.sql"), format!("{marker}{text}").as_bytes()) else {
                continue;
            };
            let sent: usize = read.up.segments().map(|segment| match segment {
                Segment::Sql { statements, .. } => statements,
                Segment::Copy { .. } => 1,
            }).sum();
            prop_assert_eq!(sent, read.up.statement_count());
            let stepped: usize = read.up.parts().map(|step| step.statements.len()).sum();
            prop_assert_eq!(stepped, read.up.statement_count());
        }
    }

    #[test]
    fn a_statement_that_is_cut_out_is_one_statement_still(text in sql()) {
        let Ok(read) = Migration::parse(Path::new("1_x.sql"), format!("-- migrate:up\n{text}").as_bytes()) else {
            return Ok(());
        };
        // Cut out alone, a statement is read with standard strings.
        if text.contains("standard_conforming_strings") {
            return Ok(());
        }
        let source = read.up.source();
        for statement in read.up.statements() {
            let alone = Splitter::new(source.as_bytes(), statement.span.clone());
            let again: Vec<_> = alone.filter_map(|piece| match piece {
                Fragment::Statement(again) => Some((again.span, again.kind)),
                _ => None,
            }).collect();
            prop_assert_eq!(statement.location, locate(source, statement.span.start));
            prop_assert_eq!(again, vec![(statement.span.clone(), statement.kind)]);
        }
    }

    #[test]
    fn what_stands_between_tokens_never_changes_the_checksum(
        (tokens, between) in statement_tokens().prop_flat_map(|tokens| {
            let between = prop::collection::vec(trivia(), tokens.len());
            (Just(tokens), between)
        })
    ) {
        let plain: String = tokens.iter().map(|token| format!("{token}\n")).collect();
        let other: String = tokens.iter().zip(&between).map(|(token, between)| format!("{token}{between}")).collect();
        // After a line break a string may go on, in the way that the one before it is read.
        if tokens.windows(2).any(|two| two.iter().all(|token| token.ends_with('\''))) {
            return Ok(());
        }
        prop_assert_eq!(Checksum::of(&plain), Checksum::of(&other));
    }

    #[test]
    fn a_changed_added_or_removed_token_changes_the_checksum(
        tokens in statement_tokens(), at in any::<prop::sample::Index>(), other in select(vec!["b", "'t'", "<", "3"])
    ) {
        if tokens.is_empty() {
            return Ok(());
        }
        let at = at.index(tokens.len());
        let checksum = |tokens: &[&str]| Checksum::of(&tokens.join(" "));
        let mut changed = tokens.clone();
        changed[at] = other;
        let mut removed = tokens.clone();
        removed.remove(at);
        let mut added = tokens.clone();
        added.insert(at, other);
        for edited in [changed, removed, added] {
            prop_assert_ne!(checksum(&tokens), checksum(&edited));
        }
    }
}

#[test]
fn texts_that_open_something_again_and_again_are_cut_in_linear_time() {
    for fragment in [
        "(",
        ")",
        "'",
        "\"",
        "/*",
        "*/",
        "$a$",
        "$a",
        "$",
        "$a$b$",
        "--",
        "-",
        "+",
        "@",
        "@+",
        "/",
        "\\",
        "\\.\n",
        ";",
        "E'\\",
        "'a'\n",
        "1",
        "1.",
        "1e+",
        "1_",
        "COPY t FROM stdin;",
        "COPY t FROM stdin;\n",
        "COPY t FROM stdin;\n\\.\n",
        "BEGIN ATOMIC ",
        "CREATE FUNCTION f() BEGIN ATOMIC ",
        " -- migrate:up\n",
        "SELECT 1;",
        "é",
        "\u{feff}",
        "\r",
    ] {
        let text = fragment.repeat(200_000 / fragment.len());
        let file = format!("-- migrate:up\n{text}");
        let tokens = Splitter::new(file.as_bytes(), 0..file.len()).tokens().count();
        assert!(tokens <= 2 * file.len(), "{fragment:?}");
        // Read whole, it is judged by whatever rule it breaks; that it ends at all is what counts.
        let _ = Migration::parse(Path::new("1_x.sql"), file.as_bytes());
    }
}

#[test]
fn copy_data_of_any_size_is_one_token() {
    let text = format!("COPY t FROM stdin;\n{}\\.\n", "it's\t$$\n".repeat(10_000));
    let tokens = Splitter::new(text.as_bytes(), 0..text.len()).tokens();
    let kinds: Vec<_> = tokens.filter(|token| token.span.len() > 100).map(|token| token.kind).collect();
    assert_eq!(kinds, [TokenKind::CopyData]);
}

#[test]
fn thirty_megabytes_of_inserts_are_read_one_statement_at_a_time() {
    let text = "it''s; not (done) -- yet ".repeat(20);
    let line = format!("INSERT INTO tasks (id, title) VALUES (1, '{text}');\n");
    let count = 30_000_000 / line.len();
    let file = format!("-- migrate:up\n{}", line.repeat(count));
    let read = Migration::parse(Path::new("1_x.sql"), file.as_bytes()).expect("the file keeps all rules");
    assert_eq!(read.up.statement_count(), count);
    let last = read.up.statements().last().expect("a statement");
    assert_eq!(last.location.line, count + 1);
}
