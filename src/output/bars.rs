//! A bar for each table that is being loaded: rows, rows a second, and the time that is left.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::progress::MOMENT;

const TEMPLATE: &str = "{prefix} {bar:24} {human_pos}/{human_len} rows, {per_sec}, {eta} left";

/// Several bars, or nothing where none is wanted.
pub(super) struct Bars {
    wanted: bool,
    tables: Vec<TableBar>,
    running: Option<RunningBars>,
}

/// What a bar says of its table.
struct TableBar {
    name: String,
    rows: u64,
}

struct RunningBars {
    all: MultiProgress,
    /// By the places of the tables.
    bars: HashMap<usize, ProgressBar>,
    /// When this is dropped, bars that have not appeared yet never do.
    _shown_unless_dropped: Sender<()>,
}

impl Bars {
    pub fn new(wanted: bool) -> Bars {
        Bars { wanted, tables: Vec::new(), running: None }
    }

    /// Begins to load tables with these names, each with a number of rows.
    pub fn begin(&mut self, tables: impl Iterator<Item = (String, u64)>) {
        self.clear();
        if !self.wanted {
            return;
        }
        let tables: Vec<(String, u64)> = tables.collect();
        let widest = tables.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let aligned = |(name, rows): (String, u64)| TableBar { name: format!("{name:widest$}"), rows };
        self.tables = tables.into_iter().map(aligned).collect();
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        let (sender, receiver) = channel();
        show_later(all.clone(), receiver);
        self.running = Some(RunningBars { all, bars: HashMap::new(), _shown_unless_dropped: sender });
    }

    /// A table has its turn.
    pub fn start(&mut self, table: usize) {
        let (Some(running), Some(about)) = (&mut self.running, self.tables.get(table)) else { return };
        let bar = running.all.add(ProgressBar::new(about.rows));
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        bar.set_prefix(about.name.clone());
        running.bars.insert(table, bar);
    }

    /// How many of its rows are loaded.
    pub fn at(&self, table: usize, rows: u64) {
        if let Some(bar) = self.running.as_ref().and_then(|running| running.bars.get(&table)) {
            bar.set_position(rows);
        }
    }

    /// All of its rows are.
    pub fn end(&mut self, table: usize) {
        if let Some(running) = &mut self.running
            && let Some(bar) = running.bars.remove(&table)
        {
            bar.finish_and_clear();
            running.all.remove(&bar);
        }
    }

    /// Prints above the bars.
    pub fn above(&self, print: impl FnOnce()) {
        match &self.running {
            Some(running) => running.all.suspend(print),
            None => print(),
        }
    }

    /// Takes the bars away.
    pub fn clear(&mut self) {
        if let Some(running) = self.running.take() {
            for bar in running.bars.values() {
                bar.finish_and_clear();
            }
            let _ = running.all.clear();
        }
    }
}

fn show_later(all: MultiProgress, ended: Receiver<()>) {
    std::thread::spawn(move || {
        if ended.recv_timeout(MOMENT) == Err(RecvTimeoutError::Timeout) {
            all.set_draw_target(ProgressDrawTarget::stderr());
        }
    });
}
