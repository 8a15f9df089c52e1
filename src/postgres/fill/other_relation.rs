//! What is called as somebody has called a table, where there is no such table to fill.

use postgres_protocol::escape::escape_literal;

use super::ask_once;
use crate::connect::Session;
use crate::fill::{FillTable, OtherRelation};
use crate::postgres::citus::Citus;
use crate::postgres::sql_error::SqlError;

/// What has this name, whose parts are a schema and a name, or a name alone. These are the tables that can be filled.
///
/// # Errors
/// What the server said.
pub async fn other_relation(
    session: &Session,
    citus: Citus,
    name: &[String],
    tables: &[FillTable],
) -> Result<Option<OtherRelation>, SqlError> {
    let (schema, name) = match name {
        [name] => (None, name),
        [schema, name] => (Some(schema), name),
        _ => return Ok(None),
    };
    let literal = |text: &String| escape_literal(text).trim_start().to_owned();
    let question = include_str!("sql/other_relation.sql")
        .replace("$NAME", &literal(name))
        .replace("$SCHEMA", &schema.map_or("NULL".to_owned(), literal));
    let answer = ask_once(session, citus, question.trim_end().trim_end_matches(';')).await?;
    let Some(row) = answer.first() else { return Ok(None) };
    let shown = |sql: &str| {
        let table = tables.iter().find(|table| table.sql == sql);
        table.map_or_else(|| sql.to_owned(), FillTable::shown)
    };
    Ok(Some(match (row.get("partition_of"), row.get("kind")) {
        (Some(table), _) => OtherRelation::PartitionOf(shown(table)),
        (None, Some("v")) => OtherRelation::View,
        (None, Some("m")) => OtherRelation::MaterializedView,
        (None, Some("f")) => OtherRelation::ForeignTable,
        (None, Some("S")) => OtherRelation::Sequence,
        _ if row.get("is_temporary") == Some("t") => OtherRelation::TemporaryTable,
        _ => OtherRelation::TableOfPmdb,
    }))
}
