//! SQL that changes all rows of a table, a few at a time.

/// How many pages of a table are changed in one transaction.
const PAGES: u32 = 100;

/// A block that walks over the pages of a table and commits after each few: no row stays locked for long, and VACUUM can
/// clean up behind it. It has to run outside of a transaction.
pub(super) fn batches(table: &str, set: &str, condition: &str) -> String {
    let size = size_of(table);
    format!(
        "\
DO $batches$
DECLARE
    pages bigint := {size} / current_setting('block_size')::bigint;
BEGIN
    FOR page IN 0..pages BY {PAGES} LOOP
        UPDATE {table} SET {set}
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

/// Whether the SQL has [`batches`] of this table.
pub(super) fn walks_over(sql: &str, table: &str) -> bool {
    sql.contains(&format!("pages bigint := {} ", size_of(table)))
}
