//! The rules for migration files, each with the message that it is broken with.

use std::path::Path;

use pmdb::migration::{
    Direction, FileError, Half, Location, Migration, Segment, StatementKind, TransactionMode, file_name_parts,
};

fn parse(text: impl AsRef<[u8]>) -> Result<Migration, FileError> {
    Migration::parse(Path::new("migrations/0005_create_tasks.sql"), text.as_ref())
}

#[track_caller]
fn migration(text: impl AsRef<[u8]>) -> Migration {
    parse(text).expect("the file keeps all rules")
}

/// Asserts the message after the file's path, the line that is shown and the hint.
#[track_caller]
fn refused(text: impl AsRef<[u8]>, message: &str, line: Option<&str>, hint: &str) {
    let error = parse(text).expect_err("the file breaks a rule");
    assert_eq!(error.to_string(), format!("migrations/0005_create_tasks.sql:{message}"));
    assert_eq!(error.source_line().map(|line| line.text.as_str()), line);
    assert_eq!(error.hint().as_deref(), Some(hint));
}

fn warnings(migration: &Migration) -> Vec<String> {
    migration.warnings.iter().map(|warning| format!("{}: {}", warning.location, warning.message)).collect()
}

const BOTH_HALVES: &str =
    "-- Tasks.\n\n-- migrate:up\nCREATE TABLE t (id int);\nSELECT 1;\n-- migrate:down\nDROP TABLE t;\n";

#[test]
fn a_file_has_a_version_a_name_and_two_halves() {
    let read = migration(BOTH_HALVES);
    assert_eq!((read.version.as_str(), read.name.as_str()), ("0005", "create_tasks"));
    assert_eq!(read.up.sql(), "-- migrate:up\nCREATE TABLE t (id int);\nSELECT 1;\n");
    assert_eq!(read.up.body(), "CREATE TABLE t (id int);\nSELECT 1;\n");
    assert_eq!(read.up.source(), BOTH_HALVES);
    assert_eq!(read.up.mode(), TransactionMode::Transactional);
    assert!(read.is_reversible());
    let down = read.down.expect("a down half");
    assert_eq!(down.sql(), "-- migrate:down\nDROP TABLE t;\n");
    assert_eq!((read.up.statement_count(), down.statement_count()), (2, 1));
}

#[test]
fn statements_know_where_they_stand_in_the_file() {
    let read = migration(BOTH_HALVES);
    let places: Vec<_> =
        read.up.statements().iter().map(|statement| statement.location.to_string()).collect();
    assert_eq!(places, ["4:1", "5:1"]);
    let down = read.down.expect("a down half");
    let drop = down.statements().first().expect("a statement");
    assert_eq!(drop.location, Location { line: 7, column: 1 });
    assert_eq!(&down.source()[drop.span.clone()], "DROP TABLE t;");
}

#[test]
fn a_migration_without_a_down_statement_is_irreversible() {
    assert!(!migration("-- migrate:up\nSELECT 1;").is_reversible());
    assert!(
        !migration("-- migrate:up\nSELECT 1;\n-- migrate:down\n-- there is no way back\n;").is_reversible()
    );
}

#[test]
fn a_file_may_end_in_a_comment_or_a_marker_without_a_newline() {
    assert_eq!(migration("-- migrate:up\nSELECT 1 -- one").up.statement_count(), 1);
    let read = migration("-- migrate:up\nSELECT 1\n-- migrate:down");
    assert_eq!(read.down.expect("a down half").body(), "");
}

#[test]
fn an_up_half_without_statements_is_allowed() {
    assert_eq!(migration("-- migrate:up").up.statement_count(), 0);
}

#[test]
fn file_names_are_read_as_dbmate_does() {
    let parts = |name: &str| file_name_parts(name).map(|(version, name)| (version.to_string(), name));
    let some = |version: &str, name: &str| Some((version.to_owned(), name.to_owned()));
    assert_eq!(parts("0005_create_tasks.sql"), some("0005", "create_tasks"));
    assert_eq!(parts("20261123101500-x.sql"), some("20261123101500", "x"));
    assert_eq!(parts("0001.sql"), some("0001", ""));
    assert_eq!(parts("1a.sql"), some("1", "a"));
    assert_eq!(parts("create_tasks.sql"), None);
    assert_eq!(parts("0001_x.txt"), None);
    assert_eq!(parts(".sql"), None);
}

