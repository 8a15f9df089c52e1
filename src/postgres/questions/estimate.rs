//! How many rows a statement of a file changes, as the target's planner sees it. Nothing runs but the planner.

use serde_json::Value;
use tokio_postgres::error::SqlState;

use super::json_text::JsonText;
use super::safety::{Safety, safety};
use crate::connect::Session;
use crate::impact::ChangedRows;
use crate::migration::sql::secrets::is_masked;
use crate::migration::sql::{Cursor, StandardStrings};
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
}

/// How many rows this statement changes: an INSERT, UPDATE, DELETE or MERGE. `rows` is how many the changed table has, as far as
/// that is known. The session must not be in a transaction.
pub async fn estimate_rows(session: &Session, statement: &str, rows: Option<u64>) -> ChangedRows {
    let Some(does) = does(statement) else {
        return ChangedRows::Unknown {
            why: "only INSERT, UPDATE, DELETE and MERGE are estimated".to_owned(),
        };
    };
    let why = match plan(session, statement).await {
        Ok(Some(rows)) => return ChangedRows::Planned { rows },
        Ok(None) => "the planner does not say".to_owned(),
        Err(why) => why,
    };
    match rows.filter(|_| does == Does::SomeOfThem) {
        Some(rows) => ChangedRows::AtMost { rows, why },
        None => ChangedRows::Unknown { why },
    }
}

fn does(statement: &str) -> Option<Does> {
    let mut cursor = Cursor::new(statement.as_bytes(), StandardStrings::On);
    match cursor.take_word()?.as_slice() {
        b"update" | b"delete" => Some(Does::SomeOfThem),
        b"insert" | b"merge" | b"with" => Some(Does::NewOnes),
        _ => None,
    }
}

/// The planner's answer, or why it was not asked or did not answer.
async fn plan(session: &Session, statement: &str) -> Result<Option<u64>, String> {
    if is_masked(statement) {
        return Err("a secret in the statement is masked".to_owned());
    }
    match safety(session, statement).await {
        Ok(Safety::Safe) => {}
        Ok(Safety::Unsafe(what)) => return Err(format!("planning it could run {what}")),
        Err(error) => return Err(error.to_string()),
    }
    match explain(session, statement).await {
        Ok(plan) => Ok(changed_rows(&plan)),
        Err(error) => Err(words(&error)),
    }
}

/// The protocol takes no second statement here, whatever the text holds.
async fn explain(session: &Session, statement: &str) -> Result<String, SqlError> {
    let client = session.client();
    client.batch_execute(BEGIN).await?;
    let answer = client.query_typed(&format!("EXPLAIN (FORMAT JSON) {statement}"), &[]).await;
    let end = client.batch_execute("ROLLBACK").await;
    let plan = answer?.first().and_then(|row| row.try_get::<_, JsonText>(0).ok());
    end?;
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
fn changed_rows(plan: &str) -> Option<u64> {
    let plan: Value = serde_json::from_str(plan).ok()?;
    let mut changes = Vec::new();
    find_changes(plan.get(0)?.get("Plan")?, &mut changes);
    if changes.is_empty() { None } else { Some(changes.iter().sum()) }
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

    #[test]
    fn only_statements_that_change_rows_are_estimated() {
        assert_eq!(does("-- why\nUPDATE t SET a = 1"), Some(Does::SomeOfThem));
        assert_eq!(does("delete from t"), Some(Does::SomeOfThem));
        assert_eq!(does("INSERT INTO t SELECT 1"), Some(Does::NewOnes));
        assert_eq!(does("WITH x AS (SELECT 1) DELETE FROM t"), Some(Does::NewOnes));
        for other in ["", "SELECT f()", "ANALYZE UPDATE t", "(ANALYZE) DELETE FROM t", "DO ''", "TRUNCATE t"]
        {
            assert_eq!(does(other), None, "{other}");
        }
    }

    #[test]
    fn the_rows_that_feed_a_change_are_counted() {
        let plan = r#"[{"Plan": {"Node Type": "ModifyTable", "Plan Rows": 0, "Plans": [
            {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Plan Rows": 42},
            {"Node Type": "ModifyTable", "Parent Relationship": "InitPlan", "Plans": [
                {"Node Type": "Result", "Parent Relationship": "Outer", "Plan Rows": 1}]}]}}]"#;
        assert_eq!(changed_rows(plan), Some(43));
        assert_eq!(changed_rows(r#"[{"Plan": {"Node Type": "Result", "Plan Rows": 1}}]"#), None);
        assert_eq!(changed_rows(""), None);
    }
}
