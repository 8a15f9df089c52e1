//! A progress bar, on a terminal, for runs that take longer than an instant.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::fill::grouped;

/// Shorter runs show no bar.
pub(super) const MOMENT: Duration = Duration::from_millis(400);

/// How often the elapsed time moves.
const TICK: Duration = Duration::from_millis(100);

const MEGABYTE: u64 = 1_000_000;

/// As in "123 of 2,048 MB".
pub(super) fn bytes_of(done: u64, total: u64) -> String {
    format!("{} of {} MB", grouped(done / MEGABYTE), grouped(total.div_ceil(MEGABYTE)))
}

/// A bar, or nothing where none is wanted.
pub(super) struct ProgressLine {
    wanted: bool,
    what: String,
    running: Option<Running>,
}

struct Running {
    bar: ProgressBar,
    /// When this is dropped, a bar that has not appeared yet never does.
    _shown_unless_dropped: Sender<()>,
}

impl ProgressLine {
    pub fn new(wanted: bool) -> ProgressLine {
        ProgressLine { wanted, what: String::new(), running: None }
    }

    /// Begins a run of this many steps.
    pub fn begin(&mut self, steps: usize) {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        self.begin_as(Some(steps), "{spinner} {pos}/{len} {bar:24} {elapsed} {msg}");
    }

    /// Begins to fetch something whose size is not known yet.
    pub fn begin_bytes(&mut self) {
        self.begin_as(None, "{spinner} {bytes}/{total_bytes} {bar:24} {bytes_per_sec} {elapsed}");
    }

    /// How many bytes have come, and of how many.
    pub fn bytes(&self, done: u64, total: Option<u64>) {
        if let Some(running) = &self.running {
            if let Some(total) = total {
                running.bar.set_length(total);
            }
            running.bar.set_position(done);
        }
    }

    fn begin_as(&mut self, length: Option<u64>, template: &str) {
        self.clear();
        if !self.wanted {
            return;
        }
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let (sender, receiver) = channel();
        show_later(bar.clone(), receiver);
        self.running = Some(Running { bar, _shown_unless_dropped: sender });
    }

    /// Says what is being done.
    pub fn at(&mut self, what: &str) {
        self.what = what.to_owned();
        if let Some(running) = &self.running {
            running.bar.set_message(what.to_owned());
        }
    }

    /// Says how far that has come.
    pub fn phase(&self, phase: &str) {
        if let Some(running) = &self.running {
            running.bar.set_message(format!("{}: {phase}", self.what));
        }
    }

    /// One step is done.
    pub fn advance(&self) {
        if let Some(running) = &self.running {
            running.bar.inc(1);
        }
    }

    /// Prints above the bar.
    pub fn above(&self, print: impl FnOnce()) {
        match &self.running {
            Some(running) => running.bar.suspend(print),
            None => print(),
        }
    }

    /// Takes the bar away.
    pub fn clear(&mut self) {
        if let Some(running) = self.running.take() {
            running.bar.finish_and_clear();
        }
    }
}

fn show_later(bar: ProgressBar, ended: Receiver<()>) {
    std::thread::spawn(move || {
        if ended.recv_timeout(MOMENT) == Err(RecvTimeoutError::Timeout) && !bar.is_finished() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.enable_steady_tick(TICK);
        }
    });
}