#[test]
fn a_file_name_without_a_version_is_refused() {
    let error = Migration::parse(Path::new("migrations/tasks.sql"), b"-- migrate:up").unwrap_err();
    assert_eq!(error.to_string(), "migrations/tasks.sql: the file name does not begin with a version");
    assert_eq!(error.hint().as_deref(), Some("name it like 0001_create_users.sql"));
}

#[test]
fn a_file_name_that_is_not_utf_8_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let path = Path::new("migrations").join(OsStr::from_bytes(b"0001_\xff.sql"));
    let error = Migration::parse(path, b"-- migrate:up\n").unwrap_err();
    assert_eq!(error.to_string(), "migrations/0001_\u{fffd}.sql: the file name is not UTF-8");
}

#[test]
fn a_file_without_an_up_marker_is_refused() {
    let hint = "write `-- migrate:up` as a line of its own above the SQL";
    refused("CREATE TABLE t (id int);", "1:1: there is no line `-- migrate:up`", None, hint);
    refused("", "1:1: there is no line `-- migrate:up`", None, hint);
    refused("-- migrate:down\nSELECT 1;", "1:1: there is no line `-- migrate:up`", None, hint);
}

#[test]
fn a_character_that_makes_a_line_look_like_a_marker_is_named() {
    for (text, place, character) in [
        ("--\u{a0}migrate:up\nSELECT 1;", "1:3", "U+00A0 (no-break space)"),
        ("\u{feff}\u{feff}-- migrate:up\nSELECT 1;", "1:1", "U+FEFF (byte order mark)"),
        ("-- users\n\u{2013} migrate:up\nSELECT 1;", "2:1", "U+2013 (en dash)"),
    ] {
        let error = Migration::parse("0001_a.sql", text.as_bytes()).unwrap_err().to_string();
        let wanted =
            format!("{place}: this is not the line `-- migrate:up`, though it looks like it: {character}");
        assert!(error.contains(&wanted), "{error}");
    }
}

#[test]
fn a_second_marker_of_a_direction_is_refused() {
    let hint = "put both parts below one marker, or in two files";
    refused(
        "-- migrate:up\nSELECT 1;\n-- migrate:up\nSELECT 2;\n-- migrate:down",
        "3:1: a second `-- migrate:up`: the first one is in line 1",
        Some("-- migrate:up"),
        hint,
    );
    refused(
        "-- migrate:up\n-- migrate:down\n--migrate:down transaction:false\n",
        "3:1: a second `-- migrate:down`: the first one is in line 2",
        Some("--migrate:down transaction:false"),
        hint,
    );
}

#[test]
fn a_down_half_before_the_up_half_is_refused() {
    refused(
        "-- first\n-- migrate:down\nSELECT 1;\n-- migrate:up\nSELECT 2;",
        "2:1: `-- migrate:down` stands before `-- migrate:up`",
        Some("-- migrate:down"),
        "write the up half first",
    );
}

#[test]
fn an_unknown_marker_is_refused() {
    refused(
        "-- migrate:up\nSELECT 1;\n-- migrate:dwon\nSELECT 2;",
        "3:1: `migrate:dwon` is not a marker",
        Some("-- migrate:dwon"),
        "write `-- migrate:up` or `-- migrate:down`; no other comment may begin with `migrate:`",
    );
}

#[test]
fn an_unknown_option_or_value_is_refused() {
    refused(
        "-- migrate:up lock:none\n",
        "1:1: unknown option `lock:none`",
        Some("-- migrate:up lock:none"),
        "the options are `transaction:false`, `batch:TABLE(COLUMN, …)`, `deferred:true` and `requires:VERSION`",
    );
    refused(
        "-- migrate:up transaction:off\n",
        "1:1: unknown value in `transaction:off`",
        Some("-- migrate:up transaction:off"),
        "write `transaction:false`, or leave the option out",
    );
}

#[test]
fn sql_before_the_first_marker_is_refused() {
    refused(
        "/* fine */ -- fine\n  SELECT 0;\n-- migrate:up\n",
        "2:3: SQL before the first marker",
        Some("  SELECT 0;"),
        "move it below `-- migrate:up`",
    );
}

