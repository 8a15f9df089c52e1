//! What the server has counted in a session: which files are new, how many rows were read and changed.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Client;

/// Takes no lock: what the operation's session asks is not to be taken for what the operation does.
const FILES: &str = "
SELECT c.oid, c.relname::text, c.relkind::text, pg_relation_filenode(c.oid), c.reltuples::float8, i.indrelid,
       coalesce(s.seq_tup_read, 0), coalesce(s.n_tup_ins + s.n_tup_upd + s.n_tup_del, 0)
FROM pg_class c
LEFT JOIN pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_stat_xact_user_tables s ON s.relid = c.oid
WHERE c.relnamespace = 'public'::regnamespace";

/// What the server knows of its tables and indexes, as one session sees it, by OID.
pub struct Counters(BTreeMap<u32, Row>);

struct Row {
    name: String,
    kind: String,
    file: Option<u32>,
    rows: f64,
    table: Option<u32>,
    rows_read: i64,
    rows_changed: i64,
}

/// What was done between two readings with the tables that were there before.
#[derive(Debug, Default)]
pub struct Done {
    pub rewrites: BTreeSet<String>,
    /// Read as a whole, more often than rewrites and new indexes need.
    pub scans: BTreeSet<String>,
    /// `an_index on a_table`.
    pub builds: BTreeSet<String>,
    pub changes: BTreeSet<String>,
}

impl Counters {
    pub async fn read(client: &Client) -> Counters {
        let rows = client.query(FILES, &[]).await.unwrap();
        Counters(
            rows.iter()
                .map(|row| {
                    let counted = Row {
                        name: row.get(1),
                        kind: row.get(2),
                        file: row.get(3),
                        rows: row.get(4),
                        table: row.get(5),
                        rows_read: row.get(6),
                        rows_changed: row.get(7),
                    };
                    (row.get(0), counted)
                })
                .collect(),
        )
    }

    /// What was done since then. `empty`: the tables that hold nothing now.
    pub fn since(&self, before: &Counters, empty: &BTreeSet<u32>) -> Done {
        let mut done = Done::default();
        for (oid, then) in before.0.iter().filter(|(_, then)| matches!(then.kind.as_str(), "r" | "m")) {
            let Some(now) = self.0.get(oid) else { continue };
            let built: Vec<&str> = self.built(before, *oid).collect();
            let mut needed = built.len();
            if then.file == now.file {
                done.builds.extend(built.iter().map(|index| format!("{index} on {}", then.name)));
            } else if !empty.contains(oid) {
                needed += 1;
                done.rewrites.insert(then.name.clone());
            }
            let passes = (now.rows_read - then.rows_read) as f64 / then.rows.max(1.0);
            if passes.round() > needed as f64 {
                done.scans.insert(then.name.clone());
            }
            // REFRESH counts the rows that it writes.
            if now.rows_changed != then.rows_changed && then.file == now.file {
                done.changes.insert(then.name.clone());
            }
        }
        done
    }

    /// The indexes of a table that were built since then. One that only has another OID has its old file.
    fn built(&self, before: &Counters, table: u32) -> impl Iterator<Item = &str> {
        let files: BTreeSet<u32> = before.0.values().filter_map(|row| row.file).collect();
        let of_it = self.0.values().filter(move |row| row.table == Some(table));
        of_it
            .filter(move |row| row.file.is_some_and(|file| !files.contains(&file)))
            .map(|row| row.name.as_str())
    }
}

/// Tables without a single page. The question locks them briefly: so it is asked last.
pub async fn empty_tables(client: &Client) -> BTreeSet<u32> {
    let query = "SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace \
                 AND relkind IN ('r', 'm') AND pg_relation_size(oid) = 0";
    client.query(query, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}
