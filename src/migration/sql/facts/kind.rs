use super::super::cursor::Cursor;
use super::super::lexer::StandardStrings;
use super::super::statement_kind::StatementKind;
use super::super::token::TokenKind;
use super::non_transactional::non_transactional;
use super::setting::{changes_lexing, is_local_setting};
use super::transaction_command::transaction_command;

/// What kind of statement this is, by its keywords. The first keyword decides most: so it is read once, and each rule
/// reads on after it only if it is one of its own.
pub(in super::super) fn kind_of(statement: &[u8], strings: StandardStrings) -> StatementKind {
    let mut cursor = Cursor::new(statement, strings);
    let Some(first) = cursor.take_word() else { return StatementKind::Other };
    let first = first.as_slice();
    let c = &mut cursor;
    if let Some(name) = non_transactional(first, c) {
        return StatementKind::NonTransactional(name);
    }
    if let Some(word) = transaction_command(first, c) {
        return StatementKind::TransactionControl(word);
    }
    let is_local_setting = first == b"set" && is_local_setting(c);
    match first {
        b"copy" => copy(c),
        b"call" => StatementKind::MayCommit,
        b"do" if may_commit(c) => StatementKind::MayCommit,
        _ if changes_lexing(first, c) => StatementKind::ChangesLexing,
        _ if is_local_setting => StatementKind::LocalSetting,
        _ => StatementKind::Other,
    }
}

/// A COPY from or to the client. The server reads `FROM STDOUT` as `FROM STDIN`, and the other way round.
fn copy(cursor: &Cursor<'_>) -> StatementKind {
    for (preposition, kind) in [("from", StatementKind::Copy), ("to", StatementKind::CopyOut)] {
        let mut after = cursor.clone();
        if after.find(preposition) && (after.eat("stdin") || after.eat("stdout")) {
            return kind;
        }
    }
    StatementKind::Other
}

/// Whether a DO may end transactions: its body says so, or calls a procedure, which may. What it is written in has its own
/// words for that (`plpy.commit()`, `spi_commit()`).
fn may_commit(c: &mut Cursor<'_>) -> bool {
    let mut bodies = Vec::new();
    let mut is_plpgsql = true;
    while let Some((kind, text)) = c.peek() {
        if c.eat("language") {
            let language = c.take().unwrap_or_default().to_ascii_lowercase();
            is_plpgsql = matches!(language.as_slice(), b"plpgsql" | b"'plpgsql'" | b"\"plpgsql\"");
            continue;
        }
        if matches!(kind, TokenKind::DollarBody | TokenKind::String) {
            bodies.push(text);
        }
        c.skip();
    }
    bodies.into_iter().any(|body| match is_plpgsql {
        true => words(body).any(|word| {
            ["commit", "rollback", "call"].iter().any(|it| word.eq_ignore_ascii_case(it.as_bytes()))
        }),
        false => {
            let body = body.to_ascii_lowercase();
            ["commit", "rollback", "call "]
                .iter()
                .any(|it| memchr::memmem::find(&body, it.as_bytes()).is_some())
        }
    })
}

fn words(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
}

#[cfg(test)]
mod tests {
    use super::super::super::statement_kind::TransactionCommand;
    use super::*;

    fn kind(sql: &str) -> StatementKind {
        kind_of(sql.as_bytes(), StandardStrings::On)
    }

    #[test]
    fn copy_takes_data_only_from_the_client() {
        for sql in ["COPY t FROM stdin;", "copy s.\"T\" (a, \"from\") from /**/ STDIN with (format csv)"] {
            assert_eq!(kind(sql), StatementKind::Copy, "{sql}");
        }
        for sql in ["COPY t TO STDOUT", "COPY (SELECT 1 FROM stdin) TO STDOUT WITH (FORMAT csv)"] {
            assert_eq!(kind(sql), StatementKind::CopyOut, "{sql}");
        }
        for sql in ["COPY t FROM 'stdin'", "COPY \"from stdin\" TO '/x'", "COPY t TO PROGRAM 'cat'"] {
            assert_eq!(kind(sql), StatementKind::Other, "{sql}");
        }
    }