#[test]
fn a_marker_inside_a_dollar_body_a_string_a_comment_or_data_is_not_a_marker() {
    for inside in [
        "DO $$\n-- migrate:down\n$$;",
        "SELECT '\n-- migrate:down\n';",
        "SELECT 1 AS \"\n-- migrate:down\n\";",
        "/*\n-- migrate:down\n*/ SELECT 1;",
        "COPY t FROM stdin;\n-- migrate:down\n\\.\n",
    ] {
        let read = migration(format!("-- migrate:up\n{inside}"));
        assert!(read.down.is_none(), "{inside}");
        assert_eq!(read.up.statement_count(), 1, "{inside}");
        assert_eq!(warnings(&read), [""; 0], "{inside}");
    }
}

#[test]
fn a_marker_that_is_indented_or_behind_sql_earns_a_warning() {
    let read = migration("-- migrate:up\nSELECT 1;\n  -- migrate:down\nSELECT 2; --migrate:down\t\n");
    assert_eq!(
        warnings(&read),
        [
            "3:3: `-- migrate:down` is only a comment here: a marker stands at the start of its line",
            "4:11: `--migrate:down` is only a comment here: a marker stands at the start of its line",
        ]
    );
    assert_eq!(read.up.statement_count(), 2);
}

#[test]
fn a_marker_ends_a_statement_without_a_semicolon() {
    let read = migration("-- migrate:up\nCREATE TABLE t (id int)\n-- migrate:down\nDROP TABLE t");
    assert_eq!(read.up.statement_count(), 1);
    assert_eq!(read.up.body(), "CREATE TABLE t (id int)\n");
}

#[test]
fn what_is_open_at_a_marker_is_named_with_its_place() {
    refused(
        "-- migrate:up\nCREATE TABLE t (\n  id int CHECK (id > 0);\n-- migrate:down\n",
        "2:16: this parenthesis is still open at the marker in line 4",
        Some("CREATE TABLE t ("),
        "close it with )",
    );
    refused(
        "-- migrate:up\nCREATE PROCEDURE p() BEGIN ATOMIC\nSELECT 1;\n-- migrate:down\nEND;",
        "2:22: this BEGIN ATOMIC body is still open at the marker in line 4",
        Some("CREATE PROCEDURE p() BEGIN ATOMIC"),
        "close it with END",
    );
}

#[test]
fn what_is_open_at_the_end_of_the_file_is_named_with_its_place() {
    for (sql, column, what, closer) in [
        ("SELECT 'it;", 8, "this string", "'"),
        ("SELECT E'it\\';", 8, "this string", "'"),
        ("SELECT \"it;", 8, "this quoted identifier", "\""),
        ("DO $it$ BEGIN", 4, "this dollar-quoted body", "the same $tag$ that opens it"),
        ("/* /* */ ", 1, "this block comment", "*/"),
        ("SELECT f((1);", 9, "this parenthesis", ")"),
        ("CREATE FUNCTION f() BEGIN ATOMIC SELECT 1;", 21, "this BEGIN ATOMIC body", "END"),
    ] {
        refused(
            format!("-- migrate:up\n{sql}"),
            &format!("2:{column}: {what} is never closed"),
            Some(sql),
            &format!("close it with {closer}"),
        );
    }
}

#[test]
fn crlf_reads_as_lf() {
    let windows = migration(BOTH_HALVES.replace('\n', "\r\n"));
    let unix = migration(BOTH_HALVES);
    assert_eq!(windows.up.sql(), unix.up.sql());
    assert_eq!(windows.checksum, unix.checksum);
    let body = "-- migrate:up\nDO $$\nBEGIN\nEND $$;\nCOPY t FROM stdin;\na\n\\.\n";
    assert_eq!(migration(body.replace('\n', "\r\n")).checksum, migration(body).checksum);
}

#[test]
fn a_file_with_cr_alone_has_lines_too() {
    let read = migration(BOTH_HALVES.replace('\n', "\r"));
    assert_eq!(read.up.statement_count(), 2);
    let down = read.down.expect("a down half");
    let drop = down.statements().first().expect("a statement");
    assert_eq!(drop.location.to_string(), "7:1");
}

#[test]
fn a_byte_order_mark_is_dropped() {
    let read = migration("\u{feff}-- migrate:up\nSELECT 1;");
    assert_eq!(read.up.sql(), "-- migrate:up\nSELECT 1;");
}

