//! Files and rows of the history side by side.

use super::{AppliedMigration, Migration, MigrationSet, Version};

/// What folder and history have of one number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'a> {
    /// As the history has it, else as the file writes it.
    pub version: &'a Version,
    pub file: Option<&'a Migration>,
    pub row: Option<&'a AppliedMigration>,
}

/// A row, and the number that it counts under.
pub(super) type PlacedRow<'a> = (&'a Version, &'a AppliedMigration);

/// Lays files and rows side by side, by their numbers. The rows have to be in order.
pub(super) fn side_by_side<'a>(set: &'a MigrationSet, rows: Vec<PlacedRow<'a>>) -> Vec<Pair<'a>> {
    let mut pairs = Vec::with_capacity(set.migrations().len().max(rows.len()));
    let mut files = set.migrations().iter().peekable();
    let mut rows = rows.into_iter().peekable();
    while let Some(version) =
        lower(files.peek().map(|file| &file.version), rows.peek().map(|(version, _)| *version))
    {
        let file = files.next_if(|file| file.version == *version);
        let row = rows.next_if(|(place, _)| *place == version);
        pairs.push(Pair {
            version: row.map_or(version, |(place, _)| place),
            file,
            row: row.map(|(_, row)| row),
        });
    }
    pairs
}

/// Each version once, even if another tool has written both `1` and `0001`.
pub(super) fn in_order(history: &[AppliedMigration]) -> Vec<PlacedRow<'_>> {
    let mut rows: Vec<PlacedRow<'_>> = history.iter().map(|row| (&row.version, row)).collect();
    rows.sort_by_key(|(place, _)| *place);
    rows.dedup_by(|(later, _), (earlier, _)| later == earlier);
    rows
}

fn lower<'a>(one: Option<&'a Version>, other: Option<&'a Version>) -> Option<&'a Version> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