    #[test]
    fn transaction_control_is_told_from_what_resembles_it() {
        let control = StatementKind::TransactionControl;
        assert_eq!(kind("/* go */ begin;"), control(TransactionCommand::Begin));
        assert_eq!(kind("END TRANSACTION"), control(TransactionCommand::Commit));
        assert_eq!(kind("COMMIT AND NO CHAIN"), control(TransactionCommand::Commit));
        assert_eq!(kind("COMMIT WORK AND CHAIN"), control(TransactionCommand::CommitAndChain));
        assert_eq!(kind("ROLLBACK AND CHAIN"), control(TransactionCommand::RollbackAndChain));
        assert_eq!(kind("ROLLBACK TRANSACTION TO a"), control(TransactionCommand::RollbackTo));
        assert_eq!(kind("PREPARE TRANSACTION 'x'"), control(TransactionCommand::PrepareTransaction));
        assert_eq!(kind("PREPARE transaction AS SELECT 1"), StatementKind::Other);
    }

    #[test]
    fn what_the_server_refuses_in_a_transaction_is_known_by_name() {
        for (sql, name) in [
            ("CREATE UNIQUE INDEX CONCURRENTLY i ON t (x)", "CREATE INDEX CONCURRENTLY"),
            ("DROP INDEX CONCURRENTLY i", "DROP INDEX CONCURRENTLY"),
            ("REINDEX TABLE CONCURRENTLY t", "REINDEX CONCURRENTLY"),
            ("REINDEX (VERBOSE, CONCURRENTLY) INDEX i", "REINDEX CONCURRENTLY"),
            ("REINDEX (VERBOSE) SCHEMA s", "REINDEX SCHEMA"),
            ("REINDEX DATABASE d", "REINDEX DATABASE"),
            ("REINDEX SYSTEM d", "REINDEX SYSTEM"),
            (
                "ALTER TABLE IF EXISTS s.t DETACH PARTITION s.p CONCURRENTLY",
                "ALTER TABLE … DETACH PARTITION CONCURRENTLY",
            ),
            ("VACUUM", "VACUUM"),
            ("VACUUM (ANALYZE) t", "VACUUM"),
            ("CLUSTER;", "CLUSTER without a table"),
            ("CLUSTER VERBOSE", "CLUSTER without a table"),
            ("CLUSTER (VERBOSE)", "CLUSTER without a table"),
            ("REPACK (CONCURRENTLY) t USING INDEX i", "REPACK (CONCURRENTLY)"),
            ("repack (verbose, concurrently true)", "REPACK (CONCURRENTLY)"),
            ("REPACK;", "REPACK without a table"),
            ("REPACK (VERBOSE) USING INDEX", "REPACK without a table"),
            ("CREATE DATABASE d", "CREATE DATABASE"),
            ("DROP DATABASE IF EXISTS d", "DROP DATABASE"),
            ("CREATE TABLESPACE t LOCATION '/x'", "CREATE TABLESPACE"),
            ("DROP TABLESPACE t", "DROP TABLESPACE"),
            ("ALTER DATABASE d SET TABLESPACE t", "ALTER DATABASE … SET TABLESPACE"),
            ("ALTER SYSTEM RESET ALL", "ALTER SYSTEM"),
            ("CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", "CREATE SUBSCRIPTION"),
            (
                "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (enabled = false)",
                "CREATE SUBSCRIPTION",
            ),
            ("DROP SUBSCRIPTION s", "DROP SUBSCRIPTION"),
            ("ALTER SUBSCRIPTION s REFRESH PUBLICATION", "ALTER SUBSCRIPTION … REFRESH"),
            ("ALTER SUBSCRIPTION s ADD PUBLICATION p", "ALTER SUBSCRIPTION … PUBLICATION with refresh"),
            ("ALTER SUBSCRIPTION s SET (failover = true)", "ALTER SUBSCRIPTION … SET of a slot's option"),
            ("DISCARD ALL", "DISCARD ALL"),
            ("COMMIT PREPARED 'x'", "COMMIT PREPARED"),
            ("ROLLBACK PREPARED 'x'", "ROLLBACK PREPARED"),
            (
                "SELECT pg_catalog.create_distributed_table_concurrently('t', 'id')",
                "create_distributed_table_concurrently",
            ),
        ] {
            assert_eq!(kind(sql), StatementKind::NonTransactional(name), "{sql}");
        }
    }

