//! What is to be said of tables that Citus keeps in shards.

use std::collections::BTreeSet;

use super::names::quoted;
use super::recipe::walks_over;
use super::{FileTrace, Finding, Recipe, TargetStats};

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

/// Batches go by the pages of a table, and on the coordinator such a table has none: they would leave most rows out.
pub(super) fn without_batches(findings: &mut [Finding], stats: &TargetStats) {
    const NOTE: &str = "the usual way fills the rows in batches by their place in the table, which on Citus is another one in \
        each shard: go by a key instead (WHERE id BETWEEN ...), and put SET LOCAL citus.enable_unsafe_triggers = on before \
        a trigger";
    let tables: Vec<String> = stats
        .relations
        .iter()
        .flat_map(|(schema, relations)| relations.iter().map(move |(name, stats)| (schema, name, stats)))
        .filter(|(_, _, stats)| stats.on_citus.is_some())
        .map(|(schema, name, _)| format!("{}.{}", quoted(schema), quoted(name)))
        .collect();
    for recipe in findings.iter_mut().filter_map(|finding| finding.recipe.as_mut()) {
        if recipe.files.iter().any(|file| tables.iter().any(|table| walks_over(&file.sql, table))) {
            *recipe = Recipe::note(NOTE);
        }
    }
}
