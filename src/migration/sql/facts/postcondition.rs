use super::super::cursor::{Cursor, is_off};
use super::super::name::Name;

/// What the server does with a `CREATE` where the name is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfTaken {
    /// It refuses the statement.
    Fails,
    /// It leaves the statement out: `IF NOT EXISTS`.
    Skips,
}

/// What a statement makes, takes away or fills in the server, and under which name.
///
/// That of a statement that no transaction may hold cannot be committed together with the note that it is done. When a
/// run broke off between the two, asking the server whether this is so tells whether the statement is to be run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Postcondition {
    /// `CREATE INDEX CONCURRENTLY`: this index, valid, on this table (and in the schema of it).
    IndexExists {
        /// The index; it never has a schema of its own.
        name: String,
        /// The table.
        table: Name,
        /// Whether it is unique.
        unique: bool,
        /// What follows the table: `(title) WHERE done;`.
        definition: String,
        /// What the server does where the name is taken.
        if_taken: IfTaken,
    },
    /// `CREATE INDEX CONCURRENTLY` without a name: an index of this definition, valid, on this table.
    UnnamedIndexExists {
        /// The table.
        table: Name,
        /// Whether it is unique.
        unique: bool,
        /// What follows the table: `(title) WHERE done;`.
        definition: String,
    },
    /// `DROP INDEX CONCURRENTLY`
    IndexGone(Name),
    /// `REINDEX … CONCURRENTLY`: no invalid copies of indexes are left behind.
    Reindexed(ReindexScope),
    /// `CREATE DATABASE`
    DatabaseExists(String),
    /// `DROP DATABASE`
    DatabaseGone(String),
    /// `CREATE TABLESPACE`
    TablespaceExists(String),
    /// `DROP TABLESPACE`
    TablespaceGone(String),
    /// `CREATE SUBSCRIPTION`
    SubscriptionExists(String),
    /// `DROP SUBSCRIPTION`
    SubscriptionGone(String),
    /// `ALTER TABLE … DETACH PARTITION … CONCURRENTLY`
    PartitionDetached {
        /// The partitioned table.
        table: Name,
        /// What was a partition of it.
        partition: Name,
    },
    /// `PREPARE TRANSACTION`: a prepared transaction has this identifier.
    PreparedTransactionExists(String),
    /// `COMMIT PREPARED`, `ROLLBACK PREPARED`: no prepared transaction has this identifier.
    PreparedTransactionGone(String),
    /// `CREATE ROLE`, `CREATE USER`, `CREATE GROUP`
    RoleExists(String),
    /// `COPY … FROM`: this table has more rows. Its name is as it was written, Unicode escapes and all.
    RowsCopied(String),
}

/// Which indexes a REINDEX builds anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReindexScope {
    /// An index, or all of a table, with those of its partitions.
    Relation(Name),
    /// All of a schema.
    Schema(String),
    /// All of the database.
    Database,
}

/// The postcondition of a statement. The cursor stands after the first word. `None` when there is none to look for, or when its
/// names cannot be read (`U&"…"`).
pub(super) fn postcondition(first: &[u8], c: &mut Cursor<'_>) -> Option<Postcondition> {
    match first {
        b"create" => created(c),
        b"drop" => dropped(c),
        b"alter" if c.eat("table") => detached(c),
        b"reindex" => reindexed(c),
        b"copy" => copied(c),
        b"prepare" if c.eat("transaction") => c.string().map(Postcondition::PreparedTransactionExists),
        b"commit" | b"rollback" if c.eat("prepared") => {
            c.string().map(Postcondition::PreparedTransactionGone)
        }
        _ => None,
    }
}

fn created(c: &mut Cursor<'_>) -> Option<Postcondition> {
    if c.eat("database") {
        return c.identifier().map(Postcondition::DatabaseExists);
    }
    if c.eat("tablespace") {
        return c.identifier().map(Postcondition::TablespaceExists);
    }
    if c.eat("subscription") {
        return c.identifier().map(Postcondition::SubscriptionExists);
    }
    if c.eat("role") || c.eat("group") || (!c.eat("user mapping") && c.eat("user")) {
        return c.identifier().map(Postcondition::RoleExists);
    }
    let unique = c.eat("unique");
    if !c.eat("index concurrently") {
        return None;
    }
    let if_taken = if c.eat("if not exists") { IfTaken::Skips } else { IfTaken::Fails };
    // `CREATE INDEX CONCURRENTLY ON t`: ON is a reserved word, so no name stands there.
    let name = if c.eat("on") { None } else { Some(c.identifier().filter(|_| c.eat("on"))?) };
    c.eat("only");
    let table = c.name()?;
    let definition = c.rest().to_owned();
    Some(match name {
        Some(name) => Postcondition::IndexExists { name, table, unique, definition, if_taken },
        None => Postcondition::UnnamedIndexExists { table, unique, definition },
    })
}

