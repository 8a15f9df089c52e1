//! The command as a whole: arguments in, exit code out.

use std::ffi::OsString;
use std::mem;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::error::ErrorKind;

use crate::cli::{Cli, Format, asks_for_json};
use crate::commands::error::Error;
use crate::commands::{self, Context};
use crate::connect::Environment;
use crate::diagnosis::Diagnose;
use crate::exit::Exit;
use crate::output::{Printer, Verbosity};
use crate::postgres::{Interrupter, interrupt};

/// Runs one command line.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.collect();
    let cli = match Cli::read(&arguments) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error, &arguments).into(),
    };
    let format = cli.format();
    let verbosity = if cli.global.quiet { Verbosity::Quiet } else { Verbosity::Normal };
    let mut printer = Printer::new(format, verbosity);
    let name = cli.command.name();
    match answer(cli, &mut printer) {
        Ok(report) => {
            let code = match printer.report(name, &report) {
                Ok(()) => report.exit_code(),
                Err(source) => {
                    let error = Error::File { path: "the answer".into(), doing: "written", source };
                    printer.error(name, &error);
                    error.diagnosis().exit.into()
                }
            };
            // The process ends now: `answer` frees nothing either.
            mem::forget(report);
            code
        }
        Err(error) => {
            printer.error(name, &error);
            error.diagnosis().exit.into()
        }
    }
}

fn answer(cli: Cli, printer: &mut Printer) -> Result<commands::Report, Error> {
    if let Some((one, other)) = cli.contradiction() {
        let message = format!("{one} cannot be used together with {other}");
        return Err(Error::Usage { message, hint: Some(format!("leave out {one} or {other}")) });
    }
    let environment = Environment::from_process(Some(Path::new(".env")))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::File { path: "the event loop".into(), doing: "started", source })?;
    let answer = runtime.block_on(async {
        let (interrupter, interrupt) = interrupt();
        let context = Context::new(cli.global, environment, interrupt)?;
        tokio::spawn(hear_signals(interrupter, Arc::clone(&context.application_has_signals)));
        let answer = commands::run(&cli.command, &context, printer).await;
        // The process ends now. To free a thousand files and rows one by one is a twentieth of what `status` takes.
        mem::forget(context);
        answer
    });
    // The process ends now: a look-up of a host name that hangs must not keep it.
    runtime.shutdown_background();
    answer
}

/// The first Ctrl-C (or SIGTERM, from a pipeline) asks the command to stop, which rolls back what it is doing; the
/// second one ends the process, and the server rolls back by itself. An application that runs has them for itself.
async fn hear_signals(interrupter: Interrupter, application_has_them: Arc<AtomicBool>) {
    let mut is_first = true;
    loop {
        wait_for_signal().await;
        if application_has_them.load(Ordering::Relaxed) {
            continue;
        }
        if !is_first {
            std::process::exit(Exit::Interrupted as i32);
        }
        interrupter.interrupt();
        is_first = false;
    }
}

async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// `--help` and `--version` are answers; all else that clap stops at is wrong usage.
fn refuse(error: &clap::Error, arguments: &[OsString]) -> Exit {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = error.print();
        return Exit::Done;
    }
    let format = if asks_for_json(arguments.iter().cloned()) { Format::Json } else { Format::Text };
    let text = error.to_string();
    let shown = without_connection_strings(&text, arguments);
    if format == Format::Text && shown == text {
        let _ = error.print();
        return Exit::Usage;
    }
    let usage = match format {
        Format::Json => for_programs(&shown),
        _ => Error::Usage { message: without_prefix(&shown).trim_end().to_owned(), hint: None },
    };
    Printer::new(format, Verbosity::Normal).error("", &usage);
    Exit::Usage
}

fn without_prefix(text: &str) -> &str {
    text.strip_prefix("error: ").unwrap_or(text)
}

/// What clap says, without its help: the first paragraph is the message, and its tips are the hint.
fn for_programs(text: &str) -> Error {
    let message = text.split("\n\n").next().unwrap_or_default();
    let tips: Vec<&str> = text.lines().filter_map(|line| line.trim_start().strip_prefix("tip: ")).collect();
    Error::Usage {
        message: without_prefix(message).trim_end().to_owned(),
        hint: Some(tips.join("\n")).filter(|hint| !hint.is_empty()),
    }
}

/// clap repeats the argument that it stops at, and one that was meant for `--url` may hold a password.
fn without_connection_strings(text: &str, arguments: &[OsString]) -> String {
    arguments
        .iter()
        .map(|argument| argument.to_string_lossy())
        .filter(|argument| argument.contains("://") || argument.contains("password"))
        .fold(text.to_owned(), |text, argument| {
            let value = argument.strip_prefix("--").and_then(|option| option.split_once('='));
            text.replace(value.map_or(argument.as_ref(), |(_, value)| value), "(a connection string)")
        })
}
