//! What failed on the scratch database already.

use super::{Class, PlanRule, PlanRuleText};
use crate::impact::finding::Finding;
use crate::impact::look::HalfView;
use crate::impact::trace::NeedyBackfill;

pub(super) const FAILS_IN_TRIAL: PlanRuleText = PlanRuleText {
    id: "fails-in-trial",
    class: Class::Fails,
    title: "a statement that fails on a database of the same schema",
    text: "\
The file was run on a scratch database that has the schema which the applied migrations make, and no rows but theirs, and the \
server refused a statement. (Where the target is not what its migrations make, a note says so.) On the target it will refuse it, \
too. So it is with a file after which a deferred backfill that is not done could not do its work: `pmdb up` stops it. What comes \
after it was not looked at.",
    given: "",
    breaks: "ALTER TABLE orders ADD COLUMN note text;",
    safe: "\
-- migrate:up
CREATE TABLE orders (id bigint PRIMARY KEY);
ALTER TABLE orders ADD COLUMN note text;",
};

pub(super) const TRIAL_NEEDS_ROWS: PlanRuleText = PlanRuleText {
    id: "trial-needs-rows",
    class: Class::Careless,
    title: "a statement that needs rows which the scratch database has not",
    text: "\
The file was tried on a database with the schema of the target and without its rows, and a statement missed some: a row that refers \
to another one, or a check of the file's own (an error of the classes 02, 23 and P0, or one about an empty value). With the rows of the target it may go well, or not: \
pmdb cannot tell, and has not looked at what comes after it. Rows that a file relies on are best inserted by an earlier migration.",
    given: "\
CREATE TABLE roles (name text PRIMARY KEY);
CREATE TABLE users (name text, role text REFERENCES roles);
INSERT INTO roles VALUES ('admin');",
    breaks: "INSERT INTO users VALUES ('root', 'admin');",
    safe: "\
-- migrate:up
INSERT INTO roles VALUES ('admin') ON CONFLICT DO NOTHING;
INSERT INTO users VALUES ('root', 'admin');",
};

pub(super) fn find(look: &HalfView<'_>) -> Option<Finding> {
    refused_statement(look).or_else(|| needy_backfill(look))
}

fn needy_backfill(look: &HalfView<'_>) -> Option<Finding> {
    let NeedyBackfill { version, name, why } = look.case.trace.needed_by.as_ref()?;
    let what = format!(
        "`pmdb up` stops this file: {version} {name}, a deferred backfill that is not done, could not do its work after it: {why}; \
         run the backfill first with `pmdb up --backfills`, or let the file wait for it: `-- migrate:up requires:{version}`"
    );
    Some(look.finding(PlanRule::FailsInTrial, None, look.case.trace.path.display().to_string(), what))
}

fn refused_statement(look: &HalfView<'_>) -> Option<Finding> {
    let failure = look.case.trace.failure.as_ref()?;
    let path = look.case.trace.path.display().to_string();
    let code = failure.code.as_deref().unwrap_or_default();
    let detail = failure.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
    let (line, said) = (failure.location.line, format!("{}{detail}", failure.message));
    // A loop over tables that are empty there puts together nothing, and divides by no row.
    let is_of_nothing = ["22004", "22012"].contains(&code) || code.starts_with("02");
    let (rule, what) = if code.starts_with("23") || code.starts_with("P0") || is_of_nothing {
        let what = format!("line {line} fails without the rows of the target, and may not with them: {said}");
        (PlanRule::TrialNeedsRows, what)
    } else {
        (PlanRule::FailsInTrial, format!("line {line} fails: {said}"))
    };
    let finding = look.finding(rule, None, path, what);
    Some(Finding { location: Some(failure.location), ..finding })
}