#[test]
fn bytes_that_are_not_utf8_are_refused_with_their_offset() {
    refused(
        b"-- migrate:up\nSELECT 'caf\xe9';",
        "2:12: the byte at offset 25 is not UTF-8",
        Some("SELECT 'caf\u{fffd}';"),
        "save the file as UTF-8",
    );
    refused(b"\xff\xfe-\0-\0", "1:1: the file is UTF-16, not UTF-8", None, "save the file as UTF-8");
}

#[test]
fn a_nul_byte_is_refused() {
    refused(
        "-- migrate:up\nSELECT 'a\0b';",
        "2:10: a NUL byte, which PostgreSQL does not accept in SQL",
        Some("SELECT 'a\0b';"),
        "take it out of the file",
    );
}

#[test]
fn psql_commands_are_refused_but_for_those_that_pg_dump_writes() {
    let dump = "-- migrate:up\n\\restrict x1\nSELECT 1;\n\\unrestrict x1\n";
    assert_eq!(migration(dump).up.statement_count(), 1);
    let hint = "pmdb runs SQL, not psql commands: take the line out, or say it in SQL";
    refused(
        "-- migrate:up\nSELECT 1;\n\\connect other\n",
        "3:1: `\\connect` is a psql command",
        Some("\\connect other"),
        hint,
    );
    refused(
        "-- migrate:up\nSELECT 1 \\restrict x\n;",
        "2:10: `\\restrict` is a psql command",
        Some("SELECT 1 \\restrict x"),
        hint,
    );
}

#[test]
fn sql_in_the_line_of_a_copy_is_refused() {
    refused(
        "-- migrate:up\nCOPY t FROM stdin; SELECT 1;\na\n\\.\n",
        "2:20: SQL in the line of a `COPY … FROM stdin`, whose data begins in the next line",
        Some("COPY t FROM stdin; SELECT 1;"),
        "move it below the line `\\.` that ends the data",
    );
    assert_eq!(migration("-- migrate:up\nCOPY t FROM stdin; -- fine\na\n\\.\n").up.statement_count(), 1);
}

#[test]
fn data_of_copy_that_ends_with_the_file_earns_a_warning() {
    let read = migration("-- migrate:up\nCOPY t FROM stdin;\na\n");
    assert_eq!(
        warnings(&read),
        ["2:1: the data of this COPY ends with the file: a line of `\\.` alone should end it"]
    );
}

#[test]
fn data_of_copy_that_swallows_a_marker_is_refused() {
    refused(
        "-- migrate:up\nCOPY t FROM stdin;\na\n-- migrate:down\nDROP TABLE t;\n",
        "2:1: the data of this COPY runs to the end of the file, over the marker in line 4",
        Some("COPY t FROM stdin;"),
        "end the data with a line of `\\.` alone",
    );
}

#[test]
fn transaction_control_in_a_transactional_half_is_refused() {
    for (sql, word) in [
        ("BEGIN;", "BEGIN"),
        ("START TRANSACTION ISOLATION LEVEL SERIALIZABLE;", "BEGIN"),
        ("COMMIT;", "COMMIT"),
        ("END", "COMMIT"),
        ("COMMIT AND CHAIN;", "COMMIT AND CHAIN"),
        ("ROLLBACK WORK;", "ROLLBACK"),
        ("ABORT;", "ROLLBACK"),
        ("PREPARE TRANSACTION 'x';", "PREPARE TRANSACTION"),
    ] {
        refused(
            format!("-- migrate:up\n-- migrate:down\n{sql}"),
            &format!("3:1: {word} in a half that runs as one transaction"),
            Some(sql),
            "take it out, since pmdb begins and commits by itself, or write `-- migrate:down transaction:false`",
        );
    }
}

#[test]
fn savepoints_in_a_transactional_half_are_allowed() {
    let sql = "-- migrate:up\nSAVEPOINT a; ROLLBACK TO SAVEPOINT a; ROLLBACK WORK TO a; RELEASE a;";
    assert_eq!(migration(sql).up.statement_count(), 4);
}

