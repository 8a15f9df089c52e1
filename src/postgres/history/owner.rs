//! Whose the history table is. Its owner decides what a statement on it runs: triggers, defaults, rules, the query of a
//! view, the expressions of an index. All of that runs as the role that reads or writes the table, a superuser perhaps. So
//! it has to belong to somebody who could make the same happen in other ways.
//!
//! Others may hang something on it too, if its owner has granted them all rights: a trigger, or a foreign key with what it
//! does on DELETE.

use std::fmt;

use tokio_postgres::SimpleQueryRow;
use tokio_postgres::error::SqlState;

use super::{Asking, HistoryTable};
use crate::postgres::rows::rows;
use crate::postgres::sql_error::SqlError;

/// What a role that is not trusted has to do with the history table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    /// The role, if it is known.
    pub role: Option<String>,
    /// What is its.
    pub what: StrangersPart,
}

/// What of the history table is a stranger's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StrangersPart {
    /// The table itself.
    Table,
    /// The function of this trigger, or, where it has a condition, perhaps that.
    Trigger(String),
    /// This table, which refers to it.
    Reference(String),
}

impl HistoryTable {
    /// Statements that keep the table what it is to the end of the transaction, and fail (division by zero) where a stranger
    /// has a hand in it. They stand before the first one that names the table otherwise: planning a query runs code of its
    /// owner's, too. They give back no row.
    pub(super) fn trusted(&self) -> String {
        // The server knows the length of a name only when it runs this.
        let refuse = "SELECT 1 OPERATOR(pg_catalog./) (0 OPERATOR(pg_catalog.*) pg_catalog.length(stranger.name::pg_catalog.text)) AS refused";
        format!(
            "LOCK TABLE {} IN ACCESS SHARE MODE; {refuse} FROM ({}) AS stranger; ",
            self.sql(),
            self.strangers()
        )
    }

    /// A query for the strangers. A superuser counts as a member of every role, which is no reason to trust them all.
    fn strangers(&self) -> String {
        let table = format!("{}::pg_catalog.regclass::pg_catalog.oid", self.literal());
        format!(
            "SELECT part.what, part.name, owner.rolname AS role FROM (\
             SELECT 'table' AS what, c.relname AS name, c.relowner AS owner FROM pg_catalog.pg_class c \
             WHERE c.oid OPERATOR(pg_catalog.=) {table} \
             UNION ALL SELECT 'trigger', g.tgname, CASE WHEN g.tgqual IS NULL THEN p.proowner END \
             FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) g.tgfoid \
             WHERE g.tgrelid OPERATOR(pg_catalog.=) {table} AND NOT g.tgisinternal \
             AND g.tgenabled OPERATOR(pg_catalog.<>) 'D'::pg_catalog.\"char\" \
             UNION ALL SELECT 'reference', r.relname, r.relowner \
             FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class r ON r.oid OPERATOR(pg_catalog.=) g.tgconstrrelid \
             WHERE g.tgrelid OPERATOR(pg_catalog.=) {table} AND g.tgisinternal) AS part \
             LEFT JOIN pg_catalog.pg_roles owner ON owner.oid OPERATOR(pg_catalog.=) part.owner \
             WHERE NOT coalesce(owner.rolsuper OR owner.rolname OPERATOR(pg_catalog.=) current_user \
             OR EXISTS (SELECT FROM pg_catalog.pg_database d \
             WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() \
             AND d.datdba OPERATOR(pg_catalog.=) owner.oid) \
             OR EXISTS (SELECT FROM pg_catalog.pg_roles we WHERE we.rolname OPERATOR(pg_catalog.=) current_user \
             AND NOT we.rolsuper AND pg_catalog.pg_has_role(owner.oid, 'MEMBER')), false)"
        )
    }

    /// Who it was that [`trusted`](Self::trusted) has failed for; `None` where an error is another one.
    pub(super) async fn stranger(&self, error: &SqlError, asking: &Asking<'_>) -> Option<Stranger> {
        if !error.is(&SqlState::DIVISION_BY_ZERO) {
            return None;
        }
        let query = format!(
            "{} SELECT stranger.what, stranger.name, stranger.role FROM ({}) AS stranger",
            asking.mark,
            self.strangers()
        );
        let rows = rows(asking.client, &query).await.ok()?;
        Stranger::of(rows.first()?)
    }
}

impl Stranger {
    fn of(row: &SimpleQueryRow) -> Option<Stranger> {
        let name = row.get("name")?.to_owned();
        let what = match row.get("what")? {
            "trigger" => StrangersPart::Trigger(name),
            "reference" => StrangersPart::Reference(name),
            _ => StrangersPart::Table,
        };
        Some(Stranger { role: row.get("role").map(str::to_owned), what })
    }

    /// What to do about it.
    pub(super) fn hint(&self, table: &str) -> String {
        let elsewhere = "keep the history elsewhere with --table";
        let role = self.role.as_deref().unwrap_or("the other role");
        match &self.what {
            StrangersPart::Table => format!(
                "what {role} has hung on it would run as the current role: if it is yours, `ALTER TABLE {table} OWNER TO \
                 CURRENT_USER`; otherwise drop it, or {elsewhere}"
            ),
            StrangersPart::Trigger(name) => {
                format!("it would run as the current role: `DROP TRIGGER {name} ON {table}`, or {elsewhere}")
            }
            StrangersPart::Reference(name) => format!(
                "what hangs on {name} might run as the current role: drop its foreign key to {table}, or {elsewhere}"
            ),
        }
    }
}

/// As it goes on behind the name of the table.
impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = match (&self.what, &self.role) {
            (StrangersPart::Trigger(name), None) => {
                return write!(
                    f,
                    "has a trigger with a condition ({name}): whose functions that calls is not known"
                );
            }
            (StrangersPart::Table, _) => "belongs to".to_owned(),
            (StrangersPart::Trigger(name), _) => format!("has a trigger ({name}) whose function belongs to"),
            (StrangersPart::Reference(name), _) => {
                format!("is referred to by a table ({name}) that belongs to")
            }
        };
        write!(
            f,
            "{whose} {}, which is neither the current role, one that it is a member of, the owner of the database nor a \
             superuser",
            self.role.as_deref().unwrap_or("an unknown role")
        )
    }
}
