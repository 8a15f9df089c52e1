//! A partition does not count for itself; a plain child of a table does, except for the columns that it inherits.

use super::{findings, found, run, text};
use crate::support::{Setup, server};

#[test]
fn a_partitioned_table_has_its_findings_once() {
    let setup = Setup::new();
    setup.database.sql(
        "CREATE TABLE p (id bigint PRIMARY KEY);
         CREATE TABLE e (p_id bigint NOT NULL REFERENCES p, at timestamp NOT NULL, \"Note\" varchar(9), extra json,
            updated_at timestamptz NOT NULL) PARTITION BY RANGE (at);
         CREATE TABLE e_1 PARTITION OF e FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
         CREATE TABLE e_2 PARTITION OF e FOR VALUES FROM ('2026-02-01') TO ('2026-03-01') PARTITION BY LIST (p_id);
         CREATE TABLE e_2_1 PARTITION OF e_2 FOR VALUES IN (1); CREATE TABLE \"E_2_2\" PARTITION OF e_2 DEFAULT;
         CREATE INDEX one ON e (at); CREATE INDEX two ON e (at); CREATE INDEX three ON e (at, p_id)",
    );
    let database = &setup.database;
    assert_eq!(
        found(database),
        [
            "foreign-key-without-index public.e.p_id",
            "duplicate-index public.two",
            "redundant-index public.one",
            "redundant-index public.two",
            "no-primary-key public.e",
            "nullable-columns public.e",
            "updated-at-without-trigger public.e.updated_at",
            "mixed-case-name public.e.\"Note\"",
            "varchar-limit public.e.\"Note\"",
            "timestamp-without-time-zone public.e.at",
            "json-column public.e.extra",
        ]
    );
    for finding in findings(database) {
        // The first fixes drop an index that a later one drops too, or rename what a later one names.
        let gone = text(&finding, "object").contains("Note") && text(&finding, "rule") == "varchar-limit"
            || text(&finding, "rule") == "redundant-index" && text(&finding, "object") == "public.two";
        if !gone {
            run(database, text(&finding, "fix"));
        }
    }
    assert_eq!(
        found(database),
        ["no-primary-key public.e", "varchar-limit public.e.note", "timestamp-without-time-zone public.e.at"]
    );
}

#[test]
fn a_foreign_key_to_a_partitioned_table_has_one_finding() {
    let setup = Setup::new();
    setup.database.sql(
        "CREATE TABLE p (id bigint PRIMARY KEY) PARTITION BY HASH (id);
         CREATE TABLE p_0 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0);
         CREATE TABLE p_1 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 1);
         CREATE TABLE c (id bigint PRIMARY KEY, p_id bigint NOT NULL REFERENCES p)",
    );
    assert_eq!(found(&setup.database), ["foreign-key-without-index public.c.p_id"]);
}

#[test]
fn the_statistics_of_partitions_are_those_of_their_table() {
    let setup = Setup::new();
    setup.database.sql(
        "CREATE TABLE e (id bigint NOT NULL, k bigint NOT NULL, PRIMARY KEY (id, k)) PARTITION BY HASH (k);
         CREATE TABLE e_0 PARTITION OF e FOR VALUES WITH (MODULUS 2, REMAINDER 0);
         CREATE TABLE e_1 PARTITION OF e FOR VALUES WITH (MODULUS 2, REMAINDER 1);
         CREATE INDEX e_k ON e (k); CREATE INDEX e_none ON e ((id + k));
         INSERT INTO e SELECT n, n FROM generate_series(1, 25000) AS n; ANALYZE e",
    );
    setup.database.sql(
        "DO $$ BEGIN FOR n IN 1..510 LOOP
             IF n <= 110 THEN PERFORM FROM e WHERE id * 2 = n; END IF; PERFORM FROM e WHERE k = n; PERFORM FROM e WHERE k = -n;
         END LOOP; END $$",
    );
    setup.wait_until("SELECT sum(seq_scan) >= 220 AND sum(idx_scan) >= 1020 FROM pg_stat_user_tables WHERE relname ~ '^e_'");
    let unused = if server().major() >= 15 { &["unused-index public.e_none"][..] } else { &[] };
    assert_eq!(found(&setup.database), [unused, &["sequential-scans public.e"]].concat());
}

#[test]
fn a_plain_child_of_a_table_has_columns_keys_and_triggers_of_its_own() {
    let setup = Setup::new();
    setup.database.sql(
        "CREATE TABLE mother (id bigint PRIMARY KEY, name varchar(9) NOT NULL, updated_at timestamptz NOT NULL);
         CREATE TABLE child (extra char(3) NOT NULL) INHERITS (mother);
         CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;
         CREATE TRIGGER g BEFORE UPDATE ON mother FOR EACH ROW EXECUTE FUNCTION touch()",
    );
    assert_eq!(
        found(&setup.database),
        [
            "no-primary-key public.child",
            "updated-at-without-trigger public.child.updated_at",
            "char-column public.child.extra",
            "varchar-limit public.mother.name",
        ]
    );
    for finding in findings(&setup.database) {
        run(&setup.database, text(&finding, "fix"));
    }
    assert_eq!(found(&setup.database), Vec::<String>::new());
}
