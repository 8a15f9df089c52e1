//! Rules that ask how a database has been used so far.

use super::{RuleText, Threshold};

pub(super) const UNUSED_INDEX: RuleText = RuleText {
    id: "unused-index",
    title: "an index that nothing reads",
    text: "\
Every write keeps every index up to date. One that no query has used costs, and gives nothing.

Statistics mean something only when there are enough of them: the table has to have been read often, and \
they have to be old enough, where the server knows when they began (`stats_reset` in `pg_stat_database`; \
NULL means that they were never reset). An index that is unique, belongs to a constraint or to the replica \
identity does its work unread, and one that serves a foreign key may wait for a delete: these are never \
named. Nor is one that begins with the columns of another, which the server may prefer while it is there. A \
new index, one that only a yearly report reads, and one that is used on a replica look unused, so judge \
yourself.",
    thresholds: &[
        Threshold {
            name: "least_reads",
            value: 1000,
            meaning: "the table was read at least {} times, by sequential and index scans",
        },
        Threshold { name: "least_days", value: 7, meaning: "the statistics are at least {} days old" },
    ],
    breaks: "\
CREATE TABLE cities (
    id   bigint PRIMARY KEY,
    name text NOT NULL
);
CREATE INDEX cities_name ON cities (name);
DO $$
BEGIN
    FOR visit IN 1..1000 LOOP
        PERFORM FROM cities;
    END LOOP;
END
$$;",
    corrected: "\
CREATE TABLE cities (
    id   bigint PRIMARY KEY,
    name text NOT NULL
);
DO $$
BEGIN
    FOR visit IN 1..1000 LOOP
        PERFORM FROM cities;
    END LOOP;
END
$$;",
};

pub(super) const SEQUENTIAL_SCANS: RuleText = RuleText {
    id: "sequential-scans",
    title: "a large table that is read from end to end",
    text: "\
A query that finds no index reads the whole table. That is right for a small table or a report; for a large \
table and a frequent query, an index is missing. Index what stands in WHERE, JOIN and ORDER BY.

Which queries they are, `pg_stat_statements` knows, and EXPLAIN shows whether an index helps.",
    thresholds: &[
        Threshold {
            name: "least_rows",
            value: 10_000,
            meaning: "the table has at least {} rows, and an average sequential scan reads as many",
        },
        Threshold { name: "least_scans", value: 100, meaning: "it had at least {} sequential scans" },
        Threshold { name: "least_percent", value: 10, meaning: "they are at least {} percent of its reads" },
    ],
    breaks: "\
CREATE TABLE readings (
    id     bigint PRIMARY KEY,
    sensor bigint NOT NULL
);
INSERT INTO readings SELECT n, n FROM generate_series(1, 20000) AS n;
DO $$
BEGIN
    FOR wanted IN 1..100 LOOP
        PERFORM FROM readings WHERE sensor = wanted;
    END LOOP;
END
$$;",
    corrected: "\
CREATE TABLE readings (
    id     bigint PRIMARY KEY,
    sensor bigint NOT NULL
);
INSERT INTO readings SELECT n, n FROM generate_series(1, 20000) AS n;
CREATE INDEX ON readings (sensor);
ANALYZE readings;
DO $$
BEGIN
    FOR wanted IN 1..100 LOOP
        PERFORM FROM readings WHERE sensor = wanted;
    END LOOP;
END
$$;",
};

pub(super) const KEY_NEAR_ITS_END: RuleText = RuleText {
    id: "key-near-its-end",
    title: "a counting key that runs out of numbers",
    text: "\
`serial` and `integer` end at 2,147,483,647, `smallint` at 32,767. When a key has got there, every INSERT \
fails. The way to `bigint` rewrites the table, so it wants to be planned.

What counts is the sequence of a serial or identity column: its last value, against the end of the column's \
type and of its own. A sequence that the role may not read is left out, and so is one that another session \
is changing just then.",
    thresholds: &[Threshold {
        name: "least_percent",
        value: 75,
        meaning: "at least {} percent of the numbers are used",
    }],
    breaks: "\
CREATE TABLE events (id serial PRIMARY KEY);
SELECT setval('events_id_seq', 2000000000);",
    corrected: "\
CREATE TABLE events (id bigserial PRIMARY KEY);
SELECT setval('events_id_seq', 2000000000);",
};
