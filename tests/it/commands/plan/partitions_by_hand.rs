//! Partitions that were made by hand: what `plan` says of a new one beside them is what then happens.

use super::{list, plan, text};
use crate::support::{Setup, side_by_side};

const TABLES: &str = "-- migrate:up
CREATE TABLE events (at date NOT NULL, kind text) PARTITION BY RANGE (at);
CREATE TABLE marks (name text) PARTITION BY RANGE (name);
CREATE TABLE kinds (kind text) PARTITION BY LIST (kind);
CREATE TABLE kinds_x (kind text);
CREATE TABLE sizes (n numeric) PARTITION BY LIST (n);
CREATE TABLE widths (n numeric) PARTITION BY RANGE (n);
CREATE TYPE state AS ENUM ('open', 'closed');
CREATE TABLE states (s state) PARTITION BY LIST (s);
CREATE FUNCTION drop_partitions() RETURNS void LANGUAGE plpgsql AS 'BEGIN DROP TABLE IF EXISTS events_2020; END';
";

const YEAR: &str =
    "CREATE TABLE events_2020 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')";
const OTHERS: &str =
    "CREATE TABLE events_x PARTITION OF events DEFAULT; INSERT INTO events VALUES ('2022-05-05')";
const MAY: &str =
    "CREATE TABLE events_may PARTITION OF events FOR VALUES FROM ('2022-05-01') TO ('2022-06-01')";

/// What was made by hand, and a migration that fails there.
const IN_THE_WAY: [(&str, &str); 11] = [
    (YEAR, "CREATE TABLE events_may PARTITION OF events FOR VALUES FROM ('2020-05-01') TO ('2020-06-01')"),
    (YEAR, "CREATE TABLE twenties PARTITION OF events FOR VALUES FROM ('2018-01-01') TO (MAXVALUE)"),
    (OTHERS, "CREATE TABLE events_other PARTITION OF events DEFAULT"),
    (OTHERS, MAY),
    (
        "CREATE TABLE kinds_a PARTITION OF kinds FOR VALUES IN ('a', 'b')",
        "CREATE TABLE kinds_b PARTITION OF kinds FOR VALUES IN ('b', 'c')",
    ),
    (
        "CREATE TABLE kinds_a PARTITION OF kinds FOR VALUES IN ('a')",
        "ALTER TABLE kinds ATTACH PARTITION kinds_x FOR VALUES IN ('a')",
    ),
    (
        "CREATE TABLE kinds_d PARTITION OF kinds DEFAULT; INSERT INTO kinds VALUES ('a')",
        "ALTER TABLE kinds ATTACH PARTITION kinds_x FOR VALUES IN ('a')",
    ),
    (
        "CREATE TABLE kinds_d PARTITION OF kinds DEFAULT; INSERT INTO kinds VALUES ('a')",
        "ALTER TABLE kinds RENAME TO sorts; CREATE TABLE sorts_a PARTITION OF sorts FOR VALUES IN ('a')",
    ),
    (
        "CREATE TABLE sizes_1 PARTITION OF sizes FOR VALUES IN (1.0, 2)",
        "CREATE TABLE sizes_2 PARTITION OF sizes FOR VALUES IN (1.00)",
    ),
    (
        "CREATE TABLE widths_1 PARTITION OF widths FOR VALUES FROM (9.5) TO (10.25)",
        "CREATE TABLE widths_2 PARTITION OF widths FOR VALUES FROM (10.2) TO (11)",
    ),
    (
        "CREATE TABLE states_o PARTITION OF states FOR VALUES IN ('open')",
        "ALTER TYPE state ADD VALUE 'new' BEFORE 'open'; CREATE TABLE states_x PARTITION OF states FOR VALUES IN ('open')",
    ),
];

/// And one that does not, with whether something of it is not known.
const BESIDE: [(&str, &str, bool); 10] = [
    (YEAR, MAY, false),
    (
        "CREATE TABLE kinds_a PARTITION OF kinds FOR VALUES IN ('a')",
        "CREATE TABLE kinds_b PARTITION OF kinds FOR VALUES IN ('b')",
        false,
    ),
    ("CREATE TABLE events_x PARTITION OF events DEFAULT", MAY, true),
    (YEAR, "CREATE TABLE events_x PARTITION OF events DEFAULT", true),
    (
        "CREATE TABLE marks_a PARTITION OF marks FOR VALUES FROM ('a') TO ('c')",
        "CREATE TABLE marks_d PARTITION OF marks FOR VALUES FROM ('d') TO ('f')",
        true,
    ),
    (
        YEAR,
        "DROP TABLE IF EXISTS events_2020; \
         CREATE TABLE events_20 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
        false,
    ),
    (
        "CREATE TABLE events_late PARTITION OF events FOR VALUES FROM ('2030-01-01') TO ('infinity')",
        MAY,
        false,
    ),
    (
        "CREATE TABLE widths_1 PARTITION OF widths FOR VALUES FROM (9.5) TO (10.5)",
        "CREATE TABLE widths_2 PARTITION OF widths FOR VALUES FROM (10.50) TO (11)",
        false,
    ),
    (
        "CREATE TABLE states_o PARTITION OF states FOR VALUES IN ('open')",
        "ALTER TYPE state RENAME VALUE 'open' TO 'old'; ALTER TYPE state RENAME VALUE 'closed' TO 'open'; \
         CREATE TABLE states_x PARTITION OF states FOR VALUES IN ('open')",
        true,
    ),
    (
        YEAR,
        "DO $$BEGIN CREATE TABLE n PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01'); \
         EXCEPTION WHEN invalid_object_definition THEN NULL; END$$",
        true,
    ),
];

