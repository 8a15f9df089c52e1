//! Where the names in pmdb's own SQL are looked up: never where others may have put something of the same name.
//!
//! A session that comes from a user may have any `search_path`, and a role that may create something in a schema on it
//! could have pmdb call that: an operator for types that the server has no exact one for wins over the server's own.
//! Two ways to write SQL keep that out, and the kind of the file says which one is used:
//!
//! - SQL in a `.rs` file names the schema of every function, type and relation, and writes every operator as
//!   `OPERATOR(pg_catalog.=)`; it does without `IN`, `LIKE`, `BETWEEN`, `NULLIF`, `IS DISTINCT FROM`, `JOIN … USING`, `CASE x WHEN`
//!   and comparisons of rows, which look for an operator by its bare name.
//! - SQL in a `.sql` file is written as one likes to read it. It is a transaction of its own, and begins with this.
//!
//! A column that the table of somebody else may lack stands without the table: where it is missing, `t.a` calls a function
//! `a`.

/// How long a setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lasting {
    ForTheTransaction,
    #[cfg_attr(not(feature = "inspect"), expect(dead_code, reason = "sessions that only look need it"))]
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
