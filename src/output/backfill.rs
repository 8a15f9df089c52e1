//! How far a backfill has come, and what waits for it.

use std::time::Duration;

use super::printable::one_line;
use crate::migration::{BackfillProgress, Held, Passed};
use crate::postgres::{Event, SLOW_BATCH, megabytes};

/// What is said of a backfill that waits, and of one that goes on. Nothing of anything else.
pub(super) fn note(event: &Event<'_>) -> String {
    let (step, what) = match event {
        Event::Waits { step, reasons } => {
            let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            (step, format!("waits: {}", reasons.join("; ")))
        }
        Event::GoesOn(step) => (step, "goes on".to_owned()),
        Event::ReplicasHidden(step) => {
            let hidden = "does not wait for replicas: this role may not see how far they lag; `GRANT pg_monitor TO` it \
                          shows that";
            (step, hidden.to_owned())
        }
        Event::SlotIdle { step, slot, bytes } => {
            let kept = format!(
                "does not wait for the replication slot {slot}: nothing reads it, and the server keeps {} of WAL for it",
                megabytes(*bytes)
            );
            (step, kept)
        }
        Event::TakenFromBackfill { step, backfill, why } => {
            let taken = format!(
                "has taken away what {} {}, a deferred backfill that is not done, needs: {why}; once that is there again, \
                 `pmdb up --backfills` goes on with it",
                backfill.version, backfill.name
            );
            (step, taken)
        }
        Event::SlowBatches { step, least } => {
            let slow = format!(
                "takes {:.1} s for a batch however few rows that has, longer than --batch-time: its batches have more rows and \
                 take up to {:.1} s; an index may help, which the plan of the statement shows",
                least.as_secs_f64(),
                (*least * SLOW_BATCH).as_secs_f64()
            );
            (step, slow)
        }
        _ => return String::new(),
    };
    format!("{} {} {what}", step.version(), step.name())
}

/// `120000 rows, 31 %, 5200 rows/s, 51 s left`: what is known of it.
pub(super) fn so_far(progress: &BackfillProgress, rows_per_second: u64) -> String {
    let mut parts = vec![format!("{} rows", progress.rows)];
    parts.extend(progress.percent().map(|percent| format!("{percent} %")));
    parts.push(format!("{rows_per_second} rows/s"));
    let left = progress.of.and_then(|of| of.checked_sub(progress.rows)).filter(|left| *left > 0);
    let seconds = left.zip(Some(rows_per_second).filter(|rate| *rate > 0)).map(|(left, rate)| left / rate);
    parts.extend(seconds.map(|seconds| format!("{} left", duration(Duration::from_secs(seconds)))));
    parts.join(", ")
}

/// The sentences of [`waiting`], a line each.
pub(super) fn waiting_text(deferred: &[Passed], held: Option<&Held>) -> String {
    waiting(deferred, held).map(|sentence| format!("{sentence}\n")).collect()
}

/// In sentences, which backfills were passed, and what waits for another migration.
pub(super) fn waiting(deferred: &[Passed], held: Option<&Held>) -> impl Iterator<Item = String> {
    let share =
        |percent: Option<u64>| percent.map_or_else(String::new, |percent| format!(" ({percent} % done)"));
    let passed = deferred.iter().map(move |Passed { version, name, percent }| {
        let (name, share) = (one_line(name), share(*percent));
        format!("{version} {name} is deferred{share}: `pmdb up --backfills` runs it")
    });
    passed.chain(held.map(move |Held { version, name, requires, is_backfill, percent }| {
        let (name, share) = (one_line(name), share(*percent));
        let next = if *is_backfill { "`pmdb up --backfills` runs it" } else { "`pmdb up` applies it" };
        format!("{version} {name} waits for {requires}{share}: {next}")
    }))
}

pub(super) fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ ..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_left_out() {
        let progress = BackfillProgress::after_rows;
        assert_eq!(so_far(&progress(250, Some(1000)), 50), "250 rows, 25 %, 50 rows/s, 15 s left");
        assert_eq!(so_far(&progress(250, Some(1_000_250)), 100), "250 rows, 0 %, 100 rows/s, 2 h left");
        assert_eq!(so_far(&progress(250, None), 0), "250 rows, 0 rows/s");
        assert_eq!(so_far(&progress(250, Some(200)), 9), "250 rows, 99 %, 9 rows/s");
    }
}
