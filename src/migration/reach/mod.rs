//! Statements that reach out of their database: to what the whole server shares, or to another server.
//!
//! Only what stands in a statement itself is seen here. What a DO block or a function does shows only when it runs.

mod error;
mod subscription;

use super::sql::{Cursor, StandardStrings, TokenKind};
use super::{Half, Location, MigrationSet, SessionImpact, Statement};

pub(crate) use error::OUTSIDE_HINT;
pub use error::ReachingOut;
pub use subscription::without_connections;

/// How far a statement reaches. Each holds its name for messages: the text may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It changes what all databases of the server share: `ALTER ROLE`.
    Server(&'static str),
    /// It changes, or may change, another database by way of a connection.
    Connection(&'static str),
    /// It reads from elsewhere, or makes it possible to.
    Elsewhere(&'static str),
}

/// A statement of a file that reaches out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaching {
    /// The file, as it is shown to people.
    pub file: String,
    /// Where the statement begins.
    pub location: Location,
    /// How far it reaches.
    pub reach: Reach,
}

/// Which halves are going to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halves {
    /// Those that go up.
    Up,
    /// Both.
    Both,
}

/// All statements of a set that reach out, in order.
pub fn reaching(set: &MigrationSet, halves: Halves) -> Vec<Reaching> {
    let mut found = Vec::new();
    for migration in set.migrations() {
        let file = migration.path.display().to_string();
        found.extend(reaching_in(&file, &migration.up));
        if let (Halves::Both, Some(down)) = (halves, &migration.down) {
            found.extend(reaching_in(&file, down));
        }
    }
    found
}

/// Whether a statement of a set reaches out, or runs code that may. What a function does that an INSERT calls is not seen.
pub fn may_reach_out(set: &MigrationSet) -> bool {
    let halves = set.migrations().iter().flat_map(|migration| [Some(&migration.up), migration.down.as_ref()]);
    !reaching(set, Halves::Both).is_empty() || halves.flatten().any(runs_code)
}

/// Whatever does not merely define objects may run code of the user's: a function, a trigger.
fn runs_code(half: &Half) -> bool {
    half.statements().iter().any(|statement| statement.facts.session_impact == SessionImpact::Anything)
}

/// Those of a half.
pub fn reaching_in(file: &str, half: &Half) -> Vec<Reaching> {
    let found = |statement: &Statement| {
        Some(Reaching {
            file: file.to_owned(),
            location: statement.location,
            reach: reach(half.text(statement))?,
        })
    };
    half.statements().iter().filter_map(found).collect()
}

fn reach(statement: &str) -> Option<Reach> {
    let mut cursor = Cursor::new(statement.as_bytes(), StandardStrings::On);
    let first = cursor.take_word()?;
    let c = &mut cursor;
    match first.as_slice() {
        b"create" if c.eat("server") => Some(Reach::Elsewhere("CREATE SERVER")),
        b"create" => shared_object(c).and_then(created),
        b"alter" => match c.eat("system") {
            true => Some(Reach::Server("ALTER SYSTEM")),
            false => shared_object(c).and_then(altered),
        },
        b"drop" if c.eat("owned") => Some(Reach::Server("DROP OWNED")),
        b"drop" => shared_object(c).and_then(dropped),
        b"reassign" => Some(Reach::Server("REASSIGN OWNED")),
        b"grant" => {
            granted(c, "GRANT of a role", "GRANT ON DATABASE", "GRANT ON TABLESPACE", "GRANT ON PARAMETER")
        }
        b"revoke" => granted(
            c,
            "REVOKE of a role",
            "REVOKE ON DATABASE",
            "REVOKE ON TABLESPACE",
            "REVOKE ON PARAMETER",
        ),
        b"comment" => c.eat("on").then(|| shared_object(c)).flatten().and_then(commented),
        b"security" => (c.find("on")).then(|| shared_object(c)).flatten().and_then(labelled),
        b"import" => c.eat("foreign schema").then_some(Reach::Elsewhere("IMPORT FOREIGN SCHEMA")),
        b"copy" => c.find("program").then_some(Reach::Elsewhere("COPY … PROGRAM")),
        _ => None,
    }
    .or_else(|| calls(first.as_slice(), statement))
}

/// The roles that a DO block of the half speaks of making.
pub fn roles_made_in_blocks(half: &Half) -> Vec<String> {
    let mut roles = Vec::new();
    for statement in half.statements() {
        let text = half.text(statement).as_bytes();
        if Cursor::new(text, StandardStrings::On).eat("do") {
            collect_roles(text, &mut roles);
        }
    }
    roles
}

