//! The one message that asks for everything.

use postgres_protocol::escape::escape_literal;

use crate::postgres::history::HistoryTable;

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = '5s';";

/// Facts come last: they are told of objects that have been seen.
const QUERIES: &[&str] = &[
    include_str!("sql/settings.sql"),
    include_str!("sql/database.sql"),
    include_str!("sql/schemas.sql"),
    include_str!("sql/types.sql"),
    include_str!("sql/sequences.sql"),
    include_str!("sql/tables.sql"),
    include_str!("sql/columns.sql"),
    include_str!("sql/constraints.sql"),
    include_str!("sql/indexes.sql"),
    include_str!("sql/statistics.sql"),
    include_str!("sql/views.sql"),
    include_str!("sql/functions.sql"),
    include_str!("sql/triggers.sql"),
    include_str!("sql/operators.sql"),
    include_str!("sql/languages.sql"),
    include_str!("sql/text.sql"),
    include_str!("sql/foreign.sql"),
    include_str!("sql/publications.sql"),
    include_str!("sql/facts.sql"),
];

/// The message for a server of this major version.
pub(super) fn text(server_version: u32, leave_out: &[HistoryTable]) -> String {
    let lines = QUERIES.iter().flat_map(|query| query.lines());
    let queries: String =
        lines.filter(|line| is_for(line, server_version)).flat_map(|line| [line, "\n"]).collect();
    format!("{BEGIN}\n{}\n{queries}COMMIT", left_out(leave_out))
}

/// A line with `-- since 18` is for that version and newer ones, one with `-- before 17` for older ones.
fn is_for(line: &str, server_version: u32) -> bool {
    let version_after = |word: &str| -> Option<u32> {
        let (_, behind) = line.split_once(word)?;
        behind.split_whitespace().next()?.parse().ok()
    };
    let (since, before) = (version_after("-- since "), version_after("-- before "));
    since.is_none_or(|since| server_version >= since) && before.is_none_or(|before| server_version < before)
}

/// What is not to be listed: members of extensions, functions and casts that a range type comes with, and these tables.
fn left_out(tables: &[HistoryTable]) -> String {
    let members = "SELECT classid AS \"left out\", objid AS oid FROM pg_catalog.pg_depend \
                   WHERE deptype = 'e' OR deptype = 'i' AND classid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, \
                   'pg_catalog.pg_cast'::pg_catalog.regclass)";
    if tables.is_empty() {
        return format!("{members};");
    }
    let names: Vec<String> = tables
        .iter()
        .map(|table| format!("({}, {})", escape_literal(table.schema()), escape_literal(table.name())))
        .collect();
    format!(
        "{members} UNION ALL SELECT c.tableoid, c.oid FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE (nspname, relname) IN ({});",
        names.join(", ")
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
        let text = text(15, &[HistoryTable::new("it's", "a\\b")]);
        assert!(text.contains("('it''s',  E'a\\\\b')"), "{text}");
    }
}
