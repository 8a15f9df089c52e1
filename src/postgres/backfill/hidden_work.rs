//! What the server does when rows of a table change and the statement does not say: a rule that does something else instead of changing
//! some of them, and a trigger, which may give a row another key.

use tokio_postgres::SimpleQueryRow;

use crate::migration::Backfill;

/// An expression in the query for a key: the first rule of the table `c` that is for some of the rows of an UPDATE.
pub const RULE_FOR_UPDATES: &str = concat!(
    "(SELECT pg_catalog.quote_ident(r.rulename) FROM pg_catalog.pg_rewrite r WHERE r.ev_class OPERATOR(pg_catalog.=) c.oid ",
    "AND r.is_instead AND r.ev_enabled OPERATOR(pg_catalog.<>) 'D' AND r.ev_qual::pg_catalog.text OPERATOR(pg_catalog.<>) '<>' ",
    "AND r.ev_type OPERATOR(pg_catalog.=) '2' ORDER BY r.rulename LIMIT 1)"
);

/// The same for a DELETE.
pub const RULE_FOR_DELETES: &str = concat!(
    "(SELECT pg_catalog.quote_ident(r.rulename) FROM pg_catalog.pg_rewrite r WHERE r.ev_class OPERATOR(pg_catalog.=) c.oid ",
    "AND r.is_instead AND r.ev_enabled OPERATOR(pg_catalog.<>) 'D' AND r.ev_qual::pg_catalog.text OPERATOR(pg_catalog.<>) '<>' ",
    "AND r.ev_type OPERATOR(pg_catalog.=) '4' ORDER BY r.rulename LIMIT 1)"
);

/// The first trigger of the table `c`, or of its children, that runs when rows are updated. Those of foreign keys do not count.
pub const UPDATE_TRIGGER: &str = "( \
     WITH RECURSIVE tree (relid) AS (SELECT c.oid UNION SELECT h.inhrelid FROM tree \
     JOIN pg_catalog.pg_inherits h ON h.inhparent OPERATOR(pg_catalog.=) tree.relid) \
     SELECT pg_catalog.quote_ident(g.tgname) FROM tree JOIN pg_catalog.pg_trigger g ON g.tgrelid OPERATOR(pg_catalog.=) tree.relid \
     WHERE NOT g.tgisinternal AND g.tgenabled OPERATOR(pg_catalog.<>) 'D' \
     AND (g.tgtype::pg_catalog.int4 OPERATOR(pg_catalog.&) 16) OPERATOR(pg_catalog.<>) 0 \
     ORDER BY g.tgname LIMIT 1)";

/// What the table `c` asks of its rows: its constraints and its unique indexes by their numbers, and its columns without NULL.
pub const CONSTRAINTS: &str = "pg_catalog.concat_ws(' ', \
     (SELECT pg_catalog.string_agg(k.oid::pg_catalog.text, ' ' ORDER BY k.oid) FROM pg_catalog.pg_constraint k \
     WHERE k.conrelid OPERATOR(pg_catalog.=) c.oid), \
     (SELECT pg_catalog.string_agg(u.indexrelid::pg_catalog.text, ' ' ORDER BY u.indexrelid) FROM pg_catalog.pg_index u \
     WHERE u.indrelid OPERATOR(pg_catalog.=) c.oid AND u.indisunique), \
     (SELECT pg_catalog.string_agg(n.attname::pg_catalog.text, ' ' ORDER BY n.attnum) FROM pg_catalog.pg_attribute n \
     WHERE n.attrelid OPERATOR(pg_catalog.=) c.oid AND n.attnotnull))";

/// The rule that does something else instead of what a backfill does to some of the rows.
pub fn rule_instead(row: &SimpleQueryRow, backfill: &Backfill) -> Option<String> {
    let rule = match (backfill.assigned.as_slice(), backfill.changes_its_table) {
        ([_, ..], _) => row.get("rule_for_updates"),
        ([], true) => row.get("rule_for_deletes"),
        ([], false) => None,
    };
    rule.map(str::to_owned)
}

/// The trigger that runs for the rows which a backfill updates in its table.
pub fn update_trigger(row: &SimpleQueryRow, backfill: &Backfill) -> Option<String> {
    let updates = backfill.changes_its_table && !backfill.assigned.is_empty();
    row.get("update_trigger").filter(|_| updates).map(str::to_owned)
}
