//! Rules about tables, their columns as a whole, and names.

use super::{RuleText, Threshold};

pub(super) const NO_PRIMARY_KEY: RuleText = RuleText {
    id: "no-primary-key",
    title: "a table without a primary key",
    text: "\
Without a key, nothing can refer to a row, two rows can be the same, and logical replication cannot carry \
an UPDATE or a DELETE.",
    thresholds: &[],
    breaks: "CREATE TABLE log_lines (line text NOT NULL);",
    corrected: "\
CREATE TABLE log_lines (
    id   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    line text NOT NULL
);",
};

pub(super) const NULLABLE_COLUMNS: RuleText = RuleText {
    id: "nullable-columns",
    title: "a table with many columns that may be NULL",
    text: "\
A column that may be NULL will be, some day, through a script with a mistake. More than 70 % of the columns \
of a schema should be NOT NULL: all but what is really optional, like the telephone number of a user.

Generated columns do not count. A column of a domain that is NOT NULL is NOT NULL.",
    thresholds: &[
        Threshold {
            name: "least_percent",
            value: 70,
            meaning: "fewer than {} percent of the columns are NOT NULL",
        },
        Threshold { name: "least_nullable", value: 2, meaning: "at least {} columns may be NULL" },
    ],
    breaks: "\
CREATE TABLE contacts (
    id    bigint PRIMARY KEY,
    name  text,
    email text,
    phone text
);",
    corrected: "\
CREATE TABLE contacts (
    id    bigint PRIMARY KEY,
    name  text NOT NULL,
    email text NOT NULL,
    phone text
);",
};

pub(super) const UPDATED_AT_WITHOUT_TRIGGER: RuleText = RuleText {
    id: "updated-at-without-trigger",
    title: "a column updated_at that no trigger keeps",
    text: "\
An UPDATE that forgets the column leaves a wrong time behind, and nobody sees it. A trigger forgets \
nothing.

It has to run BEFORE UPDATE for each row, to be enabled, and its function has to name `updated_at`, in its \
text or its arguments. A function in a language other than SQL and PL/pgSQL is taken at its word.",
    thresholds: &[],
    breaks: "\
CREATE TABLE notes (
    id         bigint PRIMARY KEY,
    updated_at timestamptz NOT NULL DEFAULT now()
);",
    corrected: "\
CREATE TABLE notes (
    id         bigint PRIMARY KEY,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END
$$;
CREATE TRIGGER notes_updated BEFORE UPDATE ON notes
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();",
};

pub(super) const MIXED_CASE_NAME: RuleText = RuleText {
    id: "mixed-case-name",
    title: "a name with capital letters",
    text: "\
PostgreSQL reads names without quotes in lower case. So `\"fullName\"` has to be quoted in every query, for \
ever, while `full_name` never has.

Schemas, tables, views, columns of tables, routines and types count. Indexes, constraints and sequences do \
not, since queries rarely name them.",
    thresholds: &[],
    breaks: r#"CREATE TABLE "customerOrders" (id bigint PRIMARY KEY);"#,
    corrected: "CREATE TABLE customer_orders (id bigint PRIMARY KEY);",
};

pub(super) const PUBLICATION_WITH_HISTORY: RuleText = RuleText {
    id: "publication-with-history",
    title: "a publication that carries the history of pmdb",
    text: "\
Logical replication carries no changes of the schema, so both sides are migrated, each with a history of its own. A \
publication `FOR ALL TABLES` carries the rows of the history as well: the subscriber stops at the first version that it \
has applied itself (a duplicate key in `schema_migrations`), or at a table that it does not have (`schema_seeds`).

A publication counts that is `FOR ALL TABLES`, or that names a history table or its schema.",
    thresholds: &[],
    breaks: "CREATE PUBLICATION publication_with_history FOR ALL TABLES;",
    corrected: "\
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE PUBLICATION publication_with_history FOR TABLE orders;",
};
