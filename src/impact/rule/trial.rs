//! What failed on the scratch database already.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Identity, Kind, Object};
use crate::impact::StatementTrace;
use crate::impact::by_hand::schema_of_path;
use crate::impact::code::{has_branches, is_code, names_function};
use crate::impact::finding::Finding;
use crate::impact::look::HalfView;
use crate::impact::names::{bare, begins, mentions, says};
use crate::impact::sequence_settings::settings;
use crate::impact::trace::{NeedyBackfill, TraceFailure};

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
to another one, or a check of the file's own (an error of the classes 02, 23 and P0, or one about a value). With the rows of the target it may go well, or not: \
pmdb cannot tell, and has not looked at what comes after it. So it is with code that reads or changes rows, reads a sequence or calls a function, with what \
comes after such code, and with something that was made there by hand. Rows that a file relies on are best inserted by an earlier migration.",
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
    let misses_rows = code.starts_with("23") || code.starts_with("P0") || is_of_nothing;
    let (rule, what) = if let Some(made) = made_by_hand(look, failure) {
        let what = format!(
            "line {line} fails without the {made}, which the target has and no migration has made, and may not with it: {said}"
        );
        (PlanRule::TrialNeedsRows, what)
    } else if is_of_sequence(look, failure) {
        let what = format!(
            "line {line} fails where the sequence is at its start, and may not with the value that it has on the target: {said}"
        );
        (PlanRule::TrialNeedsRows, what)
    } else if misses_rows || depends_on_rows(look, failure, code) {
        let what = format!("line {line} fails without the rows of the target, and may not with them: {said}");
        (PlanRule::TrialNeedsRows, what)
    } else {
        (PlanRule::FailsInTrial, format!("line {line} fails: {said}"))
    };
    let finding = look.finding(rule, None, path, what);
    Some(Finding { location: Some(failure.location), ..finding })
}

/// Whether a sequence may not have its value any more, which the statement does not give: "RESTART value (1) cannot be less than MINVALUE".
fn is_of_sequence(look: &HalfView<'_>, failure: &TraceFailure) -> bool {
    let earlier = look.earlier().iter().flat_map(|case| &case.trace.statements);
    let mut run = earlier.chain(look.statements().map(|(_, statement)| statement));
    failure.code.as_deref() == Some("22023")
        && is_at_start(look, failure)
        && settings(&failure.statement).is_empty()
        // What a file has set, the target has then, too.
        && run.all(|statement| settings(&statement.text).is_empty())
}

/// Whether the value that the server refuses is the first one of the sequence. Any other one the migrations have brought it to, on the
/// target as here.
fn is_at_start(look: &HalfView<'_>, failure: &TraceFailure) -> bool {
    let value = failure.message.split_once("RESTART value (").and_then(|(_, rest)| rest.split(')').next());
    let Some(value) = value else { return false };
    let sequences = look.case.before.objects.iter().filter(|(one, _)| one.kind == Kind::Sequence);
    let mut named = sequences.filter(|(one, _)| mentions(&failure.statement, &one.name)).peekable();
    // Where the statement names its column, the sequence is not looked for.
    named.peek().is_none() || named.any(|(_, sequence)| sequence.get("start") == Some(value))
}

/// What the server has not found, if the target has it; or a schema there that names may be found in instead.
fn made_by_hand<'a>(look: &HalfView<'a>, failure: &TraceFailure) -> Option<&'a Identity> {
    const NOT_THERE: [&str; 5] = ["3F000", "42703", "42704", "42883", "42P01"];
    let is_not_there = failure.code.as_deref().is_some_and(|code| NOT_THERE.contains(&code));
    let is_missed = |identity: &&Identity| {
        mentions(&failure.message, &bare(identity.name.split('(').next().unwrap_or_default()))
    };
    // An extension brings along types, functions and operators of other names.
    let is_of_extension = failure.code.as_deref().is_some_and(|code| ["42704", "42883"].contains(&code));
    let by_hand = || look.case.only_on_target.objects.keys().map(AsRef::as_ref).filter(|_| is_not_there);
    let extension = || by_hand().find(|identity| is_of_extension && identity.kind == Kind::Extension);
    let is_of_names = failure
        .code
        .as_deref()
        .is_some_and(|code| code.starts_with("3F") || code.starts_with("42") && code != "42601");
    let of_path =
        || schema_of_path(look.case.only_on_target, look.case.trace, usize::MAX).filter(|_| is_of_names);
    by_hand().find(is_missed).or_else(extension).or_else(of_path).or_else(|| key_by_hand(look, failure))
}

