//! `pmdb redo`: undo the newest migration and apply it again, or begin a half-done backfill anew.

use super::context::{Context, MigratorOptions};
use super::report::{Report, StatusSubject};
use super::reporter::Reporter;
use super::seed::tell_lost;
use super::server_handle::ServerHandle;
use super::up::report;
use crate::cli::RedoArgs;
use crate::commands::error::Error;
use crate::migration::{Direction, Goal};

pub(super) async fn run(
    context: &Context,
    args: &RedoArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let redoing = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        let mut migrator = context
            .migrator(server, &MigratorOptions::down(&args.waiting, args.force.force()), reporter)
            .await?
            .backfill_pace(args.batches.pace());
        let outcome = migrator.run(&Goal::Redo, reporter.listener()).await?;
        if !outcome.finished.is_empty() {
            tell_lost(context, &migrator, reporter).await;
        }
        // Without a step, it is the way down that found nothing.
        Ok(report(context, &migrator, StatusSubject::Migrations, Direction::Down, outcome))
    };
    context.with_server(args.waiting.lock_wait, reporter, redoing).await
}
