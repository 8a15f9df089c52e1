//! `pmdb schema`: what is there, or what the files build.

mod around;
mod difference;

use super::context::{Context, DEFAULT_WAIT, FileSource, load};
use super::report::{AroundSchema, Report, SchemaReport};
use super::reporter::Reporter;
use super::scratch;
use super::server_handle::ServerHandle;
use crate::catalog::Catalog;
use crate::catalog::schema::Schema;
use crate::cli::{SchemaArgs, SchemaFormat};
use crate::commands::error::Error;

pub(super) async fn run(
    context: &Context,
    args: &SchemaArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    if args.depth.is_some() && args.tables.is_empty() && args.diff.is_empty() {
        return Err(Error::Usage {
            message: "--depth is for tables that are named".to_owned(),
            hint: Some("pmdb schema TABLE --depth 1".to_owned()),
        });
    }
    if let Some(before) = args.diff.first() {
        return difference::run(context, args, before, reporter).await;
    }
    if context.migrations_are_named {
        return of_the_files(context, args, reporter).await;
    }
    if args.scratch.is_given() {
        return Err(Error::Usage {
            message: "there is no scratch database where a database is looked at".to_owned(),
            hint: Some("pmdb schema --dir DIR shows what the files in DIR build".to_owned()),
        });
    }
    let work = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        of_the_database(context, args, server, reporter).await
    };
    context.with_server(DEFAULT_WAIT, reporter, work).await
}

async fn of_the_database(
    context: &Context,
    args: &SchemaArgs,
    server: &ServerHandle,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let session = context.connect(&server.target, reporter.listener()).await?;
    let catalog = context.catalog(&session).await?;
    let schema = shown(args, &catalog)?;
    let around = match args.format {
        SchemaFormat::Html => around::of_a_database(context, &session, &schema, reporter).await?,
        _ => AroundSchema::default(),
    };
    let database = session.target().name();
    session.close().await;
    Ok(Report::Schema(SchemaReport {
        name: database.database.clone(),
        database: Some(database),
        files: None,
        schema,
        title: args.title.clone(),
        compared: None,
        around,
    }))
}

async fn of_the_files(
    context: &Context,
    args: &SchemaArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    let set = load(&context.migrations, reporter)?;
    let catalog = scratch::build_alone(context, &args.scratch, &set, reporter).await?;
    let schema = shown(args, &catalog)?;
    Ok(Report::Schema(SchemaReport {
        database: None,
        name: project_of(&context.migrations),
        files: Some(context.migrations.shown()),
        around: around::of_files(&set, &schema),
        schema,
        title: args.title.clone(),
        compared: None,
    }))
}

/// The tables that are asked for.
fn shown(args: &SchemaArgs, catalog: &Catalog) -> Result<Schema, Error> {
    let schema = Schema::of(catalog);
    if args.tables.is_empty() { Ok(schema) } else { Ok(schema.only(&args.tables, args.depth.unwrap_or(0))?) }
}

/// What the project is called that the files belong to: as the folder around theirs.
fn project_of(files: &FileSource) -> String {
    let FileSource::Folder(folder) = files else { return "The example schema".to_owned() };
    let whole = folder.canonicalize().ok();
    let project = whole.as_deref().and_then(|folder| folder.parent()?.file_name());
    project.map_or_else(|| files.shown(), |name| name.to_string_lossy().into_owned())
}
