//! Whether the planner may be asked about a statement. It computes functions that call themselves immutable or stable, whatever
//! they really do, and asks the server of a foreign table.

use std::collections::BTreeSet;

use postgres_protocol::escape::escape_literal;

use crate::connect::Session;
use crate::migration::sql::{Lexer, StandardStrings, TokenKind};
use crate::postgres::own_path::{Lasting, by_own_path};
use crate::postgres::rows::rows;
use crate::postgres::sql_error::SqlError;

/// Whether planning a statement runs the server's own code alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Safety {
    Safe,
    /// What else it could run, in words.
    Unsafe(String),
}

/// The server's own functions that call themselves stable, and that give the transaction a number, which is written down, or run
/// queries.
const NOT_FOR_THE_PLANNER: [&str; 10] = [
    // They read a value of a type that a string names.
    "pg_input_is_valid",
    "pg_input_error_info",
    "txid_current",
    "pg_current_xact_id",
    "table_to_xml",
    "table_to_xml_and_xmlschema",
    "schema_to_xml",
    "schema_to_xml_and_xmlschema",
    "database_to_xml",
    "database_to_xml_and_xmlschema",
];

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = '100ms'; \
     SET LOCAL statement_timeout = '2s'; SET LOCAL jit = off;";

/// What is going to be done with a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It is planned only: functions that call themselves volatile do not run.
    Planned,
    /// It is a question about tables, and runs. Functions of the current role, or of a superuser, may do so: they have no rights
    /// by it that they had not before.
    Asked,
}

/// Looks at all names in the statement, whatever each of them means there.
pub(super) async fn safety(session: &Session, statement: &str, to_be: Use) -> Result<Safety, SqlError> {
    let Some(names) = names(statement) else {
        return Ok(Safety::Unsafe("what has a name that cannot be read".to_owned()));
    };
    if let Some(name) = NOT_FOR_THE_PLANNER.iter().find(|name| names.contains(**name)) {
        return Ok(Safety::Unsafe(format!("the function {name}")));
    }
    let names: Vec<String> = names.iter().map(|name| escape_literal(name)).collect();
    let query = include_str!("sql/reached.sql").replace(":names", &names.join(", "));
    let query = query.replace(":asked", if to_be == Use::Asked { "true" } else { "false" });
    let query = by_own_path(Lasting::ForTheTransaction, &query);
    let answer = rows(session.client(), &format!("{BEGIN} {query}")).await;
    let end = session.client().batch_execute("ROLLBACK").await;
    let answer = answer?;
    end?;
    match answer.first().and_then(|row| row.get(0)) {
        Some(what) => Ok(Safety::Unsafe(what.to_owned())),
        None => Ok(Safety::Safe),
    }
}

/// Everything that may be a name, as the server keeps it. `None` where one has Unicode escapes.
fn names(statement: &str) -> Option<BTreeSet<String>> {
    let bytes = statement.as_bytes();
    let mut names = BTreeSet::new();
    for token in Lexer::new(bytes, 0, bytes.len(), StandardStrings::On) {
        let text = statement.get(token.span)?;
        match token.kind {
            TokenKind::Word => {
                // The server folds ASCII letters, and others only where each is a single byte.
                names.insert(text.to_ascii_lowercase());
                names.insert(text.to_lowercase());
            }
            TokenKind::QuotedIdentifier => {
                let inside = text.strip_prefix('"')?.strip_suffix('"')?;
                names.insert(inside.replace("\"\"", "\""));
            }
            _ => {}
        }
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_statement_is_looked_at() {
        let found = names("UPDATE a.\"B\"\"c\" SET d = F('x') -- g").unwrap();
        assert_eq!(found, ["a", "B\"c", "d", "f", "set", "update"].map(str::to_owned).into());
        assert_eq!(names(r#"UPDATE U&"d\0061" SET a = 1"#), None);
    }
}
