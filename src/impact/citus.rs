//! What is to be said of tables that Citus keeps in shards.

use std::collections::BTreeSet;

use super::{FileTrace, TargetStats};

/// Names those of the tables that the files lock, and says what is not seen of them. `None` where there are none.
pub fn on_citus(files: &[FileTrace], stats: &TargetStats) -> Option<String> {
    let locks = files.iter().flat_map(|file| &file.statements).flat_map(|statement| &statement.locks);
    let tables: BTreeSet<String> = locks
        .filter_map(|lock| {
            let how = stats.of(&lock.relation)?.on_citus.as_ref()?;
            let table = lock.relation.on_target.as_ref()?;
            Some(format!("{}.{} ({how})", table.schema, table.name))
        })
        .collect();
    let names = tables.into_iter().collect::<Vec<_>>().join(", ");
    (!names.is_empty()).then(|| {
        format!(
            "Citus keeps {names} on its servers: what changes such a table changes each shard, in one transaction that blocks \
             the shards, and the sizes are those of all of them; who uses a shard on a worker is not seen from here"
        )
    })
}
