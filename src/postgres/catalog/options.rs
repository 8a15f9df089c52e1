//! Which options of an object are the user's, and which the server keeps for itself.
//!
//! The server may write marks of its own among options (a minor release of PostgreSQL did so for every column). What
//! nobody can set is not the schema, so options are read by two rules:
//!
//! - Where the server has a closed list (columns, views, and what its own access methods store), an option is what stands
//!   in that list. Minor releases never add to it. For a server that is newer than these lists, the other rule holds.
//! - Where the author of an extension makes the list (other access methods, foreign data), it is any name that does not
//!   begin with `pg_`, which PostgreSQL keeps for itself in the names of schemas, roles and tablespaces too.

use crate::migration::sql::secrets::{NAMES, NO_SECRETS};

/// The newest major version whose options stand below.
const NEWEST: u32 = 18;

const COLUMN: &[&str] = &["n_distinct", "n_distinct_inherited"];

const VIEW: &[&str] = &["check_option", "security_barrier", "security_invoker"];

/// Each is also valid with the prefix `toast.`.
const TABLE: &[&str] = &[
    "autovacuum_analyze_scale_factor",
    "autovacuum_analyze_threshold",
    "autovacuum_enabled",
    "autovacuum_freeze_max_age",
    "autovacuum_freeze_min_age",
    "autovacuum_freeze_table_age",
    "autovacuum_multixact_freeze_max_age",
    "autovacuum_multixact_freeze_min_age",
    "autovacuum_multixact_freeze_table_age",
    "autovacuum_vacuum_cost_delay",
    "autovacuum_vacuum_cost_limit",
    "autovacuum_vacuum_insert_scale_factor",
    "autovacuum_vacuum_insert_threshold",
    "autovacuum_vacuum_max_threshold",
    "autovacuum_vacuum_scale_factor",
    "autovacuum_vacuum_threshold",
    "fillfactor",
    "log_autovacuum_min_duration",
    "parallel_workers",
    "toast_tuple_target",
    "user_catalog_table",
    "vacuum_index_cleanup",
    "vacuum_max_eager_freeze_failure_rate",
    "vacuum_truncate",
];

const INDEX: &[&str] = &[
    "autosummarize",
    "buffering",
    "deduplicate_items",
    "fastupdate",
    "fillfactor",
    "gin_pending_list_limit",
    "pages_per_range",
    "vacuum_cleanup_index_scale_factor",
];

/// The name as it stands in a query, and what such an option looks like: a regular expression, as a literal of SQL.
pub(super) fn patterns(server_version: u32) -> [(&'static str, String); 6] {
    let closed = |names: &[&str]| match server_version <= NEWEST {
        true => format!("'^({})='", names.join("|")),
        false => ANY.to_owned(),
    };
    let table = TABLE.iter().flat_map(|name| [(*name).to_owned(), format!("toast\\.{name}")]);
    let table: Vec<String> = table.collect();
    let table: Vec<&str> = table.iter().map(String::as_str).collect();
    [
        (":any_option", ANY.to_owned()),
        (":column_option", closed(COLUMN)),
        (":view_option", closed(VIEW)),
        (":table_option", closed(&table)),
        (":index_option", closed(INDEX)),
        (":secret_option", secret()),
    ]
}

/// An option whose value is not read.
fn secret() -> String {
    format!("'^(?!({})=)[^=]*({})'", NO_SECRETS.join("|"), NAMES.join("|"))
}

/// A setting that an extension has defined is called `pg_stat_statements.track`.
const ANY: &str = "'^(?!pg_[^.=]*=)'";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_newer_than_the_lists_has_options_of_any_name_but_its_own() {
        let [_, known @ .., _] = patterns(NEWEST);
        assert!(known.iter().all(|(_, pattern)| pattern.starts_with("'^(")), "{known:?}");
        let [_, unknown @ .., _] = patterns(NEWEST + 1);
        assert!(unknown.iter().all(|(_, pattern)| pattern == ANY), "{unknown:?}");
    }
}
