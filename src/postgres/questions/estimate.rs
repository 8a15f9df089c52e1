//! How many rows a statement of a file changes, as the target's planner sees it. Nothing runs but the planner.

use std::time::Duration;

use serde_json::Value;
use tokio_postgres::error::SqlState;

use super::json_text::JsonText;
use super::safety::{Guarded, Safety, Use};
use crate::connect::Session;
use crate::impact::{ChangedRows, Relation, TargetStats};
use crate::migration::sql::secrets::is_masked;
use crate::migration::sql::{Cursor, StandardStrings};
use crate::postgres::inquiry::{Inquiry, NoAnswer};
use crate::postgres::sql_error::SqlError;

/// Names are looked up as the file would have them, in the session's own path: it is the file's statement. What is locked is
/// not waited for.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; SET LOCAL lock_timeout = '100ms'; \
     SET LOCAL statement_timeout = '2s'";

/// What a statement does with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    /// It changes or deletes some of those that are there.
    SomeOfThem,
    /// It may make new ones.
    NewOnes,
    /// It reads them.
    Nothing,
}

/// What the planner says of a statement.
#[derive(Debug)]
pub struct Estimate {
    /// How many rows it changes.
    pub changed: ChangedRows,
    /// How many rows it reads, where the planner has said it.
    pub read: Option<u64>,
}

/// A statement whose rows are to be estimated: an INSERT, UPDATE, DELETE, MERGE or a query.
#[derive(Debug, Clone, Copy)]
pub struct Estimated<'a> {
    /// Its text.
    pub text: &'a str,
    /// The tables of the target that it uses, as SQL writes them.
    pub tables: &'a [String],
    /// The one that it changes.
    pub changed: Option<&'a Relation>,
}

/// How many rows a statement changes and reads. `stats` is what is known of the target. The session must not be in a
/// transaction.
pub async fn estimate_rows(
    inquiry: &Inquiry<'_>,
    statement: Estimated<'_>,
    stats: Option<&TargetStats>,
) -> Estimate {
    let unknown = |why: &str| Estimate { changed: ChangedRows::Unknown { why: why.to_owned() }, read: None };
    let Some(does) = does(statement.text) else {
        return unknown("only INSERT, UPDATE, DELETE, MERGE and SELECT are estimated");
    };
    let why = match plan(inquiry, statement).await {
        Ok(plan) => {
            let read = Some(read_rows(&plan, stats));
            match changed_rows(&plan) {
                Some(rows) => return Estimate { changed: ChangedRows::Planned { rows }, read },
                None if does == Does::Nothing => return Estimate { read, ..unknown("it changes none") },
                None => "the planner does not say".to_owned(),
            }
        }
        Err(why) => why,
    };
    let rows =
        statement.changed.and_then(|table| stats?.of(table)?.rows).filter(|_| does == Does::SomeOfThem);
    let changed = match rows {
        Some(rows) => ChangedRows::AtMost { rows, why },
        None => ChangedRows::Unknown { why },
    };
    Estimate { changed, read: None }
}

fn does(statement: &str) -> Option<Does> {
    let mut cursor = Cursor::new(statement.as_bytes(), StandardStrings::On);
    match cursor.take_word()?.as_slice() {
        b"update" | b"delete" => Some(Does::SomeOfThem),
        b"insert" | b"merge" | b"with" => Some(Does::NewOnes),
        b"select" | b"values" => Some(Does::Nothing),
        _ => None,
    }
}

/// The planner's answer, or why it was not asked or did not answer.
async fn plan(inquiry: &Inquiry<'_>, statement: Estimated<'_>) -> Result<Value, String> {
    if is_masked(statement.text) {
        return Err("a secret in the statement is masked".to_owned());
    }
    // A server may not notice that its own time is over.
    match inquiry.answer(PATIENCE, explain(inquiry.session(), statement)).await {
        Ok(Explained::Plan(plan)) => root(&plan).ok_or_else(|| "the planner does not say".to_owned()),
        Ok(Explained::Unsafe(what)) => Err(format!("planning it could run {what}")),
        Err(NoAnswer::Refused(error)) => Err(words(&error)),
        Err(NoAnswer::TooLate(_)) => Err("the planner took too long".to_owned()),
        Err(silent) => Err(silent.to_string()),
    }
}

/// How long the planner may take for a statement in all.
const PATIENCE: Duration = Duration::from_secs(6);

/// What came of the question.
enum Explained {
    Plan(String),
    /// It was not asked: it could have run this.
    Unsafe(String),
}

async fn explain(session: &Session, statement: Estimated<'_>) -> Result<Explained, SqlError> {
    let Estimated { text, tables, .. } = statement;
    let guarded = Guarded { begin: BEGIN, tables, statement: text, to_be: Use::Planned };
    let explained = match guarded.begin(session).await {
        Ok(Safety::Safe) => planned(session, text).await.map(Explained::Plan),
        Ok(Safety::Unsafe(what)) => Ok(Explained::Unsafe(what)),
        Err(error) => Err(error),
    };
    session.client().batch_execute("ROLLBACK").await?;
    explained
}

/// The protocol takes no second statement here, whatever the text holds.
async fn planned(session: &Session, statement: &str) -> Result<String, SqlError> {
    let explain = format!("EXPLAIN (VERBOSE, FORMAT JSON) {statement}");
    let answer = session.client().query_typed(&explain, &[]).await?;
    let plan = answer.first().and_then(|row| row.try_get::<_, JsonText>(0).ok());
    Ok(plan.map(|JsonText(plan)| plan).unwrap_or_default())
}

