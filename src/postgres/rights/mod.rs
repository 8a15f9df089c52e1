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
    // Since 16, being a member is not enough for taking a role; since 17, there is a privilege for what keeps a table in order.
    let version = inquiry.session().server_version();
    let maintain = if version >= 17 { "has_table_privilege(things.oid, 'MAINTAIN')" } else { "false" };
    let lock =
        if version >= 17 { "'UPDATE, DELETE, TRUNCATE, MAINTAIN'" } else { "'UPDATE, DELETE, TRUNCATE'" };
    let any = if version >= 17 { "MAINTAIN, " } else { "" };
    let any = format!("'{any}SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER'");
    let query = include_str!("missing.sql")
        .replace(":member", if version >= 16 { "'SET'" } else { "'MEMBER'" })
        .replace(":defaults", if version >= 16 { "'USAGE'" } else { "'MEMBER'" })
        .replace(":any", &any)
        .replace(":maintain", maintain)
        .replace(":lock", lock)
        .replace(":needed", &values.join(", "));
    let query = by_own_path(Lasting::ForTheTransaction, &format!("{LIMITS} {query}"));
    let asking = async { Ok(rows(inquiry.session().client(), &query).await?) };
    let found = inquiry.answer(PATIENCE, asking).await?;
    Ok(found.iter().filter_map(|row| missing(needed, row)).collect())
}

fn value(number: usize, needed: &NeededRight) -> String {
    let privilege = needed.right.privilege().unwrap_or_else(|| word(needed.right));
    let (kind, schema, name) = match &needed.on {
        RightOn::Database => ("database", "", ""),
        RightOn::Schema(name) => ("schema", "", name.as_str()),
        RightOn::NewSchema(name) => ("new schema", "", name.as_str()),
        RightOn::NewRelation(schema, name) => ("new relation", schema.as_str(), name.as_str()),
        RightOn::Relation(schema, name) => ("relation", schema.as_str(), name.as_str()),
        RightOn::Function(name) => ("function", "", name.as_str()),
        RightOn::Type(name) => ("type", "", name.as_str()),
        RightOn::Role(name) => ("role", "", name.as_str()),
        RightOn::Language(name) => ("language", "", name.as_str()),
    };
    let (schema, name) = (escape_literal(schema), escape_literal(name));
    let columns: Vec<String> = needed.columns.iter().map(|column| escape_literal(column)).collect();
    let columns = format!("ARRAY[{}]::name[]", columns.join(", "));
    let new_owner = escape_literal(needed.new_owner.as_deref().unwrap_or_default());
    format!("({number}, '{privilege}', '{kind}', {schema}, {name}, {columns}, {new_owner})")
}

/// What the query calls a right that is no privilege.
fn word(right: Right) -> &'static str {
    match right {
        Right::Drop => "drop",
        Right::Lock => "lock",
        Right::Maintain => "maintain",
        Right::GiveAway => "give away",
        Right::TakeOver => "take over",
        Right::ChangeDefaults => "change defaults",
        Right::Grant => "grant",
        Right::TakeRole => "take role",
        Right::BecomeUser => "become user",
        Right::UseLanguage => "use language",
        Right::BeSuperuser => "be superuser",
        _ => "own",
    }
}

fn missing(needed: &[&NeededRight], row: &SimpleQueryRow) -> Option<(usize, MissingRight)> {
    let number: usize = row.get("number")?.parse().ok()?;
    let needed = NeededRight::clone(needed.get(number)?);
    let text = |column: &str| row.get(column).map(str::to_owned);
    // Which role a session may take is decided by who has logged in.
    let is_of_login = matches!(needed.right, Right::TakeRole | Right::BecomeUser);
    let role = text(if is_of_login { "login" } else { "role" })?;
    Some((number, MissingRight { needed, role, owner: text("owner")? }))
}
