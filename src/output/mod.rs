//! The only place that prints: answers on stdout, progress and errors on stderr.

mod advise;
mod backfill;
mod bars;
mod baseline;
mod diff;
mod drift;
mod failure;
mod fill;
mod github;
mod impact;
mod json;
#[cfg(test)]
mod json_schema;
mod load;
mod nothing;
mod plan;
mod printable;
mod progress;
mod report;
mod reporter;
mod schema;
mod snippet;
mod status;
mod streams;
mod verdict;
mod verify;

use std::io::{self, IsTerminal};

use anstyle::{AnsiColor, Style};

use crate::cli::Format;
use crate::commands::error::Error;
use crate::commands::{Report, Reporter as _};
use crate::diagnosis::Diagnose;
use crate::migration::{Direction, Step};
use crate::postgres::verify::{VerifyEvent, VerifyListener};
use crate::postgres::{Event, HistoryTable, Listener, held_by, on_worker};
use bars::Bars;
use printable::{honest, honest_json, one_line, set_in};
use progress::{ProgressLine, bytes_of};
use streams::{Colours, colours, to_stderr, to_stdout};

/// How much is printed on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// Nothing but errors.
    Quiet,
    /// Everything.
    Normal,
}

/// Writes everything that a person or a program sees.
pub struct Printer {
    format: Format,
    verbosity: Verbosity,
    progress: ProgressLine,
    bars: Bars,
}

const GOOD: Style = AnsiColor::Green.on_default();
const UNDONE: Style = AnsiColor::Yellow.on_default();
const NOTE: Style = AnsiColor::Cyan.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const STRONG: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

const AWAITS_STANDBY: &str = "waiting for a synchronous standby to confirm a COMMIT that is done on this server (see \
                              synchronous_standby_names, and pg_stat_replication for the standbys that are connected)";

const UNCONFIRMED: &str = "what was committed last is done on this server, and not confirmed by its synchronous standby: it is lost if \
                           a standby without it takes over";

impl Printer {
    /// A printer for this process's stdout and stderr.
    pub fn new(format: Format, verbosity: Verbosity) -> Printer {
        let shows_progress = verbosity == Verbosity::Normal && io::stderr().is_terminal();
        Printer {
            format,
            verbosity,
            progress: ProgressLine::new(shows_progress),
            bars: Bars::new(shows_progress),
        }
    }

    /// Writes the answer of a command.
    ///
    /// # Errors
    /// When it cannot be written, as on a full disk.
    pub fn report(&mut self, command: &str, report: &Report) -> io::Result<()> {
        self.clear();
        if let Report::Dev(_) = report {
            // Its answer was given when the server was ready.
            self.tell("stopped\n");
            return Ok(());
        }
        match (self.format, report) {
            (Format::Json, _) => to_stdout(&honest_json(&json::report(command, report))),
            // The SQL of a plan may be run from a file.
            (format, Report::Plan(_)) if !io::stdout().is_terminal() => {
                to_stdout(&report::text(report, format, colours()))
            }
            (format, _) => to_stdout(&honest(&report::text(report, format, colours()))),
        }
    }

    /// Writes why a command failed.
    pub fn error(&mut self, command: &str, error: &Error) {
        self.clear();
        if self.format == Format::Json {
            // Where even this cannot be written, the exit code says enough.
            let _ = to_stdout(&honest_json(&json::error(command, error.diagnosis())));
            return;
        }
        if let Some(so_far) = error.verified_so_far()
            && !so_far.migrations.is_empty()
        {
            // Where even this cannot be written, the exit code says enough.
            let _ = to_stdout(&verify::so_far(so_far, self.format));
        }
        to_stderr(&failure::text(&error.diagnosis()));
    }

    /// Takes away whatever moves.
    fn clear(&mut self) {
        self.progress.clear();
        self.bars.clear();
    }

    fn tell(&mut self, line: &str) {
        if self.verbosity == Verbosity::Normal {
            self.bars.above(|| self.progress.above(|| to_stderr(line)));
        }
    }
}

impl VerifyListener for Printer {
    fn verify_event(&mut self, event: VerifyEvent<'_>) {
        match event {
            VerifyEvent::Begins { migrations } => self.progress.begin(migrations),
            VerifyEvent::Trying(migration) => {
                let text = format!("{} {}", migration.version, migration.name);
                self.progress.at(&one_line(&text));
            }
            VerifyEvent::Tried(_) => self.progress.advance(),
        }
    }
}