fn collect_roles(text: &[u8], roles: &mut Vec<String>) {
    let mut cursor = Cursor::new(text, StandardStrings::On);
    while let Some((kind, token)) = cursor.peek() {
        if ["create role", "create user", "create group"].iter().any(|words| cursor.eat(words)) {
            roles.extend(cursor.identifier());
            continue;
        }
        if matches!(kind, TokenKind::DollarBody | TokenKind::String) {
            collect_roles(inside(token), roles);
        }
        cursor.skip();
    }
}

/// What stands between the quotes of a string.
fn inside(string: &[u8]) -> &[u8] {
    let is_quote = |byte: &u8| matches!(byte, b'\'' | b'$');
    let first = string.iter().position(is_quote).unwrap_or_default();
    let tag = match string.get(first) {
        Some(b'$') => string.iter().skip(first + 1).position(is_quote).map_or(1, |length| length + 2),
        _ => 1,
    };
    string.get(first + tag..string.len().saturating_sub(tag)).unwrap_or_default()
}

/// What is not of one database.
#[derive(Clone, Copy)]
enum SharedObject {
    Database,
    Role,
    Tablespace,
    Subscription,
}

fn shared_object(c: &mut Cursor<'_>) -> Option<SharedObject> {
    if c.eat("user mapping") {
        return None;
    }
    let kinds = [
        ("database", SharedObject::Database),
        ("role", SharedObject::Role),
        ("user", SharedObject::Role),
        ("group", SharedObject::Role),
        ("tablespace", SharedObject::Tablespace),
        ("subscription", SharedObject::Subscription),
    ];
    kinds.into_iter().find_map(|(word, kind)| c.eat(word).then_some(kind))
}

fn created(object: SharedObject) -> Option<Reach> {
    Some(Reach::Server(match object {
        SharedObject::Database => "CREATE DATABASE",
        SharedObject::Role => "CREATE ROLE",
        SharedObject::Tablespace => "CREATE TABLESPACE",
        SharedObject::Subscription => "CREATE SUBSCRIPTION",
    }))
}

fn altered(object: SharedObject) -> Option<Reach> {
    Some(Reach::Server(match object {
        SharedObject::Database => "ALTER DATABASE",
        SharedObject::Role => "ALTER ROLE",
        SharedObject::Tablespace => "ALTER TABLESPACE",
        SharedObject::Subscription => "ALTER SUBSCRIPTION",
    }))
}

fn dropped(object: SharedObject) -> Option<Reach> {
    Some(Reach::Server(match object {
        SharedObject::Database => "DROP DATABASE",
        SharedObject::Role => "DROP ROLE",
        SharedObject::Tablespace => "DROP TABLESPACE",
        SharedObject::Subscription => "DROP SUBSCRIPTION",
    }))
}

/// That on a subscription belongs to the database.
fn commented(object: SharedObject) -> Option<Reach> {
    match object {
        SharedObject::Database => Some(Reach::Server("COMMENT ON DATABASE")),
        SharedObject::Role => Some(Reach::Server("COMMENT ON ROLE")),
        SharedObject::Tablespace => Some(Reach::Server("COMMENT ON TABLESPACE")),
        SharedObject::Subscription => None,
    }
}

fn labelled(object: SharedObject) -> Option<Reach> {
    match object {
        SharedObject::Database | SharedObject::Role | SharedObject::Tablespace => {
            Some(Reach::Server("SECURITY LABEL"))
        }
        SharedObject::Subscription => None,
    }
}

/// Privileges stand before an ON; without one it is a role that is granted.
fn granted(
    c: &mut Cursor<'_>,
    role: &'static str,
    database: &'static str,
    tablespace: &'static str,
    parameter: &'static str,
) -> Option<Reach> {
    if !c.find("on") {
        return Some(Reach::Server(role));
    }
    let kinds = [("database", database), ("tablespace", tablespace), ("parameter", parameter)];
    kinds.into_iter().find_map(|(word, name)| c.eat(word).then_some(Reach::Server(name)))
}

/// Functions that do what no transaction takes back, by how their names begin. Those of dblink do anything anywhere.
const FUNCTIONS: [(&str, Reach); 6] = [
    ("dblink", Reach::Connection("dblink")),
    ("pg_create_physical_replication_slot", Reach::Server("pg_create_physical_replication_slot")),
    ("pg_create_logical_replication_slot", Reach::Server("pg_create_logical_replication_slot")),
    ("pg_copy_physical_replication_slot", Reach::Server("pg_copy_physical_replication_slot")),
    ("pg_copy_logical_replication_slot", Reach::Server("pg_copy_logical_replication_slot")),
    ("pg_drop_replication_slot", Reach::Server("pg_drop_replication_slot")),
];

