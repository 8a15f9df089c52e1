//! `pmdb diff A B`: what differs between the schemas of two databases; `pmdb diff A --to V`: of a database and the files.

use super::context::{Context, ServerChoice, load};
use super::report::{DiffReport, Report};
use super::reporter::Reporter;
use super::{drift, ignore, scratch};
use crate::catalog::{Catalog, Difference};
use crate::cli::{ConnectionString, DiffArgs};
use crate::commands::error::Error;
use crate::connect::Target;
use crate::migration::{MigrationSet, PlanError, Version};
use crate::postgres::rebuild::without_what_differs_by_nature;
use crate::postgres::{MigratorError, NoopListener};

pub(super) async fn run(
    context: &Context,
    args: &DiffArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    if !matches!(context.place, ServerChoice::Named(None)) {
        let message =
            "diff compares the two databases that follow it: --url and --embedded mean nothing to it"
                .to_owned();
        return Err(Error::Usage {
            message,
            hint: Some("pmdb diff A B, or pmdb diff A --to VERSION".to_owned()),
        });
    }
    if args.after.is_some() && args.scratch.is_given() {
        return Err(Error::Usage {
            message: "there is no scratch database where two databases are compared".to_owned(),
            hint: Some("pmdb diff A B, or pmdb diff A --to VERSION --scratch-url URL".to_owned()),
        });
    }
    let target = |url: &ConnectionString| {
        let target = Target::resolve(Some(url.as_str()), &context.environment)?;
        Ok::<_, Error>(context.in_role(target))
    };
    let one = target(&args.before)?;
    match (&args.after, &args.to) {
        (Some(other), _) => databases(context, args, &one, &target(other)?).await,
        (None, Some(version)) => version_of_the_files(context, args, &one, version, reporter).await,
        (None, None) => Err(Error::Usage {
            message: "there is nothing to compare with".to_owned(),
            hint: Some("pmdb diff A B, or pmdb diff A --to VERSION".to_owned()),
        }),
    }
}

async fn databases(
    context: &Context,
    args: &DiffArgs,
    one: &Target,
    other: &Target,
) -> Result<Report, Error> {
    let known = ignore::known(&args.ignore)?;
    let (before, after) = tokio::try_join!(catalog(context, one), catalog(context, other))?;
    let (differences, ignored) = Difference::between(&before, &after).without_data().without(&known);
    Ok(Report::Diff(DiffReport {
        before: one.to_string(),
        after: other.to_string(),
        differs: differences.counts(args.strictness()),
        differences,
        ignored,
    }))
}

async fn catalog(context: &Context, target: &Target) -> Result<Catalog, Error> {
    let session = context.connect(target, &mut NoopListener).await?;
    let catalog = context.catalog(&session).await.map_err(|error| error.on(session.target()))?;
    session.close().await;
    Ok(catalog)
}

async fn version_of_the_files(
    context: &Context,
    args: &DiffArgs,
    one: &Target,
    version: &Version,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let known = ignore::known(&args.ignore)?;
    let set = up_to(&load(&context.migrations, reporter)?, version)?;
    let session = context.connect(one, reporter.listener()).await?;
    let observed = drift::look(context, &session, &set, reporter).await?;
    let built = scratch::build(context, &args.scratch, &session, &observed, &set, reporter).await?;
    session.close().await;
    let there = without_what_differs_by_nature(observed.catalog);
    let (differences, ignored) = Difference::between(&there, &built).without_data().without(&known);
    Ok(Report::Diff(DiffReport {
        before: one.to_string(),
        after: format!("the files up to {version}"),
        differs: differences.counts(args.strictness()),
        differences,
        ignored,
    }))
}

/// The migrations up to and with a version. Version 0 stands for "before the first".
pub(super) fn up_to(set: &MigrationSet, version: &Version) -> Result<MigrationSet, Error> {
    if set.get(version).is_none() && version.unpadded() != "0" {
        return Err(MigratorError::Plan(PlanError::UnknownTarget(version.clone())).into());
    }
    let migrations = set.migrations().iter().filter(|migration| migration.version <= *version);
    Ok(MigrationSet::new(migrations.cloned().collect())?)
}
