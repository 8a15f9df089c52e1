//! After a crash in `CREATE INDEX CONCURRENTLY`, `DROP INDEX CONCURRENTLY` or `REINDEX CONCURRENTLY`: a valid index
//! counts as done, an invalid one has to go before the statement runs again.
//!
//! The history has noted the statement as in flight before it was sent; `run/alone.rs` acts on what is found here.

use postgres_protocol::escape::{escape_identifier, escape_literal};
use tokio_postgres::SimpleQueryRow;

use super::{Found, quoted, regclass};
use crate::migration::Postcondition;
use crate::migration::sql::{Name, ReindexScope};

/// The index of this name on the table: an index lies in the schema of its table, where one of the same name in another
/// schema may hide it.
pub(super) fn index_query(table: &Name, name: &str) -> String {
    format!(
        "SELECT n.nspname, i.indisvalid FROM pg_catalog.pg_index i \
         JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
         WHERE c.relname::pg_catalog.text OPERATOR(pg_catalog.=) {} \
         AND i.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({})::pg_catalog.oid AND {}",
        escape_literal(name),
        regclass(table),
        nobody_builds("i.indexrelid"),
    )
}

/// A row if this name is taken in the schema of the table by anything but an invalid index.
pub(in crate::postgres) fn name_taken_query(table: &Name, name: &str) -> String {
    format!(
        "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_class t ON t.relnamespace OPERATOR(pg_catalog.=) c.relnamespace \
         WHERE t.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({})::pg_catalog.oid \
         AND c.relname::pg_catalog.text OPERATOR(pg_catalog.=) {} AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i \
         WHERE i.indexrelid OPERATOR(pg_catalog.=) c.oid AND NOT i.indisvalid)",
        regclass(table),
        escape_literal(name),
    )
}

/// An invalid one is what the statement left, whatever it was to be. A valid one is its work only if it is defined as the
/// statement says: `None`.
pub(super) fn index_found(name: &str, rows: &[SimpleQueryRow]) -> Option<Found> {
    match rows.first() {
        None => Some(Found::NotDone),
        Some(row) if row.get("indisvalid") == Some("t") => None,
        Some(row) => Some(invalid_index_found(row, name)),
    }
}

/// The index that a statement should have made, if it is there and invalid: `IF NOT EXISTS` is content with one.
pub(in crate::postgres) fn invalid_index<'p>(
    postcondition: &'p Postcondition,
    rows: &[SimpleQueryRow],
) -> Option<&'p str> {
    let Postcondition::IndexExists { name, .. } = postcondition else { return None };
    rows.first().filter(|row| row.get("indisvalid") == Some("f")).map(|_| name.as_str())
}

/// What the indexes of [`twin_query`] say; `None` where the server refuses it: the statement is wrong, or the role may not
/// make temporary tables.
pub(in crate::postgres) fn found_by_definition(
    postcondition: &Postcondition,
    twins: Option<&[SimpleQueryRow]>,
) -> Found {
    let done = |name: &str| Found::Done(format!("index {name} is built and valid"));
    match (postcondition, twins) {
        (Postcondition::IndexExists { name, .. }, Some(twins)) => {
            let is_there = twins.iter().any(|twin| twin.get("relname") == Some(name));
            if is_there { done(name) } else { Found::NotDone }
        }
        (Postcondition::IndexExists { name, .. }, None) => Found::Unclear(format!(
            "the index {name} is there, and whether it is defined as in the file cannot be found out without a temporary \
             table"
        )),
        // The server finds a name for such an index, and another one at each try. So it is known by its definition alone.
        (_, twins) => twins.and_then(<[SimpleQueryRow]>::first).map_or(Found::NotDone, |row| {
            let name = row.get("relname").unwrap_or_default();
            match row.get("indisvalid") {
                Some("t") => done(name),
                _ => invalid_index_found(row, name),
            }
        }),
    }
}

fn invalid_index_found(row: &SimpleQueryRow, name: &str) -> Found {
    let qualified =
        format!("{}.{}", escape_identifier(row.get("nspname").unwrap_or_default()), escape_identifier(name));
    Found::InvalidLeftover {
        what: format!("the invalid index {name}"),
        remove: vec![format!("DROP INDEX CONCURRENTLY IF EXISTS {qualified}")],
    }
}

