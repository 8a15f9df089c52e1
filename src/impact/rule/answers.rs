//! Rules about rows of the target that are in the way, or whose values are lost.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Identity, Kind};
use crate::impact::by_hand::Fate;
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;
use crate::impact::names::{bare, begins, says};
use crate::impact::{About, Consequence, Question, RowAnswer, RowCount};

pub(super) const NULL_VALUES: PlanRuleText = PlanRuleText {
    id: "null-values",
    class: Class::Fails,
    title: "rows without a value where there has to be one",
    text: "\
The target was asked, and has rows that are in the way of a NOT NULL: the file fails there. Give them a value before.",
    given: "\
CREATE TABLE users (id bigint PRIMARY KEY, email text);
INSERT INTO users VALUES (1, NULL);",
    breaks: "ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
    safe: "",
};

pub(super) const DUPLICATE_VALUES: PlanRuleText = PlanRuleText {
    id: "duplicate-values",
    class: Class::Fails,
    title: "values that are there more than once where they have to be unique",
    text: "\
The target was asked, and has values more than once that a unique key or index allows only once: the file fails there. So does the \
`REFRESH` of a materialized view whose query gives them.",
    given: "\
CREATE TABLE users (id bigint PRIMARY KEY, email text);
INSERT INTO users VALUES (1, 'a'), (2, 'a');",
    breaks: "CREATE UNIQUE INDEX users_email ON users (email);",
    safe: "",
};

pub(super) const ORPHANED_KEYS: PlanRuleText = PlanRuleText {
    id: "orphaned-keys",
    class: Class::Fails,
    title: "values of a foreign key that the other table does not have",
    text: "\
The target was asked, and has rows that refer to rows which are not there: the file fails there. `NOT VALID` lets the old rows \
alone and holds for new ones.",
    given: "\
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, buyer bigint);
INSERT INTO orders VALUES (1, 7);",
    breaks: "ALTER TABLE orders ADD CONSTRAINT orders_buyer_fkey FOREIGN KEY (buyer) REFERENCES users;",
    safe: "",
};

pub(super) const ROWS_BREAK_CHECK: PlanRuleText = PlanRuleText {
    id: "rows-break-check",
    class: Class::Fails,
    title: "rows that a check constraint refuses",
    text: "\
The target was asked, and has rows for which the condition of a check constraint is false: the file fails there. `NOT VALID` lets \
them alone until somebody changes them: each UPDATE of such a row, of whatever column, fails until it is put right.",
    given: "\
CREATE TABLE products (id bigint PRIMARY KEY, price numeric);
INSERT INTO products VALUES (1, -1);",
    breaks: "ALTER TABLE products ADD CONSTRAINT price_positive CHECK (price > 0);",
    safe: "",
};

pub(super) const CONFLICTING_ROWS: PlanRuleText = PlanRuleText {
    id: "conflicting-rows",
    class: Class::Fails,
    title: "rows of which an exclusion constraint allows only one",
    text: "\
The target was asked, and has rows that an exclusion constraint does not allow beside each other: the file fails there. Where the \
table is large, each pair of rows cannot be compared in time, and the answer says so.",
    given: "\
CREATE TABLE bookings (id bigint PRIMARY KEY, during int4range);
INSERT INTO bookings VALUES (1, '[1,5)'), (2, '[3,9)');",
    breaks: "ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);",
    safe: "",
};

pub(super) const MISPLACED_ROWS: PlanRuleText = PlanRuleText {
    id: "misplaced-rows",
    class: Class::Fails,
    title: "rows that would be in the wrong partition",
    text: "\
The target was asked, and a table that becomes a partition has rows that do not fit its bound, or the default partition has rows that \
belong into the new one: the file fails there. Move them before.",
    given: "\
CREATE TABLE events (kind text) PARTITION BY LIST (kind);
CREATE TABLE events_other PARTITION OF events DEFAULT;
INSERT INTO events VALUES ('login');",
    breaks: "CREATE TABLE events_login PARTITION OF events FOR VALUES IN ('login');",
    safe: "",
};

pub(super) const VALUES_DO_NOT_FIT: PlanRuleText = PlanRuleText {
    id: "values-do-not-fit",
    class: Class::Fails,
    title: "values that cannot become another type",
    text: "\
The target was asked, and has values that the new type of their column does not take, or from which a new generated column or an \
expression of an index cannot be computed, or rows that are too large for an index: the file fails there. A B-tree index, also that of a \
key, holds no more than 2704 bytes of a row; a `hash` index, or one on `left(body, 100)` or `md5(body)`, takes less of it.",
    given: "\
CREATE TABLE users (id bigint PRIMARY KEY, age text);
INSERT INTO users VALUES (1, 'old');",
    breaks: "ALTER TABLE users ALTER COLUMN age TYPE integer USING age::integer;",
    safe: "",
};

pub(super) const LOST_VALUES: PlanRuleText = PlanRuleText {
    id: "lost-values",
    class: Class::Loses,
    title: "values that are gone afterwards",
    text: "\
The target was asked, and has rows with values that the file takes away: those of a column or a table that is dropped, also of one that \
was made by hand and goes along, of an attribute of a type, of an enum value that goes away, or digits, letters and times of day that the \
new type of a column does not keep, also where `USING` cuts them. Nothing brings them back but a backup.",
    given: "\
CREATE TABLE users (id bigint PRIMARY KEY, nickname text);
INSERT INTO users VALUES (1, 'x');",
    breaks: "ALTER TABLE users DROP COLUMN nickname;",
    safe: "",
};