/// What takes the partition of the year away before a new one has its values.
const TAKEN_AWAY: [(&str, bool); 4] = [
    ("DROP TABLE IF EXISTS events_2020", false),
    ("DO $$BEGIN IF to_regclass('events_2020') IS NOT NULL THEN DROP TABLE events_2020; END IF; END$$", true),
    (
        "DO $$DECLARE r record; BEGIN FOR r IN SELECT inhrelid::regclass AS c FROM pg_inherits WHERE inhparent = 'events'::regclass \
         LOOP EXECUTE 'DROP TABLE ' || r.c; END LOOP; END$$",
        true,
    ),
    ("SELECT drop_partitions()", true),
];

/// The rules that say it fails, whether all of it is known, and whether `up` fails.
fn told(by_hand: &str, file: &str) -> (Vec<String>, bool, bool) {
    told_of_files(by_hand, &[file])
}

fn told_of_files(by_hand: &str, files: &[&str]) -> (Vec<String>, bool, bool) {
    let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
    setup.up().success();
    setup.database.sql(by_hand);
    for (number, file) in files.iter().enumerate() {
        setup.project.migration(&format!("000{}_file.sql", number + 2), &format!("-- migrate:up\n{file};\n"));
    }
    let document = plan(&setup, &["--json"]).success().json();
    let fails = list(&document["findings"]).filter(|one| text(&one["class"]) == "fails");
    let said = fails.map(|one| text(&one["rule"]).to_owned()).collect();
    (said, document["complete"] == true, setup.run(&["up"]).code != Some(0))
}

#[test]
fn a_new_partition_fails_that_has_values_or_rows_of_one_made_by_hand() {
    let wrong = side_by_side(&IN_THE_WAY, |(by_hand, file)| {
        let (said, _, fails) = told(by_hand, file);
        let rule = if by_hand.contains("INSERT") && !file.contains("DEFAULT") {
            "misplaced-rows"
        } else {
            "overlapping-partition"
        };
        (said != [rule] || !fails).then(|| format!("{by_hand}; {file}: {said:?}, {fails}"))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_new_partition_beside_others_is_no_finding_and_what_is_not_known_is_said() {
    let wrong = side_by_side(&BESIDE, |(by_hand, file, is_unknown)| {
        let (said, is_complete, fails) = told(by_hand, file);
        let is_wrong = !said.is_empty() || fails || is_complete == *is_unknown;
        is_wrong.then(|| format!("{by_hand}; {file}: {said:?}, {is_complete}, {fails}"))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rows_that_an_earlier_statement_may_move_are_not_told_to_make_the_file_fail() {
    let file = format!("DELETE FROM events WHERE at >= '2022-05-01'; {MAY}");
    assert_eq!(told(OTHERS, &file), (Vec::new(), false, false));
}

#[test]
fn a_partition_made_by_hand_that_a_pending_file_may_take_away_is_not_said_to_be_in_the_way() {
    const SAME_YEAR: &str =
        "CREATE TABLE events_20 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')";
    let wrong = side_by_side(&TAKEN_AWAY, |(before, is_unknown)| {
        let in_one_file = format!("{before}; {SAME_YEAR}");
        let cases = [told_of_files(YEAR, &[before, SAME_YEAR]), told(YEAR, &in_one_file)];
        let wrong = cases
            .into_iter()
            .filter(|(said, is_complete, fails)| !said.is_empty() || *fails || *is_complete == *is_unknown);
        let wrong: Vec<_> = wrong.collect();
        (!wrong.is_empty()).then(|| format!("{before}: {wrong:?}"))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_line_that_makes_it_a_partition_is_told() {
    let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
    setup.up().success();
    setup.database.sql(YEAR);
    let file = "-- migrate:up
CREATE TABLE n (at date NOT NULL, kind text);
ALTER TABLE events ATTACH PARTITION n FOR VALUES FROM ('2020-05-01') TO ('2020-06-01');
";
    setup.project.migration("0002_file.sql", file);
    let document = plan(&setup, &["--json"]).success().json();
    let finding =
        list(&document["findings"]).find(|one| text(&one["rule"]) == "overlapping-partition").unwrap();
    assert!(text(&finding["what"]).ends_with("at line 3"), "{finding}");
}
