//! Rules about indexes that the catalog alone decides.

use super::RuleText;

pub(super) const FOREIGN_KEY_WITHOUT_INDEX: RuleText = RuleText {
    id: "foreign-key-without-index",
    title: "a foreign key without an index",
    text: "\
PostgreSQL indexes primary keys by itself, but not the columns that refer to them. Without an index, each \
join from the other side reads the whole table, and so does each delete in the table that is referred to.

The index has to begin with the columns of the key, in any order. It has to be valid, a B-tree or a hash \
index, and not partial; only `WHERE column IS NOT NULL` does no harm.",
    thresholds: &[],
    breaks: "\
CREATE TABLE authors (id bigint PRIMARY KEY);
CREATE TABLE books (
    id        bigint PRIMARY KEY,
    author_id bigint NOT NULL REFERENCES authors (id)
);",
    corrected: "\
CREATE TABLE authors (id bigint PRIMARY KEY);
CREATE TABLE books (
    id        bigint PRIMARY KEY,
    author_id bigint NOT NULL REFERENCES authors (id)
);
CREATE INDEX ON books (author_id);",
};

pub(super) const DUPLICATE_INDEX: RuleText = RuleText {
    id: "duplicate-index",
    title: "an index that is there twice",
    text: "\
Two indexes of the same table with the same method, columns, order, operator classes, collations and \
conditions do the same work, and each write pays for both. Most often, one of them belongs to a primary key \
or a UNIQUE.

The finding names the one that can go. A UNIQUE that a foreign key refers to never is.",
    thresholds: &[],
    breaks: "\
CREATE TABLE members (
    id    bigint PRIMARY KEY,
    email text NOT NULL UNIQUE
);
CREATE INDEX members_email ON members (email);",
    corrected: "\
CREATE TABLE members (
    id    bigint PRIMARY KEY,
    email text NOT NULL UNIQUE
);",
};

pub(super) const REDUNDANT_INDEX: RuleText = RuleText {
    id: "redundant-index",
    title: "an index that a longer one contains",
    text: "\
A B-tree on `(a, b)` finds rows by `a` as well, so one on `(a)` only makes writes slower. It may still be \
worth its place if the other columns are so wide that the longer index is many times as large.

An index that is unique, or belongs to a constraint, is never named.",
    thresholds: &[],
    breaks: "\
CREATE TABLE visits (
    id   bigint PRIMARY KEY,
    page text NOT NULL,
    at   timestamptz NOT NULL
);
CREATE INDEX visits_page ON visits (page);
CREATE INDEX visits_page_at ON visits (page, at);",
    corrected: "\
CREATE TABLE visits (
    id   bigint PRIMARY KEY,
    page text NOT NULL,
    at   timestamptz NOT NULL
);
CREATE INDEX visits_page_at ON visits (page, at);",
};
