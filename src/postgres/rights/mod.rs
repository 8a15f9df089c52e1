//! What the current role may not do on the target. Only catalogs are read.

use std::time::Duration;

use postgres_protocol::escape::escape_literal;
use tokio_postgres::SimpleQueryRow;

use super::inquiry::{Inquiry, NoAnswer};
use super::own_path::{Lasting, by_own_path};
use super::rows::rows;
use crate::impact::{MissingRight, NeededRight, Right, RightOn};

/// What is locked is not waited for.
const LIMITS: &str = "SET LOCAL lock_timeout = '100ms'; SET LOCAL statement_timeout = '5s';";

/// How long the answer may take in all.
const PATIENCE: Duration = Duration::from_secs(6);

/// Which of these rights the role does not have, each with its number in the list. What the target does not have needs none. The
/// session must not be in a transaction.
///
/// # Errors
/// When the server refuses the question, or does not answer in time.
pub async fn missing_rights(
    inquiry: &Inquiry<'_>,
    needed: &[&NeededRight],
) -> Result<Vec<(usize, MissingRight)>, NoAnswer> {
    if needed.is_empty() {
        return Ok(Vec::new());
    }
    let values: Vec<String> = needed.iter().enumerate().map(|(number, one)| value(number, one)).collect();
    let query = include_str!("missing.sql").replace(":needed", &values.join(", "));
    let query = by_own_path(Lasting::ForTheTransaction, &format!("{LIMITS} {query}"));
    let asking = async { Ok(rows(inquiry.session().client(), &query).await?) };
    let found = inquiry.answer(PATIENCE, asking).await?;
    Ok(found.iter().filter_map(|row| missing(needed, row)).collect())
}

fn value(number: usize, needed: &NeededRight) -> String {
    let privilege = match needed.right {
        Right::Drop => "drop",
        right => right.privilege().unwrap_or("own"),
    };
    let (kind, schema, name) = match &needed.on {
        RightOn::Database => ("database", "", ""),
        RightOn::Schema(name) => ("schema", "", name.as_str()),
        RightOn::Relation(schema, name) => ("relation", schema.as_str(), name.as_str()),
        RightOn::Function(name) => ("function", "", name.as_str()),
        RightOn::Type(name) => ("type", "", name.as_str()),
    };
    let (schema, name) = (escape_literal(schema), escape_literal(name));
    format!("({number}, '{privilege}', '{kind}', {schema}, {name})")
}

fn missing(needed: &[&NeededRight], row: &SimpleQueryRow) -> Option<(usize, MissingRight)> {
    let number: usize = row.get("number")?.parse().ok()?;
    let needed = NeededRight::clone(needed.get(number)?);
    let text = |column: &str| row.get(column).map(str::to_owned);
    Some((number, MissingRight { needed, role: text("role")?, owner: text("owner")? }))
}
