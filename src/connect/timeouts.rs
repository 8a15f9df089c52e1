//! The server's timeouts, which an administrator may have set for a role or a database, and what pmdb does with each.
//!
//! Those that end a session for doing nothing are not meant for a runner that waits for another one, or pauses before it
//! tries again: they are turned off when a session starts, so that a `RESET ALL` does not bring them back. A timeout for
//! statements or transactions is a wish for what files do, and holds there; it does not hold for pmdb's own statements,
//! which have a limit of their own where they may have to wait.

/// What a session starts with (PostgreSQL manual, parameter `options`). A pooler may refuse it: whom it gives which
/// server connection, and for how long, is its own business.
pub(super) const AT_STARTUP: &str = "-c idle_session_timeout=0 -c idle_in_transaction_session_timeout=0";

/// A scalar subquery that turns off, to the end of the transaction, all that could end one of pmdb's own. Some servers do
/// not have `transaction_timeout`.
pub(crate) const OFF_FOR_THE_TRANSACTION: &str = "(SELECT pg_catalog.count(pg_catalog.set_config(name, '0', true)) \
     FROM (VALUES ('statement_timeout'), ('transaction_timeout'), ('idle_in_transaction_session_timeout')) \
     AS timeouts (name) WHERE pg_catalog.current_setting(name, true) IS NOT NULL)";

/// A scalar subquery that turns off, to the end of the transaction, the timeout for transactions, where the server has one: for
/// what has a limit of its own.
pub(crate) const TRANSACTION_TIMEOUT_OFF: &str = "(SELECT pg_catalog.set_config(name, '0', true) \
     FROM (VALUES ('transaction_timeout')) AS timeouts (name) WHERE pg_catalog.current_setting(name, true) IS NOT NULL)";
