//! Whose the history table is. Its triggers, defaults and policies run as whoever reads and writes it, and so do the
//! functions of a view; so it has to belong to somebody who could make the same happen in other ways.

use tokio_postgres::error::SqlState;

use super::{Asking, HistoryError, HistoryTable};
use crate::postgres::rows::rows;

impl HistoryTable {
    /// A column that makes a statement fail (division by zero) where the table is a stranger's. NULL where there is none.
    ///
    /// A superuser counts as a member of every role, which says nothing about whom he trusts.
    pub(super) fn unless_a_strangers(&self) -> String {
        format!(
            "(SELECT 1 OPERATOR(pg_catalog./) CASE WHEN c.relowner OPERATOR(pg_catalog.=) d.datdba \
             OR c.relowner OPERATOR(pg_catalog.=) me.oid OR owner.rolsuper \
             OR NOT me.rolsuper AND pg_catalog.pg_has_role(c.relowner, 'USAGE') THEN 1 ELSE 0 END \
             FROM {}, pg_catalog.pg_database d, pg_catalog.pg_roles me \
             WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() \
             AND me.rolname OPERATOR(pg_catalog.=) current_user) AS owner",
            self.with_owner()
        )
    }

    /// The error for that failure; `None` where it was another one.
    pub(super) async fn strangers(
        &self,
        error: &tokio_postgres::Error,
        asking: &Asking<'_>,
    ) -> Option<HistoryError> {
        if error.code() != Some(&SqlState::DIVISION_BY_ZERO) {
            return None;
        }
        let rows =
            rows(asking.client, &format!("SELECT owner.rolname FROM {}", self.with_owner())).await.ok()?;
        let owner = rows.first()?.get(0)?.to_owned();
        Some(HistoryError::Strangers { table: self.to_string(), owner })
    }

    fn with_owner(&self) -> String {
        format!(
            "pg_catalog.pg_class c JOIN pg_catalog.pg_roles owner ON owner.oid OPERATOR(pg_catalog.=) c.relowner \
             AND c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({})::pg_catalog.oid",
            self.literal()
        )
    }
}
