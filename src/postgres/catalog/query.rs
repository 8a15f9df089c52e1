//! The one message that asks for everything.

use std::borrow::Cow;
use std::collections::BTreeSet;

use postgres_protocol::escape::escape_literal;

use super::options;
use crate::postgres::history::HistoryTable;
use crate::postgres::own_path::{Lasting, by_own_path};

/// Of which tables the definitions of constraints and indexes are read. To write them down takes a server most of the time that it
/// takes to read a catalog.
#[derive(Debug, Clone, Copy)]
pub(super) enum DefinitionsOf<'a> {
    /// Of all.
    All,
    /// Of those with one of these names, in whatever schema.
    Tables(&'a BTreeSet<String>),
}

impl DefinitionsOf<'_> {
    /// What the words for it in the files stand for.
    fn words(self) -> [(&'static str, String); 2] {
        let (all, tables) = match self {
            DefinitionsOf::All => ("true", "'{}'::oid[]".to_owned()),
            DefinitionsOf::Tables(names) if names.is_empty() => ("false", "'{}'::oid[]".to_owned()),
            DefinitionsOf::Tables(names) => {
                let names: Vec<String> = names.iter().map(|name| escape_literal(name)).collect();
                let tables = format!(
                    "ARRAY(SELECT oid FROM pg_catalog.pg_class WHERE relname OPERATOR(pg_catalog.=) \
                     ANY (ARRAY[{}]::pg_catalog.name[]))",
                    names.join(", ")
                );
                ("false", tables)
            }
        };
        // Names come last, so that nothing is put in place of what stands in them.
        [(":of_all", all.to_owned()), (":of_tables", tables)]
    }
}

/// In which transaction a catalog is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// One of its own, which sees a single moment.
    ItsOwn,
    /// The one that is open, with what has been done in it.
    TheOpenOne,
}

impl Within {
    /// What begins it.
    pub fn begin(self) -> &'static str {
        match self {
            Within::ItsOwn => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ",
            Within::TheOpenOne => "",
        }
    }

    /// What ends it.
    pub fn end(self) -> &'static str {
        match self {
            Within::ItsOwn => "; COMMIT",
            Within::TheOpenOne => "",
        }
    }

    pub fn around(self, statements: &str) -> String {
        format!("{}{statements}{}", self.begin(), self.end())
    }
}

/// Before anything is read.
const SETTINGS: &str = include_str!("sql/settings.sql");

/// What initdb has made, where somebody has changed it.
const BUILT_IN: &str = include_str!("sql/built_in.sql");

/// How tables are spread over several servers.
const CITUS: &str = include_str!("sql/citus.sql");

/// What is rare, or what much depends on.
const RARE: &[&str] = &[
    include_str!("sql/database.sql"),
    include_str!("sql/schemas.sql"),
    include_str!("sql/operators.sql"),
    include_str!("sql/languages.sql"),
    include_str!("sql/text.sql"),
    include_str!("sql/foreign.sql"),
    include_str!("sql/publications.sql"),
    include_str!("sql/event_triggers.sql"),
    include_str!("sql/rare_privileges.sql"),
    BUILT_IN,
];

/// What migrations are mostly about. Facts come last: they belong to objects that have been read.
const COMMON: &[&str] = &[
    include_str!("sql/tables.sql"),
    include_str!("sql/columns.sql"),
    include_str!("sql/constraints.sql"),
    include_str!("sql/views.sql"),
    include_str!("sql/types.sql"),
    include_str!("sql/sequences.sql"),
    include_str!("sql/indexes.sql"),
    include_str!("sql/statistics.sql"),
    include_str!("sql/functions.sql"),
    include_str!("sql/triggers.sql"),
    include_str!("sql/facts.sql"),
];

/// The message for a server of this major version that asks for everything, within a transaction that it begins and ends
/// or in one that is open.
pub(super) fn everything(
    server_version: u32,
    leave_out: &[HistoryTable],
    within: Within,
    definitions: DefinitionsOf<'_>,
) -> String {
    let settings = settings(server_version, Lasting::ForTheTransaction);
    let queries = queries_for_everything(server_version, leave_out, definitions);
    within.around(&format!("{settings}; {}", queries.join("; ")))
}

/// Makes statements that ask for everything, in a session that has the settings. Also gives what executes them.
pub(super) fn prepare_everything(server_version: u32, leave_out: &[HistoryTable]) -> (String, String) {
    let queries = queries_for_everything(server_version, leave_out, DefinitionsOf::All);
    let named = |(number, query)| {
        (format!("PREPARE pmdb_everything_{number} AS {query}"), format!("EXECUTE pmdb_everything_{number}"))
    };
    let (prepared, executes): (Vec<String>, Vec<String>) = queries.iter().enumerate().map(named).unzip();
    (prepared.join("; "), executes.join("; "))
}