#[test]
fn a_statement_that_cannot_run_in_a_transaction_is_refused_in_one() {
    refused(
        "-- migrate:up\nCREATE INDEX CONCURRENTLY i ON t (x);",
        "2:1: CREATE INDEX CONCURRENTLY cannot run inside a transaction",
        Some("CREATE INDEX CONCURRENTLY i ON t (x);"),
        "write `-- migrate:up transaction:false`, or move it to a file of its own that says so",
    );
    refused(
        "-- migrate:up transaction:false\nBEGIN;\nVACUUM t;\nCOMMIT;",
        "3:1: VACUUM cannot run inside the transaction that the BEGIN in line 2 opens",
        Some("VACUUM t;"),
        "move it out of the BEGIN … COMMIT block",
    );
}

#[test]
fn begin_and_commit_come_in_pairs_outside_a_transaction() {
    refused(
        "-- migrate:up transaction:false\nBEGIN;\nSELECT 1;\n-- migrate:down\nSELECT 1;",
        "2:1: this BEGIN has no COMMIT before the half ends",
        Some("BEGIN;"),
        "write COMMIT where the transaction ends",
    );
    for (sql, word) in [("COMMIT;", "COMMIT"), ("SAVEPOINT a;", "SAVEPOINT"), ("ROLLBACK;", "ROLLBACK")] {
        refused(
            format!("-- migrate:up transaction:false\n{sql}"),
            &format!("2:1: {word} without a BEGIN before it"),
            Some(sql),
            "write BEGIN where the transaction starts, or take it out",
        );
    }
    refused(
        "-- migrate:up transaction:false\nBEGIN; COMMIT AND CHAIN; COMMIT;",
        "2:8: COMMIT AND CHAIN makes two transactions of one step",
        Some("BEGIN; COMMIT AND CHAIN; COMMIT;"),
        "end the transaction without CHAIN, and write BEGIN for the next",
    );
}

#[test]
fn a_half_outside_a_transaction_is_cut_into_statements_and_whole_blocks() {
    let read = migration("-- migrate:up transaction:false\nSELECT 1; BEGIN; SELECT 2; COMMIT; VACUUM");
    assert_eq!(read.up.mode(), TransactionMode::NonTransactional);
    let steps: Vec<_> = read.up.parts().map(|step| &read.up.source()[step.span()]).collect();
    assert_eq!(steps, ["SELECT 1;", "BEGIN; SELECT 2; COMMIT;", "VACUUM"]);
}

#[test]
fn a_half_inside_a_transaction_is_cut_where_one_message_must_end() {
    let read = migration(
        "-- migrate:up\n\\restrict x\nSET standard_conforming_strings = off;\nSELECT 'a\\'; b';\nSELECT 2;\n\
         COPY t FROM stdin;\n1\n2\n\\.\nCOPY u FROM stdin;\n\\.\nSELECT 3;\n\\unrestrict x\nSELECT 4",
    );
    let source = read.up.source();
    let segments: Vec<_> = read
        .up
        .segments()
        .map(|segment| {
            let data = match &segment {
                Segment::Copy { statement } => statement.copy_data.clone().map(|data| &source[data]),
                Segment::Sql { .. } => None,
            };
            (&source[segment.span()], data)
        })
        .collect();
    assert_eq!(
        segments,
        [
            ("SET standard_conforming_strings = off;", None),
            ("SELECT 'a\\'; b';\nSELECT 2;", None),
            ("COPY t FROM stdin;", Some("1\n2\n")),
            ("COPY u FROM stdin;", Some("")),
            ("SELECT 3;", None),
            ("SELECT 4", None),
        ]
    );
}

#[test]
fn a_half_comes_back_from_the_history_as_it_went_in() {
    let read =
        migration("-- migrate:up\n-- migrate:down transaction:false\nVACUUM;\n").down.expect("a down half");
    let stored = Half::from_stored(read.sql(), Direction::Down).expect("what was stored is a half");
    assert_eq!(stored.sql(), read.sql());
    assert_eq!(stored.mode(), TransactionMode::NonTransactional);
    assert_eq!(stored.statements().first().map(|s| s.kind), Some(StatementKind::NonTransactional("VACUUM")));
}

#[test]
fn a_stored_text_that_is_no_half_is_refused() {
    for (sql, error) in [
        ("DROP TABLE t;", "down_sql: there is no line `-- migrate:down`"),
        ("-- migrate:up\n", "down_sql: there is no line `-- migrate:down`"),
        ("-- migrate:down\nCOMMIT;", "down_sql:2:1: COMMIT in a half that runs as one transaction"),
    ] {
        assert_eq!(Half::from_stored(sql, Direction::Down).unwrap_err().to_string(), error);
    }
}