/// The indexes of a table that are defined as in the statement, valid ones first, as the server writes definitions: that of
/// the statement is learned from the same index on an empty twin of the table. All of it is one transaction, and the twin is
/// gone at its end. An index that somebody is building right now does not count. `None` for what is no index.
pub(in crate::postgres) fn twin_query(postcondition: &Postcondition) -> Option<String> {
    let (Postcondition::IndexExists { table, unique, definition, .. }
    | Postcondition::UnnamedIndexExists { table, unique, definition }) = postcondition
    else {
        return None;
    };
    Some(format!(
        "CREATE TEMPORARY TABLE pmdb_twin (LIKE {}); CREATE {}INDEX ON pg_temp.pmdb_twin {definition}\n; \
         WITH written AS (SELECT i.indexrelid, i.indrelid, i.indisunique, i.indisvalid, \
         pg_catalog.substr(d, pg_catalog.strpos(d, ' USING ')) AS text \
         FROM pg_catalog.pg_index i, pg_catalog.pg_get_indexdef(i.indexrelid) d \
         WHERE i.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({})::pg_catalog.oid \
         OR i.indrelid OPERATOR(pg_catalog.=) 'pg_temp.pmdb_twin'::pg_catalog.regclass::pg_catalog.oid) \
         SELECT n.nspname, c.relname, w.indisvalid FROM written w \
         JOIN written twin ON twin.indrelid OPERATOR(pg_catalog.=) 'pg_temp.pmdb_twin'::pg_catalog.regclass::pg_catalog.oid \
         AND twin.text OPERATOR(pg_catalog.=) w.text AND twin.indisunique OPERATOR(pg_catalog.=) w.indisunique \
         AND twin.indrelid OPERATOR(pg_catalog.<>) w.indrelid \
         JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) w.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
         WHERE {} ORDER BY w.indisvalid DESC; \
         DROP TABLE pg_temp.pmdb_twin",
        quoted(table),
        if *unique { "UNIQUE " } else { "" },
        regclass(table),
        nobody_builds("w.indexrelid"),
    ))
}

fn nobody_builds(index: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index building \
         WHERE building.index_relid OPERATOR(pg_catalog.=) {index})"
    )
}

/// A rebuild that failed leaves invalid copies behind, named after the index with `_ccnew` or `_ccold` and perhaps a number
/// (PostgreSQL manual, REINDEX, "Rebuilding Indexes Concurrently"). The TOAST table of a table has an index too. What
/// another session is rebuilding right now does not count.
pub(super) fn copies_query(scope: &ReindexScope) -> String {
    let tables = match scope {
        ReindexScope::Relation(name) => format!(
            "SELECT t.relid::pg_catalog.oid AS oid FROM pg_catalog.to_regclass({}) AS named, \
             LATERAL (SELECT p.relid FROM pg_catalog.pg_partition_tree(named) p \
             UNION ALL SELECT named) AS of_it, \
             LATERAL (SELECT i.indrelid::pg_catalog.regclass FROM pg_catalog.pg_index i \
             WHERE i.indexrelid OPERATOR(pg_catalog.=) of_it.relid::pg_catalog.oid UNION ALL SELECT of_it.relid) AS t (relid)",
            regclass(name)
        ),
        ReindexScope::Schema(name) => format!(
            "SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s \
             ON s.oid OPERATOR(pg_catalog.=) c.relnamespace WHERE s.nspname::pg_catalog.text OPERATOR(pg_catalog.=) {}",
            escape_literal(name)
        ),
        ReindexScope::Database => "SELECT c.oid FROM pg_catalog.pg_class c".to_owned(),
    };
    format!(
        "WITH rebuilt AS ({tables}) \
         SELECT DISTINCT pg_catalog.format('%I.%I', n.nspname, c.relname) AS copy FROM pg_catalog.pg_index i \
         JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
         JOIN pg_catalog.pg_class t ON t.oid OPERATOR(pg_catalog.=) i.indrelid \
         LEFT JOIN pg_catalog.pg_class main ON main.reltoastrelid OPERATOR(pg_catalog.=) t.oid \
         WHERE NOT i.indisvalid \
         AND c.relname::pg_catalog.text OPERATOR(pg_catalog.~) '_cc(new|old)[0-9]*$' \
         AND EXISTS (SELECT FROM rebuilt r WHERE r.oid OPERATOR(pg_catalog.=) t.oid \
         OR r.oid OPERATOR(pg_catalog.=) main.oid) \
         AND EXISTS (SELECT FROM pg_catalog.pg_index o JOIN pg_catalog.pg_class original \
         ON original.oid OPERATOR(pg_catalog.=) o.indexrelid \
         WHERE o.indrelid OPERATOR(pg_catalog.=) i.indrelid AND o.indexrelid OPERATOR(pg_catalog.<>) i.indexrelid \
         AND pg_catalog.starts_with(original.relname::pg_catalog.text, \
         pg_catalog.regexp_replace(c.relname::pg_catalog.text, '_cc(new|old)[0-9]*$', ''))) \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index building \
         WHERE building.relid OPERATOR(pg_catalog.=) t.oid) ORDER BY 1",
    )
}

pub(super) fn copies_found(rows: &[SimpleQueryRow]) -> Found {
    let copies: Vec<&str> = rows.iter().filter_map(|row| row.get("copy")).collect();
    if copies.is_empty() {
        return Found::NotDone;
    }
    Found::InvalidLeftover {
        what: format!(
            "the invalid {} {}",
            if copies.len() == 1 { "index" } else { "indexes" },
            copies.join(", ")
        ),
        remove: copies.iter().map(|copy| format!("DROP INDEX CONCURRENTLY IF EXISTS {copy}")).collect(),
    }
}

/// A row if it is there.
pub(super) fn index_is_there_query(name: &Name) -> String {
    format!("SELECT 1 WHERE pg_catalog.to_regclass({}) IS NOT NULL", regclass(name))
}
