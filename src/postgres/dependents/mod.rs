//! What on the target needs the things that pending files take away. Only catalogs are read.

use std::time::Duration;

use postgres_protocol::escape::escape_literal;
use tokio_postgres::SimpleQueryRow;

use super::inquiry::{Inquiry, NoAnswer};
use super::own_path::{Lasting, by_own_path};
use super::rows::rows;
use crate::catalog::{Identity, Kind};
use crate::impact::FoundDependent;

/// What is locked is not waited for.
const LIMITS: &str = "SET LOCAL lock_timeout = '100ms'; SET LOCAL statement_timeout = '5s';";

/// How long the answer may take in all.
const PATIENCE: Duration = Duration::from_secs(6);

/// What needs each of these, by its number in the list. The session must not be in a transaction.
///
/// # Errors
/// When the server refuses the question, or does not answer in time.
pub async fn dependents(
    inquiry: &Inquiry<'_>,
    things: &[Identity],
) -> Result<Vec<(usize, FoundDependent)>, NoAnswer> {
    let values: Vec<String> =
        things.iter().enumerate().filter_map(|(number, thing)| value(number, thing)).collect();
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let query = include_str!("sql/dependents.sql").replace(":things", &values.join(", "));
    let query = by_own_path(Lasting::ForTheTransaction, &format!("{LIMITS} {query}"));
    let asking = async { Ok(rows(inquiry.session().client(), &query).await?) };
    let found = inquiry.answer(PATIENCE, asking).await?;
    Ok(found.iter().filter_map(dependent).collect())
}

fn value(number: usize, thing: &Identity) -> Option<String> {
    let kind = match thing.kind {
        Kind::Table | Kind::View | Kind::MaterializedView | Kind::Sequence | Kind::ForeignTable => "relation",
        Kind::Column => "column",
        Kind::Constraint => "constraint",
        Kind::Function | Kind::Procedure | Kind::Aggregate => "function",
        Kind::Enum | Kind::Domain | Kind::CompositeType | Kind::Range | Kind::BaseType => "type",
        Kind::Extension
        | Kind::Collation
        | Kind::AccessMethod
        | Kind::Operator
        | Kind::OperatorClass
        | Kind::TextSearchConfiguration
        | Kind::TextSearchDictionary
        | Kind::ForeignServer
        | Kind::ForeignDataWrapper => thing.kind.word(),
        _ => return None,
    };
    let of = escape_literal(thing.of.as_deref().unwrap_or_default());
    let name = escape_literal(&thing.name);
    Some(format!("({number}, '{kind}', {of}, {name})"))
}

fn dependent(row: &SimpleQueryRow) -> Option<(usize, FoundDependent)> {
    let kind = Kind::from_word(row.get("kind")?)?;
    let object = Identity { kind, of: row.get("of").map(str::to_owned), name: row.get("name")?.to_owned() };
    Some((row.get("number")?.parse().ok()?, FoundDependent { object, stays: row.get("stays") == Some("t") }))
}
