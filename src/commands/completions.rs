//! `pmdb completions`: a script for a shell, and what that script asks for.

use super::context::{Context, load};
use super::report::Report;
use super::reporter::Reporter;
use crate::cli::CompletionsArgs;
use crate::commands::error::Error;

pub(super) fn run(
    context: &Context,
    args: &CompletionsArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    match args.shell {
        Some(shell) => Ok(Report::Completions(shell)),
        None => {
            let names = load(&context.migrations, reporter)?.table_names();
            Ok(Report::TableNames(names.into_iter().collect()))
        }
    }
}
