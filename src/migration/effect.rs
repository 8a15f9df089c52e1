use super::sql::{Cursor, Name, Strings};

/// What a statement that runs outside of transactions leaves behind in the server.
///
/// Its effect and the note that it is done cannot be committed together. When a run broke off between the two,
/// asking the server whether this is so tells whether the statement is to be run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// `CREATE INDEX CONCURRENTLY`: this index, valid, on this table (and in the schema of it).
    IndexExists {
        /// The index; it never has a schema of its own.
        name: String,
        /// The table.
        table: Name,
    },
    /// `CREATE INDEX CONCURRENTLY` without a name: an index of this definition, valid, on this table.
    UnnamedIndexExists {
        /// The table.
        table: Name,
        /// Whether it is unique.
        unique: bool,
        /// What stands behind the table: `(title) WHERE done;`.
        definition: String,
    },
    /// `DROP INDEX CONCURRENTLY`
    IndexGone(Name),
    /// `REINDEX … CONCURRENTLY`: no invalid copies of indexes are left behind, for this index or of this table.
    Reindexed {
        /// The index or the table.
        name: Name,
    },
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
}

/// What a statement leaves behind. `None` when running it again does no harm (`VACUUM`, `REINDEX DATABASE`, `ALTER
/// SYSTEM`), when it shares a transaction with the note, or when its names cannot be told (`U&"…"`).
pub fn lasting_effect(sql: &str) -> Option<Effect> {
    let mut cursor = Cursor::new(sql.as_bytes(), Strings::Standard);
    let c = &mut cursor;
    if c.eat("create") {
        return created(c);
    }
    if c.eat("drop") {
        return dropped(c);
    }
    if c.eat("alter table") {
        return detached(c);
    }
    if c.eat("reindex") {
        return reindexed(c);
    }
    if c.eat("prepare transaction") {
        return c.string().map(Effect::PreparedTransactionExists);
    }
    if c.eat("commit prepared") || c.eat("rollback prepared") {
        return c.string().map(Effect::PreparedTransactionGone);
    }
    None
}

fn created(c: &mut Cursor<'_>) -> Option<Effect> {
    if c.eat("database") {
        return c.identifier().map(Effect::DatabaseExists);
    }
    if c.eat("tablespace") {
        return c.identifier().map(Effect::TablespaceExists);
    }
    if c.eat("subscription") {
        return c.identifier().map(Effect::SubscriptionExists);
    }
    let unique = c.eat("unique");
    if !c.eat("index concurrently") {
        return None;
    }
    c.eat("if not exists");
    // `CREATE INDEX CONCURRENTLY ON t`: ON is a reserved word, so no name stands there.
    let name = if c.eat("on") { None } else { Some(c.identifier().filter(|_| c.eat("on"))?) };
    c.eat("only");
    let table = c.name()?;
    Some(match name {
        Some(name) => Effect::IndexExists { name, table },
        None => Effect::UnnamedIndexExists { table, unique, definition: c.rest().to_owned() },
    })
}

fn reindexed(c: &mut Cursor<'_>) -> Option<Effect> {
    c.options();
    if !c.eat("index") && !c.eat("table") {
        return None;
    }
    c.eat("concurrently");
    Some(Effect::Reindexed { name: c.name()? })
}

fn dropped(c: &mut Cursor<'_>) -> Option<Effect> {
    if c.eat("index concurrently") {
        c.eat("if exists");
        return c.name().map(Effect::IndexGone);
    }
    let effect = if c.eat("database") {
        Effect::DatabaseGone
    } else if c.eat("tablespace") {
        Effect::TablespaceGone
    } else if c.eat("subscription") {
        Effect::SubscriptionGone
    } else {
        return None;
    };
    c.eat("if exists");
    c.identifier().map(effect)
}

