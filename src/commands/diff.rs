//! `pmdb diff A B`: what differs between the schemas of two databases.

use super::context::{Context, Where};
use super::report::{DiffReport, Report};
use crate::catalog::{Catalog, Difference};
use crate::cli::{ConnectionString, DiffArgs};
use crate::error::Error;
use crate::postgres::{Target, read_catalog};

pub(super) async fn run(context: &Context, args: &DiffArgs) -> Result<Report, Error> {
    if !matches!(context.place, Where::Named(None)) {
        let message =
            "diff compares the two databases that follow it: --url and --embedded mean nothing to it"
                .to_owned();
        return Err(Error::Usage { message, hint: Some("pmdb diff A B".to_owned()) });
    }
    let target = |url: &ConnectionString| Target::resolve(Some(url.as_str()), &context.environment);
    let (one, other) = (target(&args.before)?, target(&args.after)?);
    let (before, after) = tokio::try_join!(catalog(context, &one), catalog(context, &other))?;
    Ok(Report::Diff(DiffReport {
        before: one.to_string(),
        after: other.to_string(),
        strictness: args.strictness(),
        differences: Difference::between(&before, &after),
    }))
}

async fn catalog(context: &Context, target: &Target) -> Result<Catalog, Error> {
    let session = context.connect(target).await?;
    let own_tables = [context.table.clone(), context.seeds_table()];
    let catalog = tokio::select! {
        catalog = read_catalog(&session, &own_tables) => catalog?,
        () = context.interrupt.requested() => return Err(Error::Interrupted),
    };
    session.close().await;
    Ok(catalog)
}