pub(super) const SEQUENCE_OUT_OF_RANGE: PlanRuleText = PlanRuleText {
    id: "sequence-out-of-range",
    class: Class::Fails,
    title: "a sequence that has come past the end which it gets",
    text: "\
The target was asked, and the value of the sequence there is larger than its new `MAXVALUE`, smaller than its new `MINVALUE`, or does not \
fit its new type: the file fails there. `RESTART` in the same statement gives it another value.",
    given: "\
CREATE TABLE tickets (number bigint);
CREATE SEQUENCE numbers;
INSERT INTO tickets SELECT nextval('numbers') FROM generate_series(1, 200);",
    breaks: "ALTER SEQUENCE numbers MAXVALUE 100;",
    safe: "",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    look.case.answers.iter().filter_map(|answer| finding(look, answer)).collect()
}

fn finding(look: &HalfView<'_>, answer: &RowAnswer) -> Option<Finding> {
    let found = answer.outcome.found().filter(|found| *found > 0)?;
    let at_least = if matches!(answer.outcome, RowCount::AtLeast(_)) { "at least " } else { "" };
    let Question { table, about, consequence, changed_before, location, new_values, .. } = &answer.question;
    let (rule, name) = match about {
        About::Nulls { column } | About::NewColumn { column } => (PlanRule::NullValues, column.clone()),
        About::Duplicates { name, .. } | About::Refreshed { name, .. } => {
            (PlanRule::DuplicateValues, name.clone())
        }
        About::Orphans { name, .. } => (PlanRule::OrphanedKeys, name.clone()),
        About::Conflicts { name, .. } => (PlanRule::ConflictingRows, name.clone()),
        About::Unindexable { name, .. } | About::TooWide { name, .. } => {
            (PlanRule::ValuesDoNotFit, name.clone())
        }
        About::Misplaced { .. } => (PlanRule::MisplacedRows, String::new()),
        About::Breaking { name, .. } => (PlanRule::RowsBreakCheck, name.clone()),
        About::Uncastable { column, .. } => (PlanRule::ValuesDoNotFit, column.clone()),
        About::Uncomputable { column, .. } => (PlanRule::ValuesDoNotFit, column.clone()),
        About::Rounded { column, .. }
        | About::EnumValues { column, .. }
        | About::DroppedColumn { column } => (PlanRule::LostValues, column.clone()),
        About::DroppedTable => (PlanRule::LostValues, String::new()),
        About::OutOfRange { .. } => (PlanRule::SequenceOutOfRange, String::new()),
        // That is told with what makes the sequence begin anew.
        About::Used { .. } => return None,
    };
    let object = if name.is_empty() { table.clone() } else { format!("{table}.{name}") };
    let told = location.and_then(|place| look.statements().find(|(_, one)| one.location == place));
    let statement = told
        .map(|(number, _)| number)
        .or_else(|| look.statement_naming(&[&name]))
        .or_else(|| look.statement_naming(&[&bare(table)]));
    if statement.is_some_and(|at| is_there_by_hand(look, at, &name)) {
        return None;
    }
    let line = statement.and_then(|at| look.case.trace.statements.get(at)).map(|one| one.location.line);
    let end = match (consequence, line) {
        (Consequence::Fails, Some(line)) if changed_before.is_some() => {
            format!(": this file fails at line {line}")
        }
        (Consequence::Fails, None) if changed_before.is_some() => ": this file fails".to_owned(),
        (Consequence::Fails, Some(line)) => format!(": this file will fail at line {line}"),
        (Consequence::Fails, None) => ": this file will fail".to_owned(),
        (Consequence::Loses, _) if found == 1 => ", and this value is lost".to_owned(),
        (Consequence::Loses, _) => ", and these values are lost".to_owned(),
        (Consequence::Breaks, _) => ": what runs today fails".to_owned(),
    };
    let unless = changed_before.as_ref().map_or_else(String::new, |before| {
        format!(", unless line {} of {} changes that", before.location.line, before.version)
    });
    let what = format!("{at_least}{}{end}{unless}", answer.question.counted(found));
    let finding = look.finding(rule, statement, object, what);
    // What is not there yet cannot be shown.
    let advice = if new_values.is_empty() { advice(about, table) } else { None };
    // What comes before may well have been written to change just that.
    let is_certain = *consequence == Consequence::Loses || changed_before.is_none();
    let class = if is_certain { finding.class } else { Class::Careless };
    Some(Finding { class, ..finding.with_recipe(advice) })
}

/// Whether a statement leaves an index as it is that was made by hand under this name: `IF NOT EXISTS`.
fn is_there_by_hand(look: &HalfView<'_>, statement: usize, name: &str) -> bool {
    let text = look.case.trace.statements.get(statement).map(|one| one.text.as_str()).unwrap_or_default();
    let is_it = |one: &Identity| {
        one.kind == Kind::Index && one.name == name && look.preceding(statement).fate_of(one) == Fate::Stays
    };
    begins(text, "CREATE")
        && says(text, "IF NOT EXISTS")
        && look.case.only_on_target.objects.keys().any(|one| is_it(one))
}

/// SQL that shows the rows, where it is short.
fn advice(about: &About, table: &str) -> Option<Recipe> {
    let sql = match about {
        About::Nulls { column } => format!("SELECT * FROM {table} WHERE {column} IS NULL;"),
        About::Duplicates { key, .. } => {
            let key = key.join(", ");
            format!("SELECT {key}, count(*) FROM {table} GROUP BY {key} HAVING count(*) > 1;")
        }
        About::Breaking { condition, .. } => format!("SELECT * FROM {table} WHERE NOT {condition};"),
        About::Misplaced { condition, .. } => format!("SELECT * FROM {table} WHERE {condition};"),
        About::DroppedColumn { column } => {
            format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL;")
        }
        _ => return None,
    };
    Some(Recipe::note(format!("This shows them: {sql}")))
}
