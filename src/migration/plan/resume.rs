//! Where to go on with a half that an interrupted run has begun.

use std::ops::Range;
use std::path::Path;

use super::{Disagreement, PlanError, Resume};
use crate::migration::reconcile::Entry;
use crate::migration::sql::secrets::masked;
use crate::migration::{
    AfterCrash, Checksum, Direction, Half, Migration, Progress, StatementGroup, TransactionMode,
};

pub(super) fn progress_of<'a>(entry: &Entry<'a>) -> Option<&'a Progress> {
    entry.applied.and_then(|row| row.progress.as_ref())
}

/// Whether no statement of an up half is done, and no batch of it, though one may have failed and left something behind.
pub(super) fn is_only_begun(progress: &Progress) -> bool {
    progress.direction == Direction::Up && progress.done == 0 && progress.backfill.is_none()
}

pub(super) fn has_other_name(entry: &Entry<'_>, migration: &Migration) -> bool {
    entry.applied.is_some_and(|row| row.other_name_than(&migration.name).is_some())
}

/// Where to go on. What may have committed, and cannot be looked for, is for a person to decide.
pub(super) fn resume(entry: &Entry<'_>, half: &Half, progress: &Progress) -> Result<Resume, PlanError> {
    let stored = progress.sql.as_deref().filter(|_| progress.in_flight);
    let sent = stored.and_then(|sql| Half::from_stored(sql, progress.direction).ok());
    // A file that still says the same knows the secrets, too.
    let sent = sent.filter(|sent| Checksum::of(&masked(half.body())) != Checksum::of(&masked(sent.body())));
    if let Some(part) = sent.as_ref().unwrap_or(half).part_at(progress.done)
        && progress.in_flight
        && part.after_crash() == AfterCrash::Ask
    {
        return Err(PlanError::Disagree(vec![in_flight(
            entry,
            sent.as_ref().unwrap_or(half),
            part,
            progress,
        )]));
    }
    Ok(Resume {
        version: entry.version.clone(),
        position: progress.position(),
        sent,
        backfill: progress.backfill.clone(),
        begins_anew: false,
    })
}

fn in_flight(entry: &Entry<'_>, half: &Half, part: StatementGroup<'_>, progress: &Progress) -> Disagreement {
    Disagreement::InFlight {
        version: entry.version.clone(),
        name: entry.name().to_owned(),
        statement: progress.done + part.statements.len(),
        sql: part.statements.last().map_or_else(String::new, |last| half.first_line(last)),
    }
}

/// The statements that ran must still stand there as they were: only then is "go on at statement 3" the same place. The
/// history does not know their secrets.
pub(super) fn check_done_part(
    entry: &Entry<'_>,
    half: &Half,
    path: &Path,
    progress: &Progress,
) -> Result<(), PlanError> {
    let changed = |statement: usize| {
        let (version, path) = (entry.version.clone(), path.to_owned());
        Err(PlanError::Disagree(vec![Disagreement::DonePartChanged { version, path, statement }]))
    };
    if let Some(backfill) = &progress.backfill {
        return match is_same_backfill(half, progress) {
            true => Ok(()),
            false => Err(PlanError::Disagree(vec![Disagreement::BackfillChanged {
                version: entry.version.clone(),
                path: path.to_owned(),
                rows: backfill.rows,
            }])),
        };
    }
    if progress.done == 0 {
        return Ok(());
    }
    if half.mode() == TransactionMode::Transactional {
        return changed(1);
    }
    let Some(before) =
        progress.sql.as_deref().and_then(|sql| Half::from_stored(sql, progress.direction).ok())
    else {
        return Ok(());
    };
    let mut now = half.statements().iter().map(|statement| checksum_of(half, &statement.span));
    for (index, statement) in before.statements().iter().take(progress.done).enumerate() {
        if now.next() != Some(checksum_of(&before, &statement.span)) {
            return changed(index + 1);
        }
    }
    Ok(())
}

/// Whether the file says of a half-done backfill what it said when it began: only then do all rows get the same.
pub(super) fn is_same_backfill(half: &Half, progress: &Progress) -> bool {
    let begun = progress.sql.as_deref().and_then(|sql| Half::from_stored(sql, progress.direction).ok());
    let Some(begun) = begun else { return true };
    let key = |half: &Half| half.backfill().map(|backfill| backfill.key.clone());
    key(&begun) == key(half) && Checksum::of(&masked(begun.body())) == Checksum::of(&masked(half.body()))
}

fn checksum_of(half: &Half, span: &Range<usize>) -> Checksum {
    Checksum::of(&masked(half.source().get(span.clone()).unwrap_or_default()))
}
