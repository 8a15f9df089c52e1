//! What failed on the scratch database already.

use super::{About, Class, Rule};
use crate::impact::finding::Finding;
use crate::impact::look::Look;

pub(super) const FAILS_IN_TRIAL: About = About {
    id: "fails-in-trial",
    class: Class::Fails,
    title: "a statement that fails on a database of the same schema",
    text: "\
The file was run on a scratch database that has the schema which the applied migrations make, and no rows but theirs, and the \
server refused a statement. (Where the target is not what its migrations make, a note says so.) On the target it will refuse it, \
too, unless it is rows that the statement misses: a row that refers to another one, or a check of \
the file's own (an error of the classes 23 and P0). What comes after it was not looked at.",
    given: "",
    breaks: "ALTER TABLE orders ADD COLUMN note text;",
    safe: "\
-- migrate:up
CREATE TABLE orders (id bigint PRIMARY KEY);
ALTER TABLE orders ADD COLUMN note text;",
};

pub(super) fn find(look: &Look<'_>) -> Option<Finding> {
    let failure = look.case.trace.failure.as_ref()?;
    let path = look.case.trace.path.display().to_string();
    let needs_rows =
        failure.code.as_deref().is_some_and(|code| code.starts_with("23") || code.starts_with("P0"));
    let fails =
        if needs_rows { "fails on empty tables, and may not with the rows of the target" } else { "fails" };
    let what = format!("line {} {fails}: {}", failure.location.line, failure.message);
    let finding = look.finding(Rule::FailsInTrial, None, path, what);
    Some(Finding { location: Some(failure.location), ..finding })
}
