//! Where the names in pmdb's own SQL are looked up: never where others may have put something of the same name.
//!
//! A session that comes from a user may have any `search_path`, and whoever may create something in a schema on it could have
//! pmdb call it: an operator for types that the server has no exact one for wins over the server's own. So SQL that runs in
//! such a session names the schema of every function, type and relation, and writes every operator as
//! `OPERATOR(pg_catalog.=)`; it does without `IN`, `LIKE`, `BETWEEN`, `NULLIF`, `CASE x WHEN` and comparisons of rows, which look
//! for an operator by its bare name. What is too long for that is a transaction of its own, and begins with this.

/// How long a setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lasting {
    ForTheTransaction,
    ForTheSession,
}

/// SQL in which a bare name is the server's own. The statement before it is a piece of the grammar, so that no path decides
/// about it. Temporary tables come last: unnamed, they would come first. Without a BEGIN, a message is one transaction.
pub(super) fn by_own_path(lasting: Lasting, sql: &str) -> String {
    let local = match lasting {
        Lasting::ForTheTransaction => "LOCAL ",
        Lasting::ForTheSession => "",
    };
    format!("SET {local}search_path = pg_catalog, pg_temp; {sql}")
}