/// Without CONCURRENTLY a REINDEX that fails leaves nothing behind.
fn reindexed(c: &mut Cursor<'_>) -> Option<Postcondition> {
    let is_concurrent =
        |(name, value): &(&[u8], &[u8])| name.eq_ignore_ascii_case(b"concurrently") && !is_off(value);
    let concurrent = c.options().iter().any(is_concurrent);
    const KINDS: [&str; 5] = ["index", "table", "schema", "database", "system"];
    let kind = KINDS.into_iter().find(|kind| c.eat(kind))?;
    if !c.eat("concurrently") && !concurrent {
        return None;
    }
    let scope = match kind {
        "index" | "table" => ReindexScope::Relation(c.name()?),
        "schema" => ReindexScope::Schema(c.identifier()?),
        _ => ReindexScope::Database,
    };
    Some(Postcondition::Reindexed(scope))
}

/// A query has none.
fn copied(c: &mut Cursor<'_>) -> Option<Postcondition> {
    // An old way to write WITH (FORMAT binary); no table has this name without quotes.
    c.eat("binary");
    let name_and_rest = c.rest();
    let is_after = |c: &Cursor<'_>| {
        c.is_done() || ["from", "to"].iter().any(|word| c.clone().eat(word)) || c.clone().eat_sign("(")
    };
    while !is_after(c) {
        c.skip();
    }
    let name = name_and_rest.strip_suffix(c.rest())?.trim_end();
    (!name.is_empty()).then(|| Postcondition::RowsCopied(name.to_owned()))
}

fn dropped(c: &mut Cursor<'_>) -> Option<Postcondition> {
    if c.eat("index concurrently") {
        c.eat("if exists");
        return c.name().map(Postcondition::IndexGone);
    }
    let postcondition = if c.eat("database") {
        Postcondition::DatabaseGone
    } else if c.eat("tablespace") {
        Postcondition::TablespaceGone
    } else if c.eat("subscription") {
        Postcondition::SubscriptionGone
    } else {
        return None;
    };
    c.eat("if exists");
    c.identifier().map(postcondition)
}

fn detached(c: &mut Cursor<'_>) -> Option<Postcondition> {
    c.eat("if exists");
    c.eat("only");
    let table = c.name()?;
    c.eat_sign("*");
    if !c.eat("detach partition") {
        return None;
    }
    let partition = c.name()?;
    c.eat("concurrently").then_some(Postcondition::PartitionDetached { table, partition })
}

#[cfg(test)]
mod tests {
    use super::super::super::lexer::StandardStrings;
    use super::*;

    fn lasting_effect(sql: &str) -> Option<Postcondition> {
        let mut cursor = Cursor::new(sql.as_bytes(), StandardStrings::On);
        let first = cursor.take_word()?;
        postcondition(first.as_slice(), &mut cursor)
    }

    fn name(schema: Option<&str>, name: &str) -> Name {
        Name { schema: schema.map(str::to_owned), name: name.to_owned() }
    }

    #[test]
    fn an_index_is_named_as_the_server_names_it() {
        let index = |index: &str, table: Name, unique: bool, definition: &str, if_taken: IfTaken| {
            let (name, definition) = (index.to_owned(), definition.to_owned());
            Some(Postcondition::IndexExists { name, table, unique, definition, if_taken })
        };
        assert_eq!(
            lasting_effect(
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS Tasks_Due ON ONLY App.\"Tasks\" (due);"
            ),
            index("tasks_due", name(Some("app"), "Tasks"), true, "(due);", IfTaken::Skips)
        );
        assert_eq!(
            lasting_effect("create index concurrently \"a \"\"b\"\"\" on t(x)"),
            index("a \"b\"", name(None, "t"), false, "(x)", IfTaken::Fails)
        );
        let long = "x".repeat(70);
        assert_eq!(
            lasting_effect(&format!("CREATE INDEX CONCURRENTLY {long} ON t (x)")),
            index(&long[..63], name(None, "t"), false, "(x)", IfTaken::Fails)
        );
    }

    #[test]
    fn an_index_without_a_name_is_known_by_what_stands_after_its_table() {
        let postcondition = |table: Name, unique: bool, definition: &str| {
            Some(Postcondition::UnnamedIndexExists { table, unique, definition: definition.to_owned() })
        };
        assert_eq!(
            lasting_effect("CREATE INDEX CONCURRENTLY ON ONLY s.T /* why */ (x) -- end"),
            postcondition(name(Some("s"), "t"), false, "(x) -- end")
        );
        assert_eq!(
            lasting_effect("create unique index concurrently on \"T\" using btree (x desc) where x > 0;"),
            postcondition(name(None, "T"), true, "using btree (x desc) where x > 0;")
        );
        assert_eq!(
            lasting_effect("CREATE INDEX CONCURRENTLY ON t"),
            postcondition(name(None, "t"), false, "")
        );
    }

    #[test]
    fn a_name_that_cannot_be_told_is_no_effect() {
        assert_eq!(lasting_effect("CREATE INDEX CONCURRENTLY U&\"d\\0061\" ON t (x)"), None);
        assert_eq!(lasting_effect("COMMIT PREPARED E'a\\'b'"), None);
    }

