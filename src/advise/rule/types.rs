//! Rules about the types of columns. The types of partition keys cannot be changed, which the fix then says.

use super::RuleText;

pub(super) const CHAR_COLUMN: RuleText = RuleText {
    id: "char-column",
    title: "a column of type char(n)",
    text: "\
`char(n)` fills every value up with blanks, which then count or do not count, depending on where it is \
used. It saves nothing. `text` holds what was put into it.

A code whose length is always the same (`Mo`, `Tu`) does no harm: ignore the finding.",
    thresholds: &[],
    breaks: "CREATE TABLE shops (id bigint PRIMARY KEY, city char(40) NOT NULL);",
    corrected: "CREATE TABLE shops (id bigint PRIMARY KEY, city text NOT NULL);",
};

pub(super) const VARCHAR_LIMIT: RuleText = RuleText {
    id: "varchar-limit",
    title: "a column of type varchar(n)",
    text: "\
`text` is as fast as `varchar(255)`. The limit says nothing to a reader, and the first value that is longer \
needs a migration. Where a limit does mean something, a CHECK says so by its name. `varchar` without a \
limit is no finding.",
    thresholds: &[],
    breaks: "CREATE TABLE people (id bigint PRIMARY KEY, name varchar(255) NOT NULL);",
    corrected: "CREATE TABLE people (id bigint PRIMARY KEY, name text NOT NULL);",
};

pub(super) const TIMESTAMP_WITHOUT_TIME_ZONE: RuleText = RuleText {
    id: "timestamp-without-time-zone",
    title: "a column of type timestamp",
    text: "\
A `timestamp` is what a clock on a wall showed, without the place where it hung. `timestamptz` is a point in time, \
which each session sees in its own time zone. Check in which time zone the values were written before you \
change the type.",
    thresholds: &[],
    breaks: "CREATE TABLE logins (id bigint PRIMARY KEY, at timestamp NOT NULL);",
    corrected: "CREATE TABLE logins (id bigint PRIMARY KEY, at timestamptz NOT NULL);",
};

pub(super) const JSON_COLUMN: RuleText = RuleText {
    id: "json-column",
    title: "a column of type json",
    text: "\
`json` is kept as text, and parsed anew whenever something looks into it. `jsonb` is parsed once, and a GIN \
index can search it. `jsonb` does not keep white space, the order of keys, or the first of two keys of the \
same name.",
    thresholds: &[],
    breaks: "CREATE TABLE settings (id bigint PRIMARY KEY, value json NOT NULL);",
    corrected: "CREATE TABLE settings (id bigint PRIMARY KEY, value jsonb NOT NULL);",
};

pub(super) const MONEY_COLUMN: RuleText = RuleText {
    id: "money-column",
    title: "a column of type money",
    text: "\
How many digits a `money` has after the point, and which currency it shows, is a setting (`lc_monetary`): \
a dump that is loaded elsewhere may mean another amount. `numeric` is exact everywhere.",
    thresholds: &[],
    breaks: "CREATE TABLE bills (id bigint PRIMARY KEY, due money NOT NULL);",
    corrected: "CREATE TABLE bills (id bigint PRIMARY KEY, due numeric(12, 2) NOT NULL);",
};

pub(super) const FLOAT_PRICE: RuleText = RuleText {
    id: "float-price",
    title: "a price as a floating-point number",
    text: "\
`real` and `double precision` cannot hold 0.1 exactly, and sums of many prices show it. `numeric` can.

The name tells: one of its words is price, amount, cost, fee, salary, wage, balance, payment, revenue, \
budget or subtotal (or the plural), or the last one is total.",
    thresholds: &[],
    breaks: "CREATE TABLE goods (id bigint PRIMARY KEY, unit_price double precision NOT NULL);",
    corrected: "CREATE TABLE goods (id bigint PRIMARY KEY, unit_price numeric(12, 2) NOT NULL);",
};