    #[test]
    fn what_resembles_them_can_run_in_a_transaction() {
        for sql in [
            "CREATE INDEX concurrently_i ON t (x)",
            "DROP INDEX i",
            "REINDEX TABLE t",
            "REINDEX (CONCURRENTLY false) TABLE t",
            "ALTER TABLE t DETACH PARTITION p",
            "ALTER TABLE t DETACH PARTITION p FINALIZE",
            "CLUSTER t",
            "REPACK t",
            "REPACK (CONCURRENTLY off, VERBOSE) t USING INDEX",
            "CLUSTER (VERBOSE) t USING i",
            "ALTER DATABASE d SET work_mem = '1MB'",
            "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false)",
            "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (slot_name = NONE, create_slot = off)",
            "ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = 'false')",
            "ALTER SUBSCRIPTION s SET (slot_name = NONE)",
            "ALTER SUBSCRIPTION s DISABLE",
            "DISCARD PLANS",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
            "SELECT create_distributed_table('t', 'id')",
            "SELECT 'create_distributed_table_concurrently'",
        ] {
            assert_eq!(kind(sql), StatementKind::Other, "{sql}");
        }
    }

    #[test]
    fn a_procedure_or_a_block_that_commits_may_end_the_transaction() {
        assert_eq!(kind("CALL backfill()"), StatementKind::MayCommit);
        assert_eq!(kind("DO $$ BEGIN LOOP commit; END LOOP; END $$"), StatementKind::MayCommit);
        assert_eq!(kind("DO LANGUAGE plpgsql 'begin rollback; end'"), StatementKind::MayCommit);
        assert_eq!(kind("DO $$ BEGIN CALL p(); END $$"), StatementKind::MayCommit);
        assert_eq!(kind("DO $$ BEGIN EXECUTE 'call p()'; END $$"), StatementKind::MayCommit);
        assert_eq!(kind("DO $$ spi_commit() $$ LANGUAGE plperl"), StatementKind::MayCommit);
        assert_eq!(kind("DO LANGUAGE plpython3u $$ plpy.rollback() $$"), StatementKind::MayCommit);
        assert_eq!(kind("DO $$ BEGIN committed := 1; END $$"), StatementKind::Other);
    }

    #[test]
    fn a_setting_of_the_transaction_is_told_from_one_of_the_session() {
        for sql in ["SET LOCAL work_mem = '1MB'", "SET TRANSACTION READ ONLY", "SET CONSTRAINTS ALL DEFERRED"]
        {
            assert_eq!(kind(sql), StatementKind::LocalSetting, "{sql}");
        }
        assert_eq!(kind("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"), StatementKind::Other);
    }

    #[test]
    fn settings_that_change_how_text_is_read_are_known() {
        for sql in [
            "SET standard_conforming_strings = off",
            "SET LOCAL Standard_Conforming_Strings TO 'off'",
            "SET SESSION client_encoding = 'UTF8'",
            "SET \"backslash_quote\" = on",
            "SET NAMES 'UTF8'",
            "RESET standard_conforming_strings",
            "RESET ALL",
            "SELECT pg_catalog.set_config('standard_conforming_strings', 'off', false)",
        ] {
            assert_eq!(kind(sql), StatementKind::ChangesLexing, "{sql}");
        }
        for sql in [
            "SET search_path = x",
            "SELECT pg_catalog.set_config('search_path', '', false)",
            "RESET x",
            "SET",
        ] {
            assert_eq!(kind(sql), StatementKind::Other, "{sql}");
        }
    }
}
