//! Medians, ratios, and the table of them.

use comfy_table::{Table, presets};

use crate::cases::{Case, Runs};
use crate::tool::{Measured, Tool};

/// The line of a case.
pub fn row(case: &Case, runs: &Runs) -> Vec<String> {
    let of = |tool: Tool| runs.get(tool.name()).map_or(&[][..], Vec::as_slice);
    let (pmdb, psql, dbmate) = (median(of(Tool::Pmdb)), median(of(Tool::Psql)), median(of(Tool::Dbmate)));
    let ratio = pmdb.zip(psql).map(|(pmdb, psql)| pmdb / psql);
    let peak = of(Tool::Pmdb).iter().map(|run| run.peak).max().unwrap_or(0);
    vec![
        format!("{} {}", case.letter, case.what),
        milliseconds(pmdb),
        milliseconds(psql),
        milliseconds(dbmate),
        ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")),
        judged(ratio, case.target, |target| format!("{target:.2}")),
        format!("{:.1} MB", megabytes(peak)),
        judged(Some(megabytes(peak)), case.most_memory.map(megabytes), |most| format!("{most} MB")),
    ]
}

/// The table.
pub fn render(rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(["", "pmdb", "psql", "dbmate", "pmdb/psql", "at most", "peak memory", "at most"]);
    table.add_rows(rows);
    table.to_string()
}

/// The median in milliseconds.
fn median(runs: &[Measured]) -> Option<f64> {
    let mut times: Vec<_> = runs.iter().map(|run| run.took).collect();
    times.sort();
    times.get(times.len() / 2).map(|time| time.as_secs_f64() * 1000.0)
}

fn milliseconds(time: Option<f64>) -> String {
    match time {
        None => String::new(),
        Some(time) if time < 100.0 => format!("{time:.1} ms"),
        Some(time) => format!("{time:.0} ms"),
    }
}

#[allow(clippy::cast_precision_loss, reason = "a figure for people")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// A limit, and whether it was missed.
fn judged(value: Option<f64>, limit: Option<f64>, show: impl Fn(f64) -> String) -> String {
    match (value, limit) {
        (Some(value), Some(limit)) if value > limit => format!("{} MISSED", show(limit)),
        (_, Some(limit)) => show(limit),
        (_, None) => String::new(),
    }
}
