//! What is known and meant so: `--ignore`, `advise.ignore` and `--ignore-file`.

use crate::support::Setup;

fn two_findings() -> Setup {
    let setup = Setup::new();
    setup.database.sql(
        "CREATE TABLE a (name text NOT NULL); CREATE TABLE \"odd # name\" (name text NOT NULL);
         CREATE TABLE c (id bigint PRIMARY KEY, at timestamp NOT NULL)",
    );
    setup
}

#[track_caller]
fn found(setup: &Setup, args: &[&str]) -> Vec<String> {
    let json = setup.run(&[&["advise", "--json"], args].concat()).success().json();
    let objects =
        json["findings"].as_array().unwrap().iter().map(|finding| finding["object"].as_str().unwrap());
    objects.map(str::to_owned).collect()
}

#[test]
fn a_rule_or_one_finding_of_it_is_left_out_and_counted() {
    let setup = two_findings();
    let (a, odd, c) = ("public.a", "public.\"odd # name\"", "public.c.at");
    assert_eq!(found(&setup, &[]), [odd, a, c]);
    assert_eq!(found(&setup, &["--ignore", "no-primary-key"]), [c]);
    assert_eq!(found(&setup, &["--ignore", "no-primary-key:public.a"]), [odd, c]);
    let both = ["--ignore", "no-primary-key:public.a", "--ignore", "timestamp-without-time-zone:public.c.at"];
    assert_eq!(found(&setup, &both), [odd]);
    let outcome =
        setup.run(&["advise", "--ignore", "no-primary-key", "--ignore", "timestamp-without-time-zone"]);
    insta::assert_snapshot!(outcome.success().filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: nothing to advise, 3 ignored
    ----- stderr
    ");
}

#[test]
fn an_unknown_rule_is_wrong_usage_and_the_message_names_the_rules() {
    let outcome = two_findings().run(&["advise", "--ignore", "no-primary-keys"]).fails(2);
    insta::assert_snapshot!(outcome.filtered(), @r#"
    exit code: 2
    ----- stdout
    ----- stderr
    error: invalid value 'no-primary-keys' for '--ignore <RULE[:OBJECT]>': no rule is called "no-primary-keys"; the rules are foreign-key-without-index, duplicate-index, redundant-index, unused-index, sequential-scans, key-near-its-end, no-primary-key, nullable-columns, updated-at-without-trigger, publication-with-history, mixed-case-name, char-column, varchar-limit, timestamp-without-time-zone, json-column, money-column, float-price, key-without-distribution-column, foreign-key-to-distributed-table, not-co-located

    For more information, try '--help'.
    "#);
}

#[test]
fn a_file_in_the_current_folder_says_what_is_left_out_and_why() {
    let setup = two_findings();
    setup.project.write(
        "advise.ignore",
        "# both are only loaded and read\nno-primary-key:public.a\n\n  no-primary-key:public.\"odd # name\" # odd\n",
    );
    let outcome = setup.run(&["advise", "--check"]).fails(3);
    assert!(outcome.stdout.ends_with(": 1 finding, 2 ignored\n"), "{}", outcome.stdout);
    assert_eq!(outcome.stderr, "");
    setup.run(&["advise", "--check", "--ignore", "timestamp-without-time-zone"]).success();
}

#[test]
fn a_line_that_ignores_nothing_any_more_earns_a_note() {
    let setup = two_findings();
    setup.project.write("advise.ignore", "no-primary-key\njson-column\n  money-column:public.a.b # why\n");
    let outcome = setup.run(&["advise", "--ignore", "timestamp-without-time-zone"]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: nothing to advise, 3 ignored
    ----- stderr
    note: advise.ignore:2:1: nothing is left that `json-column` could ignore
    note: advise.ignore:3:3: nothing is left that `money-column:public.a.b` could ignore
    ");
    assert_eq!(setup.run(&["advise", "--quiet"]).success().stderr, "");
}

#[test]
fn a_line_that_cannot_be_read_is_an_error_with_its_place() {
    let setup = two_findings();
    setup.project.write("advise.ignore", "# ü\n\n  jsonb-column:x # why\n");
    let outcome = setup.run(&["advise"]).fails(1);
    insta::assert_snapshot!(outcome.filtered(), @r#"
    exit code: 1
    ----- stdout
    ----- stderr
    error: advise.ignore:3:3: no rule is called "jsonb-column"; the rules are foreign-key-without-index, duplicate-index, redundant-index, unused-index, sequential-scans, key-near-its-end, no-primary-key, nullable-columns, updated-at-without-trigger, publication-with-history, mixed-case-name, char-column, varchar-limit, timestamp-without-time-zone, json-column, money-column, float-price, key-without-distribution-column, foreign-key-to-distributed-table, not-co-located
      |
    3 |   jsonb-column:x # why
      |   ^
    hint: write RULE or RULE:OBJECT; `#` begins a comment
    "#);
    let json = setup.run(&["advise", "--json"]).fails(1).json();
    assert_eq!(json["error"]["code"], "ignore_file");
}

#[test]
fn another_file_is_read_instead_and_has_to_be_there() {
    let setup = two_findings();
    setup.project.write("advise.ignore", "nonsense\n");
    setup.project.write("conf/known", "no-primary-key\r\n");
    assert_eq!(found(&setup, &["--ignore-file", "conf/known"]), ["public.c.at"]);
    let outcome = setup.run(&["advise", "--ignore-file", "nowhere"]).fails(1);
    assert!(outcome.stderr.starts_with("error: nowhere cannot be read: "), "{}", outcome.stderr);
}

#[test]
fn a_file_that_is_not_text_is_an_error() {
    let setup = two_findings();
    setup.project.write("advise.ignore", b"\xff\xfe");
    let outcome = setup.run(&["advise"]).fails(1);
    assert!(outcome.stderr.starts_with("error: advise.ignore cannot be read: "), "{}", outcome.stderr);
}
