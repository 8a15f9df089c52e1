//! `pmdb schema --diff A B`: what is new, changed and gone, as a picture.

use crate::catalog::schema::Comparison;
use crate::cli::{ConnectionString, SchemaArgs, SchemaFormat};
use crate::commands::context::Context;
use crate::commands::diff::Wanted;
use crate::commands::error::Error;
use crate::commands::ignore;
use crate::commands::report::{AroundSchema, ComparedSchemas, Report, SchemaReport};
use crate::commands::reporter::Reporter;

/// Tables that have not changed tell where those that have belong.
const USUAL_DEPTH: usize = 1;

pub(super) async fn run(
    context: &Context,
    args: &SchemaArgs,
    before: &ConnectionString,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    if !matches!(args.format, SchemaFormat::Svg | SchemaFormat::Html | SchemaFormat::Mermaid) {
        return Err(Error::Usage {
            message: "schema --diff draws a picture: it needs --format svg, html or mermaid".to_owned(),
            hint: Some(
                "`pmdb diff A B` names the differences as text, and with --json for programs".to_owned(),
            ),
        });
    }
    let known = ignore::usual()?;
    let wanted = Wanted {
        command: "schema --diff",
        before,
        after: args.diff.get(1),
        to: args.to.as_ref(),
        scratch: &args.scratch,
    };
    let sides = wanted.read(context, reporter).await?;
    let (differences, _) = sides.difference().without(&known);
    let whole = Comparison::new(&sides.before.catalog, &sides.after.catalog, &differences);
    let shown = match args.tables.as_slice() {
        [] => whole.what_differs(args.depth.unwrap_or(USUAL_DEPTH)),
        tables => {
            Comparison { schema: whole.schema.only(tables, args.depth.unwrap_or(0))?, changes: whole.changes }
        }
    };
    Ok(Report::Schema(SchemaReport {
        database: None,
        files: None,
        name: format!("{} → {}", sides.before.short_name, sides.after.short_name),
        schema: shown.schema,
        title: args.title.clone(),
        around: AroundSchema::default(),
        compared: Some(ComparedSchemas {
            before: sides.before.name,
            after: sides.after.name,
            changes: shown.changes,
            differences,
        }),
    }))
}