fn words(error: &SqlError) -> String {
    let class = error.sqlstate.as_deref().and_then(|code| code.get(..2)).unwrap_or_default();
    if error.is(&SqlState::LOCK_NOT_AVAILABLE) {
        return "another session has locked the table".to_owned();
    }
    if error.is(&SqlState::QUERY_CANCELED) {
        return "the planner took too long".to_owned();
    }
    if error.is(&SqlState::INSUFFICIENT_PRIVILEGE) {
        return "this role may not do that on the target".to_owned();
    }
    match class {
        "42" | "3F" => "it names what the target does not have yet".to_owned(),
        _ => format!("the planner refused it: SQLSTATE {}", error.sqlstate.as_deref().unwrap_or("unknown")),
    }
}

/// What feeds the nodes that change tables.
fn changed_rows(plan: &Value) -> Option<u64> {
    let mut changes = Vec::new();
    find_changes(plan, &mut changes);
    if changes.is_empty() { None } else { Some(changes.iter().sum()) }
}

/// The node at the top.
fn root(plan: &str) -> Option<Value> {
    let plan: Value = serde_json::from_str(plan).ok()?;
    plan.get(0)?.get("Plan").cloned()
}

/// How many rows are looked at, or come out where none are looked at. A table that is read as a whole counts with all of its
/// rows, however few of them are wanted.
fn read_rows(plan: &Value, stats: Option<&TargetStats>) -> u64 {
    looked_at(plan, 1.0, stats).max(plan_rows(plan)) as u64
}

fn looked_at(node: &Value, times: f64, stats: Option<&TargetStats>) -> f64 {
    let text = |field: &str| node.get(field).and_then(Value::as_str);
    let whole = || {
        let names = text("Schema").zip(text("Relation Name"));
        let (schema, name) = names.filter(|_| text("Node Type") == Some("Seq Scan"))?;
        Some(stats?.relations.get(schema)?.get(name)?.rows? as f64)
    };
    let own = if text("Relation Name").is_some() && text("Node Type") != Some("ModifyTable") {
        plan_rows(node).max(whole().unwrap_or_default()) * times
    } else {
        0.0
    };
    let inputs = node.get("Plans").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_loop = text("Node Type") == Some("Nested Loop");
    let outer = inputs.first().map_or(1.0, plan_rows).max(1.0);
    let below = inputs.iter().enumerate().map(|(place, input)| {
        let times = if is_loop && place == 1 { times * outer } else { times };
        looked_at(input, times, stats)
    });
    own + below.sum::<f64>()
}

fn plan_rows(node: &Value) -> f64 {
    node.get("Plan Rows").and_then(Value::as_f64).unwrap_or_default()
}

fn find_changes(node: &Value, changes: &mut Vec<u64>) {
    let inputs = node.get("Plans").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if node.get("Node Type").and_then(Value::as_str) == Some("ModifyTable") {
        let feeds = |input: &&Value| {
            matches!(input.get("Parent Relationship").and_then(Value::as_str), Some("Outer" | "Member"))
        };
        let rows = inputs.iter().filter(feeds).filter_map(|input| input.get("Plan Rows")?.as_f64());
        // Never negative, and far below the largest number.
        changes.push(rows.sum::<f64>() as u64);
    }
    for input in inputs {
        find_changes(input, changes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::impact::RelationStats;

    #[test]
    fn only_statements_that_change_rows_are_estimated() {
        assert_eq!(does("-- why\nUPDATE t SET a = 1"), Some(Does::SomeOfThem));
        assert_eq!(does("delete from t"), Some(Does::SomeOfThem));
        assert_eq!(does("INSERT INTO t SELECT 1"), Some(Does::NewOnes));
        assert_eq!(does("WITH x AS (SELECT 1) DELETE FROM t"), Some(Does::NewOnes));
        assert_eq!(does("SELECT f()"), Some(Does::Nothing));
        for other in ["", "ANALYZE UPDATE t", "(ANALYZE) DELETE FROM t", "DO ''", "TRUNCATE t"] {
            assert_eq!(does(other), None, "{other}");
        }
    }

    #[test]
    fn the_rows_that_feed_a_change_are_counted() {
        let plan = r#"[{"Plan": {"Node Type": "ModifyTable", "Plan Rows": 0, "Plans": [
            {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Plan Rows": 42},
            {"Node Type": "ModifyTable", "Parent Relationship": "InitPlan", "Plans": [
                {"Node Type": "Result", "Parent Relationship": "Outer", "Plan Rows": 1}]}]}}]"#;
        assert_eq!(changed_rows(&root(plan).unwrap()), Some(43));
        let query = root(r#"[{"Plan": {"Node Type": "Result", "Plan Rows": 1}}]"#).unwrap();
        assert_eq!(changed_rows(&query), None);
        assert_eq!(root(""), None);
    }

    #[test]
    fn what_is_read_is_counted_however_little_comes_out() {
        let rows = RelationStats { rows: Some(5000), ..RelationStats::default() };
        let relations = [("public".to_owned(), [("t".to_owned(), rows)].into())].into();
        let stats = TargetStats { relations, ..TargetStats::default() };
        let plan = root(
            r#"[{"Plan": {"Node Type": "Aggregate", "Plan Rows": 1, "Plans": [
            {"Node Type": "Nested Loop", "Plan Rows": 30, "Plans": [
                {"Node Type": "Seq Scan", "Schema": "public", "Relation Name": "t", "Plan Rows": 10},
                {"Node Type": "Index Scan", "Schema": "public", "Relation Name": "t", "Plan Rows": 3}]}]}}]"#,
        );
        assert_eq!(read_rows(&plan.unwrap(), Some(&stats)), 5030);
    }
}
