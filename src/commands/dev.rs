//! `pmdb dev`: a private server with everything applied, until Ctrl-C.

use super::context::{Context, MigratorOptions, ServerChoice, Source};
use super::report::{DevReport, Report};
use super::reporter::Reporter;
use crate::cli::DevArgs;
use crate::commands::error::Error;
use crate::embedded::Listen;
use crate::migration::Goal;
use crate::postgres::Force;

pub(super) async fn run(
    context: &Context,
    args: &DevArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    if let ServerChoice::Named(Some(_)) = &context.place {
        return Err(Error::Usage {
            message: "`pmdb dev` runs a server of its own: --url makes no sense with it".to_owned(),
            hint: Some("for another server: `pmdb up` and `pmdb seed`".to_owned()),
        });
    }
    let reached = context.start_embedded(Listen::Loopback, args.waiting.lock_wait, reporter).await?;
    let mut migrator = context.migrator(&reached, &MigratorOptions::up(&args.waiting), reporter).await?;
    migrator.run(&Goal::newest(), reporter.listener()).await?;
    drop(migrator);
    if has_seeds(&context.seeds) {
        let mut seeder =
            context.migrator(&reached, &MigratorOptions::seeds(&args.waiting, Force::Obey), reporter).await?;
        seeder.run(&Goal::newest(), reporter.listener()).await.map_err(Error::Seeds)?;
    }
    let url = reached.url();
    reporter.ready(&url);
    context.interrupt.requested().await;
    reached.close()?;
    Ok(Report::Dev(DevReport { url }))
}

/// A project without sample data is a project all the same.
fn has_seeds(seeds: &Source) -> bool {
    match seeds {
        Source::Folder(dir) => dir.is_dir(),
        Source::Bundled(_) => true,
    }
}