impl Listener for Printer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::NoConnectionLeft { error, attempt, pause } => {
                self.note(&format!("{error}; try {} follows in {:.1} s", attempt + 1, pause.as_secs_f64()));
            }
            Event::WaitingForLock(holder) => self.note(&format!("waiting for another pmdb ({holder})")),
            Event::NoTableYet(table) => {
                self.note(&format!("there is no table {table} yet: nothing is recorded there as applied"));
            }
            Event::StillPutOff(table) => self.note(&still_put_off(table)),
            Event::Planned(plan) => self.progress.begin(plan.steps.len()),
            Event::Started(steps) | Event::Running(steps) => {
                self.progress.at(&one_line(&names(steps)));
            }
            Event::StatementDone { step, done, total } => {
                let text = format!("{} {} ({done} of {total})", step.version(), step.name());
                self.progress.at(&one_line(&text));
            }
            Event::BatchDone { step, progress, rows_per_second } => {
                let so_far = backfill::so_far(progress, rows_per_second);
                self.progress.at(&one_line(&format!("{} {}: {so_far}", step.version(), step.name())));
            }
            event @ (Event::Waits { .. }
            | Event::GoesOn(_)
            | Event::ReplicasHidden(_)
            | Event::SlotIdle { .. }
            | Event::TakenFromBackfill { .. }
            | Event::SlowBatches { .. }) => {
                self.note(&backfill::note(&event));
            }
            Event::FoundDone { step, what } | Event::Repaired { step, what } => {
                self.note(&format!("{} {}: {what}", step.version(), step.name()));
            }
            Event::LeftBehind { step, what } => {
                let left = format!("left behind {what}, which the next run drops");
                self.note(&format!("{} {}: {left}", step.version(), step.name()));
            }
            Event::Blocked { steps: [], blockers } => {
                self.note(&format!("waiting for a lock{}", held_by(blockers)));
            }
            Event::Blocked { steps, blockers } => {
                self.note(&format!("{}: waiting for a lock{}", names(steps), held_by(blockers)));
            }
            Event::AwaitsStandby => self.note(AWAITS_STANDBY),
            Event::Unconfirmed => self.note(UNCONFIRMED),
            Event::IndexProgress(progress) => self.progress.phase(&match progress.percent {
                Some(percent) => format!("{} {percent} %", progress.phase),
                None => progress.phase.clone(),
            }),
            Event::CopyProgress { done, total } => self.progress.phase(&bytes_of(done, total)),
            Event::Retrying { step, reason, attempt, pause, worker, blockers } => self.note(&format!(
                "{} {}: {}{}{}; {} was rolled back, and try {} follows in {:.1} s",
                step.version(),
                step.name(),
                reason.words(),
                on_worker(worker),
                held_by(blockers),
                if step.half().backfill().is_some() { "the batch" } else { "everything" },
                attempt + 1,
                pause.as_secs_f64()
            )),
            Event::Notice(notice) => self.tell(&format!(
                "{FAINT}{}: {}{FAINT:#}\n",
                notice.severity.to_lowercase(),
                set_in(&notice.message)
            )),
            Event::Finished(report) => {
                let (style, word) = match report.direction {
                    Direction::Up => (GOOD, "applied"),
                    Direction::Down => (UNDONE, "undone "),
                };
                let took = report
                    .execution_ms
                    .map_or_else(String::new, |took| format!(" {FAINT}({took} ms){FAINT:#}"));
                self.progress.advance();
                let name = one_line(&report.name);
                self.tell(&format!("{style}{word}{style:#} {} {name}{took}\n", report.version));
            }
        }
    }
}

fn still_put_off(note: &HistoryTable) -> String {
    format!(
        "indexes or constraints are missing that `pmdb fill` has put off ({note} keeps them): `pmdb fill --restore` brings them \
         back"
    )
}

/// Halves that travel in one message: the server is at the first of them, or after it.
fn names(steps: &[Step]) -> String {
    match steps {
        [] => String::new(),
        [step] => format!("{} {}", step.version(), step.name()),
        [first, .., last] => format!("{} {} … {}", first.version(), first.name(), last.version()),
    }
}