fn queries_for_everything(
    server_version: u32,
    leave_out: &[HistoryTable],
    definitions: DefinitionsOf<'_>,
) -> Vec<String> {
    let files = RARE.iter().chain(COMMON).flat_map(|file| queries(file, server_version, definitions));
    left_out(leave_out).chain(files).map(|query| query.text).collect()
}

/// The message that asks for what is known of tables where there is Citus.
pub(super) fn distribution(server_version: u32, within: Within) -> String {
    let settings = settings(server_version, Lasting::ForTheTransaction);
    within.around(&format!("{settings}; {}", statements(CITUS, server_version)))
}

/// Sets all on which the way of writing things down depends.
pub(super) fn settings(server_version: u32, lasting: Lasting) -> String {
    let is_local = if lasting == Lasting::ForTheTransaction { "true" } else { "false" };
    by_own_path(lasting, &statements(SETTINGS, server_version).replace("$1", is_local))
}

/// Sets it all again in a session that has prepared it.
pub(super) const EXECUTE_SETTINGS: &str = "SET search_path = pg_catalog, pg_temp; EXECUTE pmdb_settings";

/// Makes the statements that tell what has changed: `pmdb_environment`, `pmdb_changes`,
/// `pmdb_changes_of_transaction`, `pmdb_dependents` and `pmdb_built_in`; and `pmdb_settings`.
pub(super) fn prepare_changes(server_version: u32) -> String {
    let file = |text| statements(text, server_version);
    let settings = file(SETTINGS).replace("$1", "false");
    format!(
        "PREPARE pmdb_settings AS {settings}; PREPARE pmdb_environment AS {}; \
         PREPARE pmdb_changes (pg_catalog.xid, pg_catalog.int4) AS {}; \
         PREPARE pmdb_changes_of_transaction (pg_catalog.xid, pg_catalog.int4) AS {}; \
         PREPARE pmdb_dependents (pg_catalog.oid[], pg_catalog.oid[]) AS {}; PREPARE pmdb_built_in AS {}",
        file(include_str!("sql/environment.sql")),
        file(include_str!("sql/changes.sql")),
        file(include_str!("sql/changes_of_transaction.sql")),
        file(include_str!("sql/dependents.sql")),
        file(BUILT_IN),
    )
}

/// A prepared statement that reads common objects with some numbers.
pub(super) struct ObjectStatement {
    pub name: String,
    reads: Vec<&'static str>,
}

impl ObjectStatement {
    /// Whether it reads objects of any of these sorts.
    pub fn reads(&self, sorts: &[&str]) -> bool {
        self.reads.is_empty() || self.reads.iter().any(|sort| sorts.contains(sort))
    }
}

/// Makes the statements that read the common objects with some numbers, and what is left out.
pub(super) fn prepare_objects(
    server_version: u32,
    leave_out: &[HistoryTable],
) -> (String, Vec<ObjectStatement>) {
    let all = left_out(leave_out)
        .chain(COMMON.iter().flat_map(|file| queries(file, server_version, DefinitionsOf::All)));
    let prepared: (Vec<String>, Vec<ObjectStatement>) = all
        .enumerate()
        .map(|(number, Query { text, reads })| {
            let name = format!("pmdb_objects_{number}");
            let prepare =
                format!("PREPARE {name} (pg_catalog.oid[]) AS SELECT * FROM ({text}) AS q WHERE oid OPERATOR(pg_catalog.=) ANY ($1)");
            (prepare, ObjectStatement { name, reads })
        })
        .unzip();
    (prepared.0.join("; "), prepared.1)
}

/// A query of a file.
#[derive(Default)]
struct Query {
    text: String,
    /// The sorts of objects that it reads, as `sql/dependents.sql` names them; none: perhaps any.
    reads: Vec<&'static str>,
}

/// The queries of a file, in one message.
pub(in crate::postgres) fn statements(file: &'static str, server_version: u32) -> String {
    let texts: Vec<String> =
        queries(file, server_version, DefinitionsOf::All).into_iter().map(|query| query.text).collect();
    texts.join("; ")
}

/// What several queries say, by the word that stands for it in their files. A word may stand in one before it.
const SHORTHANDS: [(&str, &str); 7] = [
    (":versions", include_str!("sql/shorthands/versions.sql")),
    // What both questions for changes ask of catalogs that are no part of a relation, and how both end.
    (":changes_of_others", include_str!("sql/shorthands/changes_of_others.sql")),
    (":touched_by_changes", include_str!("sql/shorthands/touched_by_changes.sql")),
    (":is_new", include_str!("sql/shorthands/is_new.sql")),
    // One step from what is in `touched` to what depends on it, and the row that tells of all in it.
    (":next_touched", include_str!("sql/shorthands/next_touched.sql")),
    (":sorts_of_touched", include_str!("sql/shorthands/sorts_of_touched.sql")),
    // What `granted` (class, oid, sub, owner, acl, usual) says by grantee, now and by default. The owner is not called by
    // name, so that a change of the owner is one change.
    (":items", include_str!("sql/shorthands/items.sql")),
];

