//! One file per command: a recipe of calls that returns a report. No SQL stands here, and no formatting.

mod accept;
mod advise;
mod baseline;
mod binaries;
mod completions;
mod confirm;
mod context;
mod database;
mod dev;
mod diff;
mod down;
mod drift;
pub mod error;
mod fill;
mod ignore;
mod init;
mod man;
mod new;
mod not_as_built;
mod plan;
mod redo;
mod renumber;
mod report;
mod reporter;
mod reset;
mod resolve;
mod schema;
mod scratch;
mod seed;
mod server;
mod server_handle;
mod sizes;
mod status;
mod up;
mod verify;
mod wait;

pub use context::{Context, FileSource, ServerChoice};
pub use not_as_built::NotAsBuilt;
pub use report::{
    AcceptReport, AdviseReport, AllDownReport, AroundSchema, BackfillEstimate, BackfillShare,
    BaselineComparison, BaselineReport, BlockedRelation, ComparedSchemas, DatabaseAction, DatabaseReport,
    DevReport, DiffReport, DriftReport, FileImpact, FillReport, FilledTable, HalfError, ImpactReport,
    InitReport, ManReport, NewReport, Nothing, PlanReport, PlannedStatement, PlannedStep, RecordedMigration,
    RelationSize, RenumberReport, Renumbered, Report, ResolveReport, RestoreReport, RunReport,
    SchemaMigration, SchemaReport, SeedRows, SeedsReport, ShapeReport, SizedWork, StatusReport, StatusRow,
    StatusSubject, VerifiedMigration, VerifyReport, WaitReport,
};
pub use reporter::Reporter;
pub use sizes::{read_sizes, write_sizes};

use crate::cli::Command;
use crate::commands::error::Error;

/// Runs a command.
///
/// # Errors
/// See [`Error`].
pub async fn run(command: &Command, context: &Context, reporter: &mut dyn Reporter) -> Result<Report, Error> {
    let done = match command {
        Command::Up(args) => up::run(context, args, reporter).await,
        Command::Down(args) => down::run(context, args, reporter).await,
        Command::Redo(args) => redo::run(context, args, reporter).await,
        Command::Plan(args) => plan::run(context, args, reporter).await,
        Command::Status(args) => status::run(context, args, reporter).await,
        Command::Schema(args) => schema::run(context, args, reporter).await,
        Command::New(args) => new::run(context, args),
        Command::Seed(args) => seed::run(context, args, reporter).await,
        Command::Fill(args) => fill::run(context, args, reporter).await,
        Command::Accept(args) => accept::run(context, args, reporter).await,
        Command::Resolve(args) => resolve::run(context, args, reporter).await,
        Command::Baseline(args) => baseline::run(context, args, reporter).await,
        Command::Renumber(args) => renumber::run(context, args, reporter).await,
        Command::Advise(args) => advise::run(context, args, reporter).await,
        Command::Create => database::create(context, reporter).await,
        Command::Drop(args) => database::drop(context, args, reporter).await,
        Command::Reset(args) => reset::run(context, args, reporter).await,
        Command::Drift(args) => drift::run(context, args, reporter).await,
        Command::Diff(args) => diff::run(context, args, reporter).await,
        Command::Verify(args) => verify::run(context, args, reporter).await,
        Command::Wait(args) => wait::run(context, args, reporter).await,
        Command::Init => init::run(context),
        Command::Dev(args) => dev::run(context, args, reporter).await,
        Command::Completions(args) => completions::run(context, args, reporter),
        Command::Man { folder } => man::run(folder),
    };
    done.map_err(|error| context.named(error))
}