/// A unique key or an identity that the server misses, where the target has one that was made by hand.
fn key_by_hand<'a>(look: &HalfView<'a>, failure: &TraceFailure) -> Option<&'a Identity> {
    let is_missing = match failure.code.as_deref() {
        // invalid_column_reference (ON CONFLICT), invalid_foreign_key
        Some("42P10" | "42830") => |object: &Object| object.get("unique").is_some(),
        // object_not_in_prerequisite_state
        Some("55000") => |object: &Object| object.get("identity").is_some(),
        _ => return None,
    };
    let is_meant = |identity: &Identity| {
        let table = identity.of.as_deref().map(bare);
        table.is_some_and(|table| mentions(&failure.statement, &table)) || runs_code(look, &failure.statement)
    };
    let drifted = look.case.only_on_target.objects.iter().chain(&look.case.target_now.objects);
    let mut drifted = drifted.filter(|(identity, object)| {
        let known = look.target.objects.get(*identity);
        is_missing(object) && !known.is_some_and(|known| is_missing(known)) && is_meant(identity)
    });
    drifted.next().map(|(identity, _)| identity.as_ref())
}

/// Whether a statement may fail for want of the target's rows, or after other statements that did something else for want of them.
fn depends_on_rows(look: &HalfView<'_>, failure: &TraceFailure, code: &str) -> bool {
    let own = &failure.statement;
    let itself = if runs_code(look, own) {
        depends_on_what_it_finds(look, own)
    } else {
        is_of_values(failure, code) && reads_relation(look, own)
    };
    let is_pending_event = code == "55006";
    let goes_another_way = |one: &StatementTrace| {
        let text = &one.text;
        let chooses = has_branches(one) || mentions(text, "EXECUTE") || !begins(text, "DO");
        runs_code(look, text) && chooses && depends_on_what_it_finds(look, text)
            || begins(text, "SELECT") && mentions(text, "set_config") && reads_relation(look, text)
            || is_pending_event && begins(text, "INSERT") && says(text, "ON CONFLICT")
    };
    itself || look.statements().any(|(_, one)| goes_another_way(one))
}

/// Whether an error of what is no code may be one about values: of an expression, or of a name that is a value (`v::regclass`).
fn is_of_values(failure: &TraceFailure, code: &str) -> bool {
    const OF_NAMES: [&str; 8] = ["3F000", "42601", "42602", "42703", "42704", "42725", "42883", "42P01"];
    const OF_ROWS: [&str; 6] = ["SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE"];
    let is_of_rows = || OF_ROWS.iter().any(|word| begins(&failure.statement, word));
    code.starts_with("22") || OF_NAMES.contains(&code) && !failure.points_to_word && is_of_rows()
}

fn runs_code(look: &HalfView<'_>, text: &str) -> bool {
    is_code([look.case.before, look.case.after], text)
}

/// Whether code may do something else with the rows and the sequences of the target. What a function reads that is only called does
/// not show.
fn depends_on_what_it_finds(look: &HalfView<'_>, text: &str) -> bool {
    const READING: [&str; 9] =
        ["FROM", "JOIN", "UPDATE", "MERGE", "RETURNING", "CONFLICT", "nextval", "currval", "lastval"];
    !begins(text, "DO")
        || READING.iter().any(|word| mentions(text, word))
        || mentions(text, "CALL")
        || names_function([look.case.before, look.case.after], text)
}

/// Whether what is no code reads rows or a sequence of the target.
fn reads_relation(look: &HalfView<'_>, text: &str) -> bool {
    let kinds = [Kind::Table, Kind::ForeignTable, Kind::View, Kind::MaterializedView, Kind::Sequence];
    let mut relations = look.case.before.objects.keys().filter(|identity| kinds.contains(&identity.kind));
    let reads = mentions(text, "SELECT") && ["FROM", "JOIN"].iter().any(|word| mentions(text, word));
    reads && relations.any(|relation| mentions(text, &bare(&relation.name)))
}
