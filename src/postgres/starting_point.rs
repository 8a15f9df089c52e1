//! What a run finds at its beginning and relies on, and how it notices that a migration has changed it.
//!
//! A session gets its settings from the database and the role when it begins, and keeps them. A migration that changes them
//! (`ALTER DATABASE … SET`, perhaps inside of a function) would have an effect on the next one only where that happens to
//! begin a session of its own. So after each migration that may have done so the migrator asks, and begins a new
//! session if the settings differ: then the next migration finds what it would find in a run of its own.

use postgres_protocol::escape::escape_literal;
use tokio_postgres::{Client, SimpleQueryRow};

use super::citus::{CITUS, Citus};
use super::rows::rows;
use super::sql_error::SqlError;

/// What a run relies on.
#[derive(Debug, Clone)]
pub(super) struct StartingPoint {
    /// The history table, as a literal.
    table: String,
    /// Which table the history is, so that a file that replaces it is found out.
    pub table_oid: String,
    /// Whether migrations that only define objects may share a part of their message.
    pub sharing: Sharing,
    /// Whether the database has this extension. It brings an event trigger along, so that the fingerprint changes with it.
    pub citus: Citus,
    /// Stands for the settings and the event triggers.
    fingerprint: String,
}

/// Whether nothing of the user's runs along with a statement that only defines objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sharing {
    /// Nothing does.
    Allowed,
    /// Something may: Citus, an event trigger, something of the user's on the history table, a comparison of the user's own when an index is built, or a name that
    /// `search_path` finds in a temporary schema or before those of the server.
    Forbidden,
}

/// Whether to write to the history table runs no code of the user's: no trigger, no rule, and no constraint, default or index
/// with an expression but the two defaults of pmdb's own.
///
/// To show an expression, the server locks its table: CASE keeps it from those of other tables, which the planner would at
/// times look at first.
fn history_is_plain(table: &str) -> String {
    let oid = format!("pg_catalog.to_regclass({table})::pg_catalog.oid");
    format!(
        "(NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid OPERATOR(pg_catalog.=) {oid} \
         AND NOT t.tgisinternal) \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_rewrite r WHERE r.ev_class OPERATOR(pg_catalog.=) {oid}) \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.conrelid OPERATOR(pg_catalog.=) {oid} \
         AND c.conbin IS NOT NULL) \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_attrdef d WHERE CASE WHEN d.adrelid OPERATOR(pg_catalog.=) {oid} THEN \
         pg_catalog.pg_get_expr(d.adbin, d.adrelid) OPERATOR(pg_catalog.<>) \
         ALL ('{{now(),CURRENT_USER}}'::pg_catalog.text[]) END) \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid OPERATOR(pg_catalog.=) {oid} \
         AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)))"
    )
}

/// The settings that a new session would get, except those from configuration files, the number of event triggers, and
/// whether the history table is plain.
fn fingerprint(table: &str) -> String {
    let plain = history_is_plain(table);
    format!("(SELECT pg_catalog.md5(pg_catalog.concat({DEFAULTS}, ' ', {EVENT_TRIGGERS}, ' ', {plain})))")
}

const DEFAULTS: &str = "(SELECT pg_catalog.string_agg(\
    pg_catalog.concat_ws(' ', s.setdatabase, s.setrole, s.setconfig), ',' ORDER BY s.setdatabase, s.setrole) \
    FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) s.setdatabase \
    WHERE d.oid IS NULL OR d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())";

const EVENT_TRIGGERS: &str = "(SELECT pg_catalog.count(*) FROM pg_catalog.pg_event_trigger e \
    WHERE e.evtenabled OPERATOR(pg_catalog.<>) 'D'::pg_catalog.\"char\")";

/// 16384 is the first OID of what the server did not bring along; 13 is the language C.
const SHARING: &str = "(NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger e \
    WHERE e.evtenabled OPERATOR(pg_catalog.<>) 'D'::pg_catalog.\"char\") \
    AND pg_catalog.strpos(pg_catalog.current_setting('search_path'), 'pg_') OPERATOR(pg_catalog.=) 0 \
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_amproc a \
    JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) a.amproc::pg_catalog.oid \
    WHERE a.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid AND p.prolang OPERATOR(pg_catalog.>) 13::pg_catalog.oid))";

impl StartingPoint {
    /// The columns of a query that gives the starting point of a history table, whose name is given as a literal, beside the one with the number of the history table.
    pub fn columns(table: &str) -> String {
        let (fingerprint, plain) = (fingerprint(table), history_is_plain(table));
        format!("{fingerprint} AS fingerprint, ({SHARING} AND {plain}) AS sharing, {CITUS}")
    }

    /// From a row of such a query.
    pub fn of(table: &str, table_oid: &str, row: &SimpleQueryRow) -> StartingPoint {
        let citus = Citus::of(row);
        let is_allowed = row.get("sharing") == Some("t") && citus == Citus::Absent;
        StartingPoint {
            table: table.to_owned(),
            table_oid: table_oid.to_owned(),
            sharing: if is_allowed { Sharing::Allowed } else { Sharing::Forbidden },
            citus,
            fingerprint: row.get("fingerprint").unwrap_or_default().to_owned(),
        }
    }

    /// The same history table, and all else as it is now.
    pub async fn renewed(&self, client: &Client) -> Result<StartingPoint, SqlError> {
        let rows = rows(client, &format!("SELECT {}", StartingPoint::columns(&self.table))).await?;
        let row = rows.first().ok_or_else(|| SqlError::lost("the server gave no answer"))?;
        Ok(StartingPoint::of(&self.table, &self.table_oid, row))
    }

    /// Whether a session that began with the other one would begin with the same now.
    #[cfg(feature = "inspect")]
    pub fn is_that_of(&self, other: &StartingPoint) -> bool {
        self.fingerprint == other.fingerprint
    }

    /// A statement that fails (division by zero) when something has changed.
    pub fn check(&self) -> String {
        format!(
            "SELECT 1 OPERATOR(pg_catalog./) CASE WHEN {} OPERATOR(pg_catalog.=) {} THEN 1 ELSE 0 END",
            fingerprint(&self.table),
            escape_literal(&self.fingerprint)
        )
    }
}