    #[test]
    fn what_is_dropped_is_gone() {
        let gone = |sql: &str| lasting_effect(sql);
        assert_eq!(
            gone("DROP INDEX CONCURRENTLY IF EXISTS s.i"),
            Some(Postcondition::IndexGone(name(Some("s"), "i")))
        );
        assert_eq!(
            gone("DROP INDEX CONCURRENTLY db.s.i"),
            Some(Postcondition::IndexGone(name(Some("s"), "i")))
        );
        assert_eq!(gone("DROP DATABASE IF EXISTS \"App\""), Some(Postcondition::DatabaseGone("App".into())));
        assert_eq!(gone("DROP TABLESPACE fast;"), Some(Postcondition::TablespaceGone("fast".into())));
        assert_eq!(gone("DROP SUBSCRIPTION sub"), Some(Postcondition::SubscriptionGone("sub".into())));
        assert_eq!(
            gone("ROLLBACK PREPARED 'it''s'"),
            Some(Postcondition::PreparedTransactionGone("it's".into()))
        );
    }

    #[test]
    fn what_is_created_exists() {
        assert_eq!(lasting_effect("CREATE DATABASE app"), Some(Postcondition::DatabaseExists("app".into())));
        assert_eq!(
            lasting_effect("CREATE TABLESPACE t LOCATION '/x'"),
            Some(Postcondition::TablespaceExists("t".into()))
        );
        assert_eq!(
            lasting_effect("CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p"),
            Some(Postcondition::SubscriptionExists("s".into()))
        );
    }

    #[test]
    fn a_detached_partition_is_named_with_its_table() {
        let detached = Postcondition::PartitionDetached {
            table: name(Some("s"), "events"),
            partition: name(None, "events_2025"),
        };
        let sql = "ALTER TABLE IF EXISTS ONLY s.events DETACH PARTITION events_2025";
        assert_eq!(lasting_effect(&format!("{sql} CONCURRENTLY;")), Some(detached));
        assert_eq!(lasting_effect(&format!("{sql} FINALIZE;")), None);
    }

    #[test]
    fn a_rebuild_is_known_by_what_it_rebuilds() {
        let rebuilt = |scope| Some(Postcondition::Reindexed(scope));
        for sql in ["REINDEX INDEX CONCURRENTLY s.t", "reindex (concurrently, verbose) table s.T"] {
            assert_eq!(lasting_effect(sql), rebuilt(ReindexScope::Relation(name(Some("s"), "t"))), "{sql}");
        }
        let schema = rebuilt(ReindexScope::Schema("S".into()));
        assert_eq!(lasting_effect("REINDEX SCHEMA CONCURRENTLY \"S\""), schema);
        for sql in ["REINDEX DATABASE CONCURRENTLY d", "REINDEX (CONCURRENTLY) DATABASE"] {
            assert_eq!(lasting_effect(sql), rebuilt(ReindexScope::Database), "{sql}");
        }
        for sql in ["REINDEX DATABASE d", "REINDEX (CONCURRENTLY off) TABLE t"] {
            assert_eq!(lasting_effect(sql), None, "{sql}");
        }
    }

    #[test]
    fn the_roles_that_are_made_are_known_by_name() {
        let role = |name: &str| Some(Postcondition::RoleExists(name.into()));
        assert_eq!(lasting_effect("CREATE ROLE Reader NOLOGIN"), role("reader"));
        assert_eq!(lasting_effect("create user \"a \"\"b\"\"\""), role("a \"b\""));
        assert_eq!(lasting_effect("CREATE /* a */ GROUP g"), role("g"));
        assert_eq!(lasting_effect("CREATE USER MAPPING FOR al SERVER s"), None);
    }

    #[test]
    fn the_table_of_a_copy_is_named_as_it_is_written() {
        let copied = |name: &str| Some(Postcondition::RowsCopied(name.to_owned()));
        assert_eq!(lasting_effect("COPY T FROM stdin"), copied("T"));
        assert_eq!(lasting_effect("copy binary public . \"T\" (a) from stdin"), copied("public . \"T\""));
        assert_eq!(lasting_effect("COPY a.b.\"from\"(c) FROM stdin"), copied("a.b.\"from\""));
        let escaped = "U&\"d!0061\" UESCAPE '!'";
        assert_eq!(lasting_effect(&format!("COPY {escaped} FROM stdin")), copied(escaped));
        assert_eq!(lasting_effect("COPY t -- it\n FROM stdin"), copied("t -- it"));
        assert_eq!(lasting_effect("COPY t TO STDOUT"), copied("t"));
        assert_eq!(lasting_effect("COPY (SELECT 1) TO STDOUT"), None);
        assert_eq!(lasting_effect("COPY"), None);
    }

    #[test]
    fn what_leaves_nothing_to_look_for_has_no_effect() {
        for sql in ["VACUUM t", "ALTER SYSTEM SET x = 1", "SELECT 1", "", "CREATE"] {
            assert_eq!(lasting_effect(sql), None, "{sql}");
        }
    }
}
