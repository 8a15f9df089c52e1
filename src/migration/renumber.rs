//! Applied files that have another number by now: two branches took the same one, and one of them gave way.

use std::path::PathBuf;

use thiserror::Error;

use super::side_by_side::{Pair, in_order, side_by_side};
use super::{AppliedMigration, Migration, MigrationSet, Version};
use crate::diagnosis::{Diagnose, Diagnosis};

/// An applied migration gets the number that its file has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renumbering {
    /// The version as the history has it.
    pub from: Version,
    /// The version as the file writes it.
    pub to: Version,
    /// The name of the file.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

/// A row of the history whose file has another number now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move<'a> {
    /// The row, with the number that the file had when it was applied.
    pub row: &'a AppliedMigration,
    /// The file, with the number that it has now.
    pub file: &'a Migration,
}

/// Why a row does not get another number.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the message of each variant, which stands above it, is its documentation")]
pub enum RenumberError {
    #[error("{0} is not applied")]
    NotApplied(Version),
    #[error("{0} is not finished")]
    Unfinished(Version),
    #[error("there is no file with the number {0}")]
    NoFile(Version),
    #[error("{0} has the file that was applied")]
    HasItsFile(Version),
    #[error("the history does not know the checksum of what was applied as {0}")]
    NoChecksum(Version),
    #[error("the file of {to} says something else than what was applied as {from}")]
    OtherText { from: Version, to: Version },
    #[error("the number {0} is taken: the history has it for another file")]
    Taken(Version),
}

impl Diagnose for RenumberError {
    fn diagnosis(&self) -> Diagnosis {
        let renumber = Diagnosis::of(self, "renumber");
        match self {
            RenumberError::Unfinished(_) => {
                renumber.hint("give the file its old number back and finish it with `pmdb up` or `pmdb down`")
            }
            RenumberError::NoChecksum(_) => {
                renumber.hint("another tool applied it: give the file its old number back")
            }
            RenumberError::OtherText { from, .. } => renumber.hint(format!(
                "put the SQL back as it ran; the history keeps it in the column up_sql of {from}"
            )),
            RenumberError::Taken(version) => renumber.hint(format!(
                "give the file a number that is free, or restore the file that was applied as {version}"
            )),
            RenumberError::NotApplied(_) | RenumberError::NoFile(_) | RenumberError::HasItsFile(_) => {
                renumber.hint("`pmdb status` shows which migration was applied under another number")
            }
        }
    }
}

/// What has to be moved so that the row `from` gets the number `to`: itself, and rows that are in its way and whose
/// files have other numbers, too.
///
/// # Errors
/// See [`RenumberError`].
pub fn renumber(
    set: &MigrationSet,
    history: &[AppliedMigration],
    from: &Version,
    to: &Version,
) -> Result<Vec<Renumbering>, RenumberError> {
    let moves = moves_among(&side_by_side(set, in_order(history)));
    let moves_from = |from: &Version| moves.iter().find(|moved| moved.row.version == *from).copied();
    let Some(first) = moves_from(from).filter(|moved| moved.file.version == *to) else {
        return Err(refusal(set, history, from, to));
    };
    let mut needed = vec![first];
    // A circle ends where it began.
    while let Some(next) = needed.last().and_then(|last| moves_from(&last.file.version))
        && next.row.version != *from
    {
        needed.push(next);
    }
    Ok(needed.into_iter().map(Renumbering::from).collect())
}

impl From<Move<'_>> for Renumbering {
    fn from(Move { row, file }: Move<'_>) -> Renumbering {
        let (name, path) = (file.name.clone(), file.path.clone());
        Renumbering { from: row.version.clone(), to: file.version.clone(), name, path }
    }
}

fn refusal(set: &MigrationSet, history: &[AppliedMigration], from: &Version, to: &Version) -> RenumberError {
    let (from, to) = (from.clone(), to.clone());
    let Some(row) = history.iter().find(|row| row.version == from) else {
        return RenumberError::NotApplied(from);
    };
    let Some(file) = set.get(&to) else { return RenumberError::NoFile(to) };
    match &row.checksum {
        _ if row.progress.is_some() => RenumberError::Unfinished(from),
        None => RenumberError::NoChecksum(from),
        Some(checksum) if set.get(&from).is_some_and(|own| own.checksum.as_str() == checksum) => {
            RenumberError::HasItsFile(from)
        }
        Some(checksum) if checksum != file.checksum.as_str() => RenumberError::OtherText { from, to },
        Some(_) => RenumberError::Taken(to),
    }
}

/// Finds the file of each row that has lost its own, among the files that have no row of theirs: the text must be the
/// same. Where several say the same, equal names belong together first, then lower numbers.
pub(super) fn moves_among<'a>(pairs: &[Pair<'a>]) -> Vec<Move<'a>> {
    let mut rows: Vec<&AppliedMigration> = pairs.iter().filter_map(row_without_its_file).collect();
    let mut files: Vec<&Migration> = pairs.iter().filter_map(file_without_a_row).collect();
    let mut moves = Vec::new();
    for is_same in [is_same_by_name_too as fn(&_, &_) -> bool, is_same_text] {
        rows.retain(|row| match files.iter().position(|file| is_same(row, file)) {
            Some(index) => {
                moves.push(Move { row, file: files.remove(index) });
                false
            }
            None => true,
        });
    }
    keep_free(&mut moves, pairs);
    moves
}

fn row_without_its_file<'a>(pair: &Pair<'a>) -> Option<&'a AppliedMigration> {
    let row = pair.row.filter(|row| row.progress.is_none() && row.checksum.is_some())?;
    pair.file.is_none_or(|file| !is_same_text(row, file)).then_some(row)
}

/// A file without a statement is like any other one, so nothing can be said of it.
fn file_without_a_row<'a>(pair: &Pair<'a>) -> Option<&'a Migration> {
    let file = pair.file.filter(|file| file.up.statement_count() > 0)?;
    match pair.row {
        None => Some(file),
        Some(_) => row_without_its_file(pair).map(|_| file),
    }
}

fn is_same_text(row: &AppliedMigration, file: &Migration) -> bool {
    row.checksum.as_deref() == Some(file.checksum.as_str())
}

fn is_same_by_name_too(row: &AppliedMigration, file: &Migration) -> bool {
    is_same_text(row, file) && row.name.as_deref() == Some(&file.name)
}

/// Leaves out moves to numbers that other rows keep, and then those that have been waiting for these.
fn keep_free(moves: &mut Vec<Move<'_>>, pairs: &[Pair<'_>]) {
    let taken: Vec<&Version> = pairs.iter().filter_map(|pair| Some(&pair.row?.version)).collect();
    loop {
        let before = moves.len();
        let leaving: Vec<Version> = moves.iter().map(|moved| moved.row.version.clone()).collect();
        moves.retain(|moved| {
            let to = &moved.file.version;
            taken.binary_search(&to).is_err() || leaving.contains(to)
        });
        if moves.len() == before {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
