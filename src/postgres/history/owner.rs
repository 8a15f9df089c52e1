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

/// Whether the role `part.owner` is trusted. What the server counts as a member of `pg_database_owner` is a superuser, the
/// owner of the database, or a member of that role. A superuser counts as a member of every role, which is no reason to
/// trust them all.
const TRUSTED: &str = "coalesce(pg_catalog.pg_has_role(part.owner, 'pg_database_owner', 'MEMBER') \
    OR pg_catalog.pg_get_userbyid(part.owner) OPERATOR(pg_catalog.=) current_user \
    OR pg_catalog.current_setting('is_superuser') OPERATOR(pg_catalog.=) 'off' \
    AND pg_catalog.pg_has_role(part.owner, 'MEMBER'), false)";

impl HistoryTable {
    /// Statements that keep the table what it is to the end of the transaction, and fail (division by zero) where it is a
    /// stranger's. They stand before the first one that names the table otherwise: planning a query runs code of its owner's,
    /// too. They give back no row.
    pub(in crate::postgres) fn trusted_to_read(&self) -> String {
        format!("LOCK TABLE {} IN ACCESS SHARE MODE; {}; ", self.sql(), refuse(&self.table_itself()))
    }

    /// The same before something is written: then also what others have hung on the table runs.
    pub(super) fn trusted_to_write(&self) -> String {
        format!("{}{}; ", self.trusted_to_read(), refuse(&self.hung_on_it()))
    }

    /// Each part of the table has what it is, a name and an owner.
    fn table_itself(&self) -> String {
        format!(
            "SELECT 'table' AS what, c.relname AS name, c.relowner AS owner FROM pg_catalog.pg_class c \
             WHERE c.oid OPERATOR(pg_catalog.=) {}::pg_catalog.regclass::pg_catalog.oid",
            self.literal()
        )
    }

    /// A trigger runs its function and whatever its condition calls. A table that refers to this one has triggers here, which
    /// the server has made.
    fn hung_on_it(&self) -> String {
        format!(
            "SELECT CASE WHEN g.tgisinternal THEN 'reference' ELSE 'trigger' END AS what, \
             coalesce(r.relname, g.tgname) AS name, \
             CASE WHEN g.tgisinternal THEN r.relowner WHEN g.tgqual IS NULL THEN p.proowner END AS owner \
             FROM pg_catalog.pg_trigger g \
             LEFT JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) g.tgfoid \
             LEFT JOIN pg_catalog.pg_class r ON g.tgisinternal AND r.oid OPERATOR(pg_catalog.=) g.tgconstrrelid \
             WHERE g.tgrelid OPERATOR(pg_catalog.=) {}::pg_catalog.regclass::pg_catalog.oid \
             AND g.tgenabled OPERATOR(pg_catalog.<>) 'D'::pg_catalog.\"char\" \
             AND NOT (g.tgisinternal AND g.tgconstrrelid OPERATOR(pg_catalog.=) 0::pg_catalog.oid)",
            self.literal()
        )
    }

    /// Who it was that [`trusted_to_write`](Self::trusted_to_write) has failed for; `None` where an error is another one.
    pub(super) async fn stranger(&self, error: &SqlError, asking: &Asking<'_>) -> Option<Stranger> {
        if !error.is(&SqlState::DIVISION_BY_ZERO) {
            return None;
        }
        let query = format!(
            "{} SELECT part.what, part.name, pg_catalog.pg_get_userbyid(part.owner) AS role \
             FROM ({} UNION ALL {}) AS part WHERE NOT {TRUSTED}",
            asking.mark,
            self.table_itself(),
            self.hung_on_it()
        );
        let rows = rows(asking.client, &query).await.ok()?;
        Stranger::of(rows.first()?)
    }
}

/// Fails where one of the parts is a stranger's. The server knows the length of a name only when it runs this.
fn refuse(parts: &str) -> String {
    format!(
        "SELECT 1 OPERATOR(pg_catalog./) (0 OPERATOR(pg_catalog.*) pg_catalog.length(part.name::pg_catalog.text)) \
         FROM ({parts}) AS part WHERE NOT {TRUSTED}"
    )
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

/// Continues a sentence that begins with the name of the table.
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
