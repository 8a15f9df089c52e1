//! SQL that changes all rows of a table, a few at a time.

use crate::catalog::{Identity, Kind};
use crate::impact::finding::{RecipeFile, apart};
use crate::impact::look::HalfView;
use crate::impact::names::{bare, mentions};

/// How many pages of a table are changed in one transaction.
const PAGES: u32 = 100;

/// How many rows, where a key tells them apart.
const ROWS: u32 = 10_000;

/// Gives the rows of a table a value, those of its partitions and children included. `condition` is no longer true of a row
/// that has it: one that moves to a later page must not be changed twice.
pub(in crate::impact) fn in_batches(look: &HalfView<'_>, of: &str, set: &str, condition: &str) -> RecipeFile {
    let blocks = tables(look, of)
        .map(|(table, target)| page_by_page(&table, &format!("UPDATE {target} SET {set}"), condition));
    apart(blocks.collect::<Vec<_>>().join("\n"))
}

/// Deletes rows.
pub(in crate::impact) fn deleted_in_batches(look: &HalfView<'_>, of: &str, condition: &str) -> RecipeFile {
    let blocks = tables(look, of)
        .map(|(table, target)| page_by_page(&table, &format!("DELETE FROM {target}"), condition));
    apart(blocks.collect::<Vec<_>>().join("\n"))
}

/// Each table with rows, and how a statement names it alone.
fn tables(look: &HalfView<'_>, of: &str) -> impl Iterator<Item = (String, String)> {
    let tables = look.with_rows(of).into_iter();
    tables.map(|table| {
        let only = if look.children(&table).is_empty() { "" } else { "ONLY " };
        let target = format!("{only}{table}");
        (table, target)
    })
}

/// A block that walks over the pages of a table and commits after each few: no row stays locked for long, and VACUUM can
/// clean up behind it. It has to run outside of a transaction.
fn page_by_page(table: &str, change: &str, condition: &str) -> String {
    let size = size_of(table);
    format!(
        "\
DO $batches$
DECLARE
    pages bigint := {size} / current_setting('block_size')::bigint;
BEGIN
    FOR page IN 0..pages BY {PAGES} LOOP
        {change}
        WHERE ctid >= format('(%s,0)', page)::tid AND ctid < format('(%s,0)', page + {PAGES})::tid
            AND ({condition});
        COMMIT;
    END LOOP;
END
$batches$;"
    )
}

fn size_of(table: &str) -> String {
    format!("pg_relation_size('{}')", table.replace('\'', "''"))
}

/// Whether the SQL walks over the pages of this table.
pub(in crate::impact) fn walks_over(sql: &str, table: &str) -> bool {
    sql.contains(&format!("pages bigint := {} ", size_of(table)))
}

/// Changes rows in the order of the primary key, so that none is changed twice. `None` where the table has no such key of one
/// column, or the key itself is changed.
pub(in crate::impact) fn updated_by_key(
    look: &HalfView<'_>,
    of: &str,
    set: &str,
    condition: &str,
) -> Option<RecipeFile> {
    let is_key =
        |identity: &Identity| identity.kind == Kind::Constraint && identity.of.as_deref() == Some(of);
    let objects = look.case.after.objects.iter();
    let mut keys =
        objects.filter(|(identity, key)| is_key(identity) && key.get("type") == Some("primary key"));
    let columns = keys.next()?.1.list("columns");
    let [column] = columns.as_slice() else { return None };
    let key = look.column(of, column);
    if mentions(set, &bare(&key)) {
        return None;
    }
    Some(apart(format!(
        "\
DO $batches$
DECLARE
    batch_begin {of}.{key}%TYPE;
    batch_end {of}.{key}%TYPE;
BEGIN
    LOOP
        SELECT {key} INTO batch_end FROM (
            SELECT {key} FROM {of} WHERE batch_begin IS NULL OR {key} > batch_begin ORDER BY {key} LIMIT {ROWS}
        ) AS batch ORDER BY {key} DESC LIMIT 1;
        EXIT WHEN batch_end IS NULL;
        UPDATE {of} SET {set}
        WHERE (batch_begin IS NULL OR {key} > batch_begin) AND {key} <= batch_end AND ({condition});
        COMMIT;
        batch_begin := batch_end;
    END LOOP;
END
$batches$;"
    )))
}
