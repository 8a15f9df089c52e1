//! How large the tables of the target are that a plan is about.

use std::collections::BTreeSet;

use super::backfills;
use crate::cli::PlanArgs;
use crate::commands::context::Context;
use crate::commands::error::Error;
use crate::impact::{FileTrace, StatementTrace, TargetStats};
use crate::migration::{MigrationSet, Plan};
use crate::postgres::{Inquiry, NoAnswer, SizesOf, target_stats};

/// What the files work on, and the tables of backfills: as the target calls them.
pub(super) fn names(files: &[FileTrace], plan: &Plan, set: &MigrationSet) -> BTreeSet<String> {
    let statements = files.iter().flat_map(|file| &file.statements);
    let worked_on = statements.flat_map(StatementTrace::names_on_target).map(|name| name.name.clone());
    worked_on.chain(backfills::tables(set, plan)).collect()
}

/// How large the tables are. Without that, what was seen on the scratch database is told all the same.
pub(super) async fn of_target(
    context: &Context,
    args: &PlanArgs,
    inquiry: &Inquiry<'_>,
    names: &BTreeSet<String>,
) -> Result<Result<TargetStats, NoAnswer>, Error> {
    let of = if args.save_sizes.is_some() { SizesOf::All } else { SizesOf::Named(names) };
    tokio::select! {
        stats = target_stats(inquiry, of) => Ok(stats),
        () = context.interrupt.requested() => Err(Error::Interrupted),
    }
}
