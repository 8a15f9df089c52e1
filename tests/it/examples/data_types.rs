//! `examples/data_types.rs`.

use std::sync::LazyLock;

use super::run::{Printed, run};

/// One run for all tests.
static PRINTED: LazyLock<Printed> = LazyLock::new(|| run("data_types", &[]));

#[track_caller]
fn outcomes(title: &str, expected: &[(&str, &str)]) {
    let table = PRINTED.table(title);
    for (what, outcome) in expected {
        assert_eq!(table.cell(what, "outcome"), *outcome, "{what}");
    }
}

#[test]
fn money_wants_numeric() {
    outcomes(
        "number",
        &[
            ("ten digits", "12345678.90"),
            ("an eleventh digit", "22003"),
            ("a third decimal is rounded", "89.88"),
            ("ten times a tenth", "1.00"),
            ("ten times a tenth, double", "0.9999999999999999"),
            ("ten times a tenth, real", "1.0000001"),
            ("too large for smallint", "22003"),
            ("too large for integer", "22003"),
            ("that is a bigint", "2147483648"),
            ("too large for bigint", "22003"),
            ("the third row is numbered", "3"),
        ],
    );
}

#[test]
fn text_stores_what_it_is_given_and_char_stores_spaces_too() {
    let texts = PRINTED.table("text type");
    assert_eq!(texts.column("text type"), ["char(10)", "varchar(255)", "text"]);
    assert_eq!(texts.column("of 'ab'"), ["10", "2", "2"]);
    assert_eq!(texts.column("of 256 letters"), ["22001", "22001", "256"]);
}

#[test]
fn timestamptz_is_the_same_moment_in_every_zone() {
    let moments = PRINTED.table("read in");
    assert_eq!(moments.column("timestamptz"), ["2026-03-01 12:00:00+05:30", "2026-03-01 01:30:00-05"]);
    assert_eq!(moments.column("timestamp"), ["2026-03-01 12:00:00"; 2]);
}

#[test]
fn jsonb_is_searched_by_an_index_and_json_is_not() {
    let documents = PRINTED.table("document");
    let of = |kind| ["what is read back", "GIN index", "a search"].map(|title| documents.cell(kind, title));
    assert_eq!(of("json"), [r#"{"tea": "number 1",  "n": 0, "n": 1}"#, "42704", "Seq Scan"]);
    let search = "Bitmap Heap Scan > Bitmap Index Scan";
    assert_eq!(of("jsonb"), [r#"{"n": 1, "tea": "number 1"}"#, "made", search]);
}

#[test]
fn every_other_type_takes_what_it_can_read_and_refuses_the_rest() {
    outcomes(
        "question",
        &[
            ("yes is true", "true"),
            ("maybe is neither", "22P02"),
            ("a day that is not", "22008"),
            ("a time of day", "00:30:00"),
            ("a week", "7 days"),
            ("a month after", "2026-02-28"),
            ("bytes, and as text", "16 and 36"),
            ("a digit is missing", "22P02"),
            ("holds a 2", "true"),
            ("two is not a number", "22P02"),
            ("the first is number 1", "green"),
            ("has both", "true"),
            ("is in the network", "true"),
            ("not an address", "22P02"),
            ("written in one way", "08:00:2b:01:02:03"),
            ("how far apart", "5"),
        ],
    );
    // Some servers are built without XML.
    let xml = PRINTED.table("question").cell("what is inside", "outcome");
    assert!(["oolong", "0A000"].contains(&xml), "{xml}");
}