/// A definition does not run them yet.
fn calls(first: &[u8], statement: &str) -> Option<Reach> {
    if matches!(first, b"create" | b"alter" | b"drop" | b"comment" | b"grant" | b"revoke") {
        return None;
    }
    let mut cursor = Cursor::new(statement.as_bytes(), StandardStrings::On);
    while let Some((kind, text)) = cursor.peek() {
        cursor.skip();
        let is_called = match kind {
            TokenKind::Word => cursor.peek().is_some_and(|(kind, _)| kind == TokenKind::OpenParenthesis),
            TokenKind::DollarBody | TokenKind::String => first == b"do",
            _ => false,
        };
        if !is_called {
            continue;
        }
        let text = text.to_ascii_lowercase();
        let found = FUNCTIONS.into_iter().find(|(name, _)| match kind {
            TokenKind::Word => text.starts_with(name.as_bytes()),
            _ => memchr::memmem::find(&text, name.as_bytes()).is_some(),
        });
        if let Some((_, reach)) = found {
            return Some(reach);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_about_what_all_databases_share_are_known() {
        for (sql, name) in [
            ("CREATE ROLE r", "CREATE ROLE"),
            ("create user r password 'x'", "CREATE ROLE"),
            ("ALTER /* */ GROUP g ADD USER u", "ALTER ROLE"),
            ("DROP ROLE IF EXISTS r", "DROP ROLE"),
            ("ALTER USER ALL SET work_mem = '1MB'", "ALTER ROLE"),
            ("ALTER DATABASE shop SET x.y = '1'", "ALTER DATABASE"),
            ("CREATE DATABASE d", "CREATE DATABASE"),
            ("DROP TABLESPACE t", "DROP TABLESPACE"),
            ("ALTER SYSTEM SET work_mem = '1MB'", "ALTER SYSTEM"),
            ("GRANT admins TO al", "GRANT of a role"),
            ("GRANT \"on\" TO al WITH ADMIN OPTION", "GRANT of a role"),
            ("REVOKE ADMIN OPTION FOR admins FROM al", "REVOKE of a role"),
            ("GRANT CONNECT ON DATABASE shop TO al", "GRANT ON DATABASE"),
            ("REVOKE ALL ON TABLESPACE t FROM al", "REVOKE ON TABLESPACE"),
            ("GRANT SET ON PARAMETER work_mem TO al", "GRANT ON PARAMETER"),
            ("COMMENT ON DATABASE shop IS 'x'", "COMMENT ON DATABASE"),
            ("SECURITY LABEL FOR p ON ROLE r IS 'x'", "SECURITY LABEL"),
            ("REASSIGN OWNED BY a TO b", "REASSIGN OWNED"),
            ("DROP OWNED BY a", "DROP OWNED"),
            ("CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", "CREATE SUBSCRIPTION"),
            ("SELECT pg_drop_replication_slot('x')", "pg_drop_replication_slot"),
        ] {
            assert_eq!(reach(sql), Some(Reach::Server(name)), "{sql}");
        }
    }

    #[test]
    fn what_stays_in_the_database_does_not_reach_out() {
        for sql in [
            "CREATE USER MAPPING FOR al SERVER s",
            "DROP USER MAPPING FOR al SERVER s",
            "GRANT SELECT ON t TO al",
            "GRANT SELECT ON \"database\" TO al",
            "REVOKE ALL ON ALL TABLES IN SCHEMA s FROM al",
            "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO al",
            "ALTER TABLE role ADD database int",
            "COMMENT ON TABLE t IS 'database'",
            "COMMENT ON SUBSCRIPTION s IS 'x'",
            "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ SELECT dblink_exec('x') $$",
            "INSERT INTO t VALUES ('dblink(')",
            "COPY t FROM stdin",
            "SET ROLE r",
        ] {
            assert_eq!(reach(sql), None, "{sql}");
        }
    }

    #[test]
    fn roles_that_a_block_makes_are_known_by_name() {
        let sql = "-- migrate:up\nDO $$ BEGIN IF true THEN CREATE ROLE Reader; END IF; \
                   EXECUTE 'create user \"a b\"'; END $$;\nCREATE ROLE other;\n";
        let migration = crate::migration::Migration::parse("1.sql", sql.as_bytes()).unwrap();
        assert_eq!(roles_made_in_blocks(&migration.up), ["reader", "a b"]);
    }

    #[test]
    fn connections_to_elsewhere_are_known() {
        for sql in [
            "SELECT dblink_exec('x', 'y')",
            "SELECT * FROM s.dblink('x') AS t(a int)",
            "DO $$ PERFORM DBLINK('') $$",
        ] {
            assert_eq!(reach(sql), Some(Reach::Connection("dblink")), "{sql}");
        }
        for sql in ["CREATE SERVER s FOREIGN DATA WRAPPER w", "COPY t FROM PROGRAM 'curl x'"] {
            assert!(matches!(reach(sql), Some(Reach::Elsewhere(_))), "{sql}");
        }
    }
}
