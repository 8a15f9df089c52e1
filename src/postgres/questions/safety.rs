//! Whether the planner may be asked about a statement. It computes functions that call themselves immutable or stable, whatever
//! they really do, and asks the server of a foreign table.

use std::collections::BTreeSet;

use postgres_protocol::escape::escape_literal;
use tokio_postgres::error::SqlState;

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
const NOT_FOR_THE_PLANNER: [&str; 8] = [
    "txid_current",
    "pg_current_xact_id",
    "table_to_xml",
    "table_to_xml_and_xmlschema",
    "schema_to_xml",
    "schema_to_xml_and_xmlschema",
    "database_to_xml",
    "database_to_xml_and_xmlschema",
];

/// They read a value of a type that a string names. In a question, what strings name is looked at, too.
const READ_A_STRING: [&str; 2] = ["pg_input_is_valid", "pg_input_error_info"];

/// What is going to be done with a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It is planned only: functions that call themselves volatile do not run.
    Planned,
    /// It is a question about tables, and runs. Functions of the current role, or of a superuser, may do so: they have no rights
    /// by it that they had not before.
    Asked,
}

/// A transaction for a statement: where it turns out safe, it stays so until the transaction ends, as far as its tables matter.
pub(super) struct Guarded<'a> {
    /// The statements that begin it, with its limits.
    pub begin: &'a str,
    /// The tables that the statement names, as SQL writes them.
    pub tables: &'a [String],
    /// The statement that is to run in it.
    pub statement: &'a str,
    /// How.
    pub to_be: Use,
}

impl Guarded<'_> {
    /// Begins the transaction and looks at all names in the statement, whatever each of them means there.
    ///
    /// What the owner of a table may put into it after that look would run all the same. So the tables are locked first, as the
    /// statement will lock them: their owners stay the same. Where one of these is a stranger, the tables are locked against
    /// changes of their definition, which neither readers nor writers mind, and looked at again.
    pub async fn begin(&self, session: &Session) -> Result<Safety, SqlError> {
        let Some(mut names) = names(self.statement) else {
            return Ok(Safety::Unsafe("what has a name that cannot be read".to_owned()));
        };
        let read_a_string = READ_A_STRING.iter().filter(|_| self.to_be == Use::Planned);
        let mut refused = NOT_FOR_THE_PLANNER.iter().chain(read_a_string);
        if let Some(name) = refused.find(|name| names.contains(**name)) {
            return Ok(Safety::Unsafe(format!("the function {name}")));
        }
        if self.to_be == Use::Asked {
            names.extend(names_in_strings(self.statement));
        }
        let look = look(&names, self.to_be);
        let first = format!("{}; {} {look}", self.begin, self.lock("ACCESS SHARE"));
        let found = reached(session, &first).await?;
        if found.safety != Safety::Safe || !found.has_strangers {
            return Ok(found.safety);
        }
        let again = format!("{} {look}", self.lock("SHARE UPDATE EXCLUSIVE"));
        match reached(session, &again).await {
            Ok(found) => Ok(found.safety),
            Err(error) if is_withheld(&error) => Ok(Safety::Unsafe(
                "what the owner of the table may put there meanwhile, since this role may not lock it"
                    .to_owned(),
            )),
            Err(error) => Err(error),
        }
    }

    fn lock(&self, mode: &str) -> String {
        let locks = self.tables.iter().map(|table| format!("LOCK TABLE {table} IN {mode} MODE;"));
        locks.collect()
    }
}

/// What a look has found.
struct Reached {
    safety: Safety,
    /// Whether a table that is locked belongs to somebody with rights of his own.
    has_strangers: bool,
}

/// The settings of the look are gone after it.
fn look(names: &BTreeSet<String>, to_be: Use) -> String {
    let names: Vec<String> = names.iter().map(|name| escape_literal(name)).collect();
    let query = include_str!("sql/reached.sql").replace(":names", &names.join(", "));
    let query = query.replace(":asked", if to_be == Use::Asked { "true" } else { "false" });
    let query = by_own_path(Lasting::ForTheTransaction, &query);
    format!(
        "SAVEPOINT look; SET LOCAL statement_timeout = '2s'; SET LOCAL jit = off; {query} ROLLBACK TO look;"
    )
}

async fn reached(session: &Session, sql: &str) -> Result<Reached, SqlError> {
    let answer = rows(session.client(), sql).await?;
    let row = answer.first();
    let safety = match row.and_then(|row| row.get(0)) {
        Some(what) => Safety::Unsafe(what.to_owned()),
        None => Safety::Safe,
    };
    Ok(Reached { safety, has_strangers: row.and_then(|row| row.get(1)) != Some("f") })
}

/// Whether a role that may only read, or a standby, is refused the lock.
fn is_withheld(error: &SqlError) -> bool {
    error.is(&SqlState::INSUFFICIENT_PRIVILEGE) || error.is(&SqlState::READ_ONLY_SQL_TRANSACTION)
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

/// What may be a name in a string.
fn names_in_strings(statement: &str) -> BTreeSet<String> {
    let bytes = statement.as_bytes();
    let strings = Lexer::new(bytes, 0, bytes.len(), StandardStrings::On)
        .filter(|token| matches!(token.kind, TokenKind::String | TokenKind::DollarBody))
        .filter_map(|token| statement.get(token.span));
    let mut names = BTreeSet::new();
    for string in strings {
        for word in string.split(|c: char| !c.is_alphanumeric() && c != '_') {
            names.extend([word.to_owned(), word.to_lowercase()]);
        }
        names.extend(string.split('"').map(str::to_owned));
    }
    names
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
