//! What the examples of the chapter share: a database of its own for each, and tables on the terminal.
#![allow(dead_code, unused_imports, reason = "no example needs all of it")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is how an example shows itself")]

mod enums;
mod plan;
mod playground;
mod table;

pub use enums::{MemberRole, ProjectStatus, TaskStatus};
pub use plan::{Plan, explain};
pub use playground::Playground;
pub use table::print_table;

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::process::ExitCode;

use anyhow::Result;
use futures_util::FutureExt;
use tokio::signal::unix::{SignalKind, signal};

/// Makes a playground with the schema and the sample data, does the work of an example on it, and takes everything away again: also when the work fails,
/// when Ctrl-C is pressed, and when nobody reads on (`| head`), which makes `println!` panic.
pub async fn run(work: impl AsyncFnOnce(&Playground) -> Result<()>) -> Result<ExitCode> {
    run_on_empty(async |playground: &Playground| {
        playground.migrate_on(playground.target()).await?;
        playground.seed_on(playground.target()).await?;
        work(playground).await
    })
    .await
}

/// The same on an empty database.
pub async fn run_on_empty(work: impl AsyncFnOnce(&Playground) -> Result<()>) -> Result<ExitCode> {
    // From here on Ctrl-C ends nothing by itself: it waits until somebody asks for it.
    let mut ctrl_c = signal(SignalKind::interrupt())?;
    let playground = Playground::new().await?;
    let work = AssertUnwindSafe(work(&playground)).catch_unwind();
    let result = tokio::select! {
        result = work => result.map(|done| done.map(|()| ExitCode::SUCCESS)),
        _ = ctrl_c.recv() => Ok(Ok(ExitCode::from(130))),
    };
    let removed = playground.remove().await;
    let code = result.unwrap_or_else(|panic| resume_unwind(panic))?;
    removed?;
    Ok(code)
}
