//! How long the backfills of a plan may take.

use crate::commands::report::BackfillEstimate;
use crate::impact::TargetStats;
use crate::migration::{BatchKey, MigrationSet, Plan, Version};

/// How many rows a server changes in a second: between a third and three times of that, as wide as rows are and as many
/// indexes as they have.
const ROWS_PER_SECOND: u64 = 10_000;

/// How many batches are done in a second, at the time that a batch is to take unless an option says otherwise.
const BATCHES_PER_SECOND: u64 = 2;

/// The backfills of a plan, and those that it passes, where it is known how many rows their tables have.
pub(super) fn estimates(set: &MigrationSet, plan: &Plan, stats: &TargetStats) -> Vec<BackfillEstimate> {
    let of_steps = plan.steps.iter().filter_map(|step| {
        let percent = step.resume().and_then(|resume| resume.backfill.as_ref()?.percent());
        estimate(stats, &step.half().backfill()?.key, (step.version(), step.name()), percent)
    });
    let passed = plan.deferred.iter().filter_map(|passed| {
        let key = &set.get(&passed.version)?.up.backfill()?.key;
        estimate(stats, key, (&passed.version, &passed.name), passed.percent)
    });
    let mut estimates: Vec<BackfillEstimate> = of_steps.chain(passed).collect();
    estimates.sort_by(|a, b| a.version.cmp(&b.version));
    estimates
}

/// The tables of these backfills, without their schemas.
pub(super) fn tables(set: &MigrationSet, plan: &Plan) -> Vec<String> {
    let of_steps = plan.steps.iter().filter_map(|step| step.half().backfill());
    let passed = plan.deferred.iter().filter_map(|passed| set.get(&passed.version)?.up.backfill());
    of_steps.chain(passed).map(|backfill| backfill.key.table.name.clone()).collect()
}

fn estimate(
    stats: &TargetStats,
    key: &BatchKey,
    (version, name): (&Version, &str),
    percent: Option<u64>,
) -> Option<BackfillEstimate> {
    let rows = rows_of(stats, key)?;
    let rows = rows - rows.saturating_mul(percent.unwrap_or(0)) / 100;
    let batches = (rows * BATCHES_PER_SECOND).div_ceil(ROWS_PER_SECOND).max(1);
    let (version, name) = (version.clone(), name.to_owned());
    Some(BackfillEstimate { version, name, rows, batches, seconds: rows.div_ceil(ROWS_PER_SECOND) })
}

/// Without a schema, `public` comes before any other that has such a table.
fn rows_of(stats: &TargetStats, key: &BatchKey) -> Option<u64> {
    let of_schema = |schema: &str| stats.relations.get(schema)?.get(&key.table.name);
    let relation = match &key.table.schema {
        Some(schema) => of_schema(schema),
        None => of_schema("public").or_else(|| stats.relations.keys().find_map(|schema| of_schema(schema))),
    };
    relation?.rows
}