/// The queries of a file, with patterns of options and shorthands written out, and without comments and what other
/// versions understand.
fn queries(file: &'static str, server_version: u32, definitions: DefinitionsOf<'_>) -> Vec<Query> {
    let mut words = options::patterns(server_version).to_vec();
    words.extend(SHORTHANDS.map(|(word, sql)| (word, sql.trim_end().to_owned())));
    words.extend(definitions.words());
    let mut queries = Vec::new();
    let mut query = Query::default();
    for line in file.lines().filter(|line| is_for(line, server_version)) {
        if let Some(sorts) = line.strip_prefix("-- reads ") {
            query.reads = sorts.split(' ').collect();
        }
        let code = line.split_once("-- ").map_or(line, |(code, _)| code).trim_end();
        let (code, is_end) = code.strip_suffix(';').map_or((code, false), |code| (code, true));
        let mut code = Cow::Borrowed(code);
        for (word, sql) in &words {
            if code.contains(word) {
                code = code.replace(word, sql).into();
            }
        }
        query.text.push_str(&code);
        query.text.push('\n');
        if is_end {
            queries.push(std::mem::take(&mut query));
        }
    }
    queries
}

/// A line with `-- since 18` is for that version and newer ones, one with `-- before 17` for older ones.
fn is_for(line: &str, server_version: u32) -> bool {
    let version_after = |word: &str| -> Option<u32> {
        let (_, after) = line.split_once(word)?;
        after.split_whitespace().next()?.parse().ok()
    };
    let (since, before) = (version_after("-- since "), version_after("-- before "));
    since.is_none_or(|since| server_version >= since) && before.is_none_or(|before| server_version < before)
}

/// The sort of object that the tables of pmdb's history are, and what belongs to them.
pub(super) const HISTORY: &str = "history";

/// What is not to be listed: members of extensions that initdb has not made, functions and casts that a range type comes
/// with; and these tables with their sequences.
fn left_out(tables: &[HistoryTable]) -> impl Iterator<Item = Query> {
    // Two queries, each of which has an index.
    let members = "SELECT classid AS \"left out\", objid AS oid FROM pg_catalog.pg_depend \
                   WHERE deptype OPERATOR(pg_catalog.=) 'e' \
                   AND refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass::pg_catalog.oid \
                   AND objid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid \
                   UNION ALL SELECT classid, objid FROM pg_catalog.pg_depend \
                   WHERE deptype OPERATOR(pg_catalog.=) 'i' AND classid OPERATOR(pg_catalog.=) \
                   ANY ('{pg_catalog.pg_proc,pg_catalog.pg_cast}'::pg_catalog.regclass[]::pg_catalog.oid[])";
    let members = Query { text: members.to_owned(), reads: vec!["members", "pg_proc"] };
    let history = (!tables.is_empty()).then(|| Query { text: history(tables), reads: vec![HISTORY] });
    std::iter::once(members).chain(history)
}

/// These tables with their sequences.
fn history(tables: &[HistoryTable]) -> String {
    let names: Vec<String> = tables
        .iter()
        .map(|table| format!("({}, {})", escape_literal(table.schema()), escape_literal(table.name())))
        .collect();
    // Compared as names, for which there is an index.
    let tables = format!(
        "pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
         JOIN (VALUES {}) AS ours (schema, name) ON n.nspname OPERATOR(pg_catalog.=) ours.schema::pg_catalog.name \
         AND c.relname OPERATOR(pg_catalog.=) ours.name::pg_catalog.name",
        names.join(", ")
    );
    // A `serial` column has a sequence of its own, which goes with the table.
    format!(
        "SELECT c.tableoid AS \"left out\", c.oid FROM {tables} \
         UNION ALL SELECT d.classid, d.objid FROM {tables} JOIN pg_catalog.pg_depend d \
         ON d.refobjid OPERATOR(pg_catalog.=) c.oid AND d.refclassid OPERATOR(pg_catalog.=) c.tableoid \
         AND d.classid OPERATOR(pg_catalog.=) c.tableoid AND d.deptype OPERATOR(pg_catalog.=) 'a'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_other_versions_is_left_out() {
        assert!(is_for("SELECT 1", 14));
        assert!(!is_for("a, -- since 15", 14) && is_for("a, -- since 15", 15));
        assert!(is_for("a, -- before 17", 16) && !is_for("a, -- before 17", 17));
        let both = [14, 15, 16, 17].map(|version| is_for("a, -- since 15 -- before 17", version));
        assert_eq!(both, [false, true, true, false]);
    }

    #[test]
    fn names_of_tables_to_leave_out_are_quoted() {
        let text = everything(15, &[HistoryTable::new("it's", "a\\b")], Within::ItsOwn, DefinitionsOf::All);
        assert!(text.contains("('it''s',  E'a\\\\b')"), "{text}");
    }
}