fn detached(c: &mut Cursor<'_>) -> Option<Effect> {
    c.eat("if exists");
    c.eat("only");
    let table = c.name()?;
    c.eat_sign("*");
    if !c.eat("detach partition") {
        return None;
    }
    let partition = c.name()?;
    c.eat("concurrently").then_some(Effect::PartitionDetached { table, partition })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(schema: Option<&str>, name: &str) -> Name {
        Name { schema: schema.map(str::to_owned), name: name.to_owned() }
    }

    #[test]
    fn an_index_is_named_as_the_server_names_it() {
        let index = |index: &str, table: Name| Some(Effect::IndexExists { name: index.to_owned(), table });
        assert_eq!(
            lasting_effect(
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS Tasks_Due ON ONLY App.\"Tasks\" (due);"
            ),
            index("tasks_due", name(Some("app"), "Tasks"))
        );
        assert_eq!(
            lasting_effect("create index concurrently \"a \"\"b\"\"\" on t(x)"),
            index("a \"b\"", name(None, "t"))
        );
        let long = "x".repeat(70);
        assert_eq!(
            lasting_effect(&format!("CREATE INDEX CONCURRENTLY {long} ON t (x)")),
            index(&long[..63], name(None, "t"))
        );
    }

    #[test]
    fn an_index_without_a_name_is_known_by_what_stands_behind_its_table() {
        let effect = |table: Name, unique: bool, definition: &str| {
            Some(Effect::UnnamedIndexExists { table, unique, definition: definition.to_owned() })
        };
        assert_eq!(
            lasting_effect("CREATE INDEX CONCURRENTLY ON ONLY s.T /* why */ (x) -- end"),
            effect(name(Some("s"), "t"), false, "(x) -- end")
        );
        assert_eq!(
            lasting_effect("create unique index concurrently on \"T\" using btree (x desc) where x > 0;"),
            effect(name(None, "T"), true, "using btree (x desc) where x > 0;")
        );
        assert_eq!(lasting_effect("CREATE INDEX CONCURRENTLY ON t"), effect(name(None, "t"), false, ""));
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
            Some(Effect::IndexGone(name(Some("s"), "i")))
        );
        assert_eq!(gone("DROP INDEX CONCURRENTLY db.s.i"), Some(Effect::IndexGone(name(Some("s"), "i"))));
        assert_eq!(gone("DROP DATABASE IF EXISTS \"App\""), Some(Effect::DatabaseGone("App".into())));
        assert_eq!(gone("DROP TABLESPACE fast;"), Some(Effect::TablespaceGone("fast".into())));
        assert_eq!(gone("DROP SUBSCRIPTION sub"), Some(Effect::SubscriptionGone("sub".into())));
        assert_eq!(gone("ROLLBACK PREPARED 'it''s'"), Some(Effect::PreparedTransactionGone("it's".into())));
    }

    #[test]
    fn what_is_created_exists() {
        assert_eq!(lasting_effect("CREATE DATABASE app"), Some(Effect::DatabaseExists("app".into())));
        assert_eq!(
            lasting_effect("CREATE TABLESPACE t LOCATION '/x'"),
            Some(Effect::TablespaceExists("t".into()))
        );
        assert_eq!(
            lasting_effect("CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p"),
            Some(Effect::SubscriptionExists("s".into()))
        );
    }

    #[test]
    fn a_detached_partition_is_named_with_its_table() {
        let detached = Effect::PartitionDetached {
            table: name(Some("s"), "events"),
            partition: name(None, "events_2025"),
        };
        let sql = "ALTER TABLE IF EXISTS ONLY s.events DETACH PARTITION events_2025";
        assert_eq!(lasting_effect(&format!("{sql} CONCURRENTLY;")), Some(detached));
        assert_eq!(lasting_effect(&format!("{sql} FINALIZE;")), None);
    }

    #[test]
    fn a_rebuild_is_known_by_its_index_or_its_table() {
        for sql in ["REINDEX INDEX CONCURRENTLY s.t", "reindex (verbose) table concurrently s.T"] {
            assert_eq!(lasting_effect(sql), Some(Effect::Reindexed { name: name(Some("s"), "t") }), "{sql}");
        }
    }

    #[test]
    fn what_may_run_again_leaves_nothing_to_ask_for() {
        for sql in ["VACUUM t", "REINDEX DATABASE d", "ALTER SYSTEM SET x = 1", "SELECT 1", "", "CREATE"] {
            assert_eq!(lasting_effect(sql), None, "{sql}");
        }
    }
}
