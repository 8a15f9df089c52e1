//! Statements that the server refuses inside a transaction ("cannot run inside a transaction block"); the
//! manual says so on the page of each.

use super::super::cursor::{Cursor, is_off};

/// A function of Citus that moves rows while others write.
const OF_CITUS: &str = "create_distributed_table_concurrently";

/// The name of such a statement for messages, or `None` for a statement of another kind. The cursor stands after the
/// first word.
pub(super) fn non_transactional(first: &[u8], c: &mut Cursor<'_>) -> Option<&'static str> {
    match first {
        b"create" => create(c),
        b"drop" => drop(c),
        b"alter" => alter(c),
        b"reindex" => reindex(c),
        b"cluster" => cluster(c),
        b"repack" => repack(c),
        b"vacuum" => Some("VACUUM"),
        b"select" => c.clone().find(OF_CITUS).then_some(OF_CITUS),
        b"discard" => c.eat("all").then_some("DISCARD ALL"),
        b"commit" => c.eat("prepared").then_some("COMMIT PREPARED"),
        b"rollback" => c.eat("prepared").then_some("ROLLBACK PREPARED"),
        _ => None,
    }
}

/// Whether a statement of this name does no harm when it runs a second time, all of it or a part.
pub(super) fn may_run_again(name: &str) -> bool {
    const REPEATABLE: [&str; 12] = [
        "VACUUM",
        "CLUSTER without a table",
        "REPACK without a table",
        "REPACK (CONCURRENTLY)",
        "REINDEX SCHEMA",
        "REINDEX DATABASE",
        "REINDEX SYSTEM",
        "ALTER SYSTEM",
        "ALTER DATABASE … SET TABLESPACE",
        "ALTER SUBSCRIPTION … REFRESH",
        "ALTER SUBSCRIPTION … SET of a slot's option",
        "DISCARD ALL",
    ];
    REPEATABLE.contains(&name)
}

fn create(c: &mut Cursor<'_>) -> Option<&'static str> {
    if c.eat("database") {
        return Some("CREATE DATABASE");
    }
    if c.eat("tablespace") {
        return Some("CREATE TABLESPACE");
    }
    if c.eat("subscription") {
        return creates_slot(c).then_some("CREATE SUBSCRIPTION");
    }
    c.eat("unique");
    c.eat("index concurrently").then_some("CREATE INDEX CONCURRENTLY")
}

/// A subscription creates a replication slot unless it says not to, or not to connect.
fn creates_slot(c: &mut Cursor<'_>) -> bool {
    c.find("with");
    !c.options().into_iter().any(|(name, value)| {
        (name.eq_ignore_ascii_case(b"create_slot") || name.eq_ignore_ascii_case(b"connect")) && is_off(value)
    })
}

fn drop(c: &mut Cursor<'_>) -> Option<&'static str> {
    const DROPS: [(&str, &str); 4] = [
        ("index concurrently", "DROP INDEX CONCURRENTLY"),
        ("database", "DROP DATABASE"),
        ("tablespace", "DROP TABLESPACE"),
        ("subscription", "DROP SUBSCRIPTION"),
    ];
    DROPS.into_iter().find_map(|(phrase, name)| c.eat(phrase).then_some(name))
}

fn alter(c: &mut Cursor<'_>) -> Option<&'static str> {
    if c.eat("system") {
        return Some("ALTER SYSTEM");
    }
    if c.eat("database") {
        c.identifier();
        return c.eat("set tablespace").then_some("ALTER DATABASE … SET TABLESPACE");
    }
    if c.eat("subscription") {
        c.identifier();
        return alter_subscription(c);
    }
    if c.eat("table") {
        c.find("detach partition");
        c.name();
        return c.eat("concurrently").then_some("ALTER TABLE … DETACH PARTITION CONCURRENTLY");
    }
    None
}

fn alter_subscription(c: &mut Cursor<'_>) -> Option<&'static str> {
    if c.eat("refresh") {
        return Some("ALTER SUBSCRIPTION … REFRESH");
    }
    if c.eat("set publication") || c.eat("add publication") || c.eat("drop publication") {
        c.find("with");
        let refreshes =
            |(name, value): &(&[u8], &[u8])| !(name.eq_ignore_ascii_case(b"refresh") && is_off(value));
        return c.options().iter().all(refreshes).then_some("ALTER SUBSCRIPTION … PUBLICATION with refresh");
    }
    if c.eat("set") {
        // These two change the slot on the publisher (since PostgreSQL 17).
        let changes_slot = |(name, _): &(&[u8], &[u8])| {
            name.eq_ignore_ascii_case(b"failover") || name.eq_ignore_ascii_case(b"two_phase")
        };
        return c.options().iter().any(changes_slot).then_some("ALTER SUBSCRIPTION … SET of a slot's option");
    }
    None
}

fn reindex(c: &mut Cursor<'_>) -> Option<&'static str> {
    let is_concurrent =
        |(name, value): &(&[u8], &[u8])| name.eq_ignore_ascii_case(b"concurrently") && !is_off(value);
    let concurrent = c.options().iter().any(is_concurrent);
    const WIDE: [(&str, &str); 3] =
        [("schema", "REINDEX SCHEMA"), ("database", "REINDEX DATABASE"), ("system", "REINDEX SYSTEM")];
    if let Some(name) = WIDE.into_iter().find_map(|(phrase, name)| c.eat(phrase).then_some(name)) {
        return Some(name);
    }
    let named = c.eat("index") || c.eat("table");
    (named && (concurrent || c.eat("concurrently"))).then_some("REINDEX CONCURRENTLY")
}

/// Without a table it works through all of them, in transactions of their own.
fn cluster(c: &mut Cursor<'_>) -> Option<&'static str> {
    if !c.eat("verbose") {
        c.options();
    }
    c.is_done().then_some("CLUSTER without a table")
}

/// Since PostgreSQL 19.
fn repack(c: &mut Cursor<'_>) -> Option<&'static str> {
    let is_concurrent =
        |(name, value): &(&[u8], &[u8])| name.eq_ignore_ascii_case(b"concurrently") && !is_off(value);
    if c.options().iter().any(is_concurrent) {
        return Some("REPACK (CONCURRENTLY)");
    }
    (c.is_done() || c.eat("using index")).then_some("REPACK without a table")
}
