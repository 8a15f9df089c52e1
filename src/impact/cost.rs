//! How long work takes, as an order of magnitude.

use std::time::Duration;

use super::{Options, RelationStats, RowWork};

/// How long it takes to work on a table of this size: what is read counts once, what is written three times, what an index is
/// built from four times, a key that is looked up in another table six times.
pub(super) fn time(work: &RowWork, size: &RelationStats, options: &Options) -> Duration {
    let rows = size.table_bytes.saturating_add(size.toast_bytes);
    let bytes = match work {
        RowWork::Scan(_) | RowWork::Query(_) => rows,
        RowWork::Rewrite(_) => rows.saturating_mul(3).saturating_add(size.index_bytes.saturating_mul(4)),
        RowWork::IndexBuild { .. } => rows.saturating_mul(4),
        RowWork::ForeignKeyCheck { .. } => rows.saturating_mul(6),
        RowWork::ChangedRows(_) => rows.saturating_mul(6).saturating_add(size.index_bytes.saturating_mul(4)),
    };
    Duration::from_millis(bytes.saturating_mul(1000).checked_div(options.throughput).unwrap_or(u64::MAX))
}

/// An order of magnitude in words.
pub fn magnitude(time: Duration) -> &'static str {
    match time.as_secs() {
        0 => "less than a second",
        1..10 => "seconds",
        10..60 => "tens of seconds",
        60..600 => "minutes",
        600..3600 => "tens of minutes",
        3600..36000 => "hours",
        _ => "many hours",
    }
}

/// Bytes as people read them.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [(&str, u64); 4] = [("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)];
    match UNITS.iter().find(|(_, size)| bytes >= *size) {
        Some((unit, size)) if bytes / size < 10 => {
            format!("{}.{} {unit}", bytes / size, bytes % size * 10 / size)
        }
        Some((unit, size)) => format!("{} {unit}", bytes / size),
        None => format!("{bytes} bytes"),
    }
}
