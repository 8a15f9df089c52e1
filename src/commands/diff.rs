//! `pmdb diff A B`: what differs between the schemas of two databases; `pmdb diff A --to V`: of a database and the files.

use super::context::{Context, ServerChoice, load};
use super::report::{DiffReport, Report};
use super::reporter::Reporter;
use super::{drift, ignore, scratch};
use crate::catalog::{Catalog, Difference};
use crate::cli::{ConnectionString, DiffArgs, ScratchArgs};
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
    let known = ignore::known(&args.ignore)?;
    let wanted = Wanted {
        command: "diff",
        before: &args.before,
        after: args.after.as_ref(),
        to: args.to.as_ref(),
        scratch: &args.scratch,
    };
    let sides = wanted.read(context, reporter).await?;
    let (differences, ignored) = sides.difference().without(&known);
    Ok(Report::Diff(DiffReport {
        differs: differences.counts(args.strictness()),
        before: sides.before.name,
        after: sides.after.name,
        differences,
        ignored,
    }))
}

/// What is to be compared, as a command line says it.
pub(super) struct Wanted<'a> {
    /// `diff`, or what else compares.
    pub command: &'static str,
    /// A database.
    pub before: &'a ConnectionString,
    /// Another one.
    pub after: Option<&'a ConnectionString>,
    /// Instead of it, what the files build.
    pub to: Option<&'a Version>,
    /// How they build it.
    pub scratch: &'a ScratchArgs,
}

/// The two that are compared.
pub(super) struct Sides {
    /// The first.
    pub before: SchemaSide,
    /// The second.
    pub after: SchemaSide,
}

/// A schema that is compared with another one.
pub(super) struct SchemaSide {
    /// Which it is: where a database is, or which files.
    pub name: String,
    /// The same in few words: what a database is called.
    pub short_name: String,
    /// What is there.
    pub catalog: Catalog,
}

impl Sides {
    /// What differs, except for data.
    pub fn difference(&self) -> Difference {
        Difference::between(&self.before.catalog, &self.after.catalog).without_data()
    }
}

impl Wanted<'_> {
    /// Reads both.
    pub async fn read(&self, context: &Context, reporter: &mut dyn Reporter) -> Result<Sides, Error> {
        let command = self.command;
        let usage = |message: String, forms: &str| Error::Usage { message, hint: Some(forms.to_owned()) };
        let both = format!("pmdb {command} A B, or pmdb {command} A --to VERSION");
        if !matches!(context.place, ServerChoice::Named(None)) {
            let message = format!(
                "{command} compares the two databases that follow it: --url and --embedded mean nothing to it"
            );
            return Err(usage(message, &both));
        }
        if self.after.is_some() && self.scratch.is_given() {
            let message = "there is no scratch database where two databases are compared".to_owned();
            let forms = format!("pmdb {command} A B, or pmdb {command} A --to VERSION --scratch-url URL");
            return Err(usage(message, &forms));
        }
        if self.after.is_some() && self.to.is_some() {
            let message = "two databases are compared, or one with the files up to --to".to_owned();
            return Err(usage(message, &both));
        }
        let target = |url: &ConnectionString| {
            let target = Target::resolve(Some(url.as_str()), &context.environment)?;
            Ok::<_, Error>(context.in_role(target))
        };
        let one = target(self.before)?;
        match (self.after, self.to) {
            (Some(other), _) => databases(context, &one, &target(other)?).await,
            (None, Some(version)) => self.version_of_the_files(context, &one, version, reporter).await,
            (None, None) => Err(usage("there is nothing to compare with".to_owned(), &both)),
        }
    }

    async fn version_of_the_files(
        &self,
        context: &Context,
        one: &Target,
        version: &Version,
        reporter: &mut dyn Reporter,
    ) -> Result<Sides, Error> {
        let set = up_to(&load(&context.migrations, reporter)?, version)?;
        let session = context.connect(one, reporter.listener()).await?;
        let observed = drift::look(context, &session, &set, reporter).await?;
        let built = scratch::build(context, self.scratch, &session, &observed, &set, reporter).await?;
        session.close().await;
        let files = format!("the files up to {version}");
        Ok(Sides {
            before: SchemaSide::of(one, without_what_differs_by_nature(observed.catalog)),
            after: SchemaSide { name: files.clone(), short_name: files, catalog: built },
        })
    }
}

impl SchemaSide {
    fn of(target: &Target, catalog: Catalog) -> SchemaSide {
        SchemaSide { name: target.to_string(), short_name: target.database().to_owned(), catalog }
    }
}

async fn databases(context: &Context, one: &Target, other: &Target) -> Result<Sides, Error> {
    let (before, after) = tokio::try_join!(catalog(context, one), catalog(context, other))?;
    Ok(Sides { before: SchemaSide::of(one, before), after: SchemaSide::of(other, after) })
}

async fn catalog(context: &Context, target: &Target) -> Result<Catalog, Error> {
    let session = context.connect(target, &mut NoopListener).await?;
    let catalog = context.catalog(&session).await.map_err(|error| error.on(session.target()))?;
    session.close().await;
    Ok(catalog)
}

/// The migrations up to and with a version. Version 0 stands for "before the first".
pub(super) fn up_to(set: &MigrationSet, version: &Version) -> Result<MigrationSet, Error> {
    if set.get(version).is_none() && version.unpadded() != "0" {
        return Err(MigratorError::Plan(PlanError::UnknownTarget(version.clone())).into());
    }
    let migrations = set.migrations().iter().filter(|migration| migration.version <= *version);
    Ok(MigrationSet::new(migrations.cloned().collect())?)
}
