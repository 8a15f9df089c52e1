//! What has to wait: a migration that requires another one, and a deferred backfill before the migrations below it are there.

use super::{DeferredBackfills, Held, Passed, PlanError};
use crate::migration::reconcile::Entry;
use crate::migration::{State, Version};

/// What an entry has to wait for; `None` where its turn has come. What is selected before it will be applied by then.
pub(super) fn held(
    entry: &Entry<'_>,
    entries: &[Entry<'_>],
    selected: &[&Entry<'_>],
    deferred: DeferredBackfills,
) -> Result<Option<Held>, PlanError> {
    let comes_before = |other: &Entry<'_>| {
        other.version < entry.version
            && !other.is_deferred_again()
            && selected.iter().any(|one| one.version == other.version)
    };
    let is_missing = |other: &Entry<'_>| !is_applied(other) && !comes_before(other);
    let requires = entry.migration.map_or(&[][..], |migration| migration.up.requires());
    for version in requires {
        let required = find(entries, version).ok_or_else(|| PlanError::UnknownRequirement {
            version: entry.version.clone(),
            name: entry.name().to_owned(),
            requires: version.clone(),
        })?;
        if is_missing(required) && required.version >= entry.version {
            return Err(PlanError::LaterRequirement {
                version: entry.version.clone(),
                name: entry.name().to_owned(),
                requires: version.clone(),
            });
        }
        if is_missing(required) {
            return Ok(Some(waits(entry, required)));
        }
    }
    if deferred != DeferredBackfills::Only {
        return Ok(None);
    }
    let below = entries.iter().find(|other| other.is_pending() && other.version < entry.version);
    Ok(below.map(|below| waits(entry, below)))
}

/// A backfill that is passed.
pub(in crate::migration) fn passed(entry: &Entry<'_>) -> Passed {
    Passed { version: entry.version.clone(), name: entry.name().to_owned(), percent: percent(entry) }
}

fn waits(entry: &Entry<'_>, required: &Entry<'_>) -> Held {
    Held {
        version: entry.version.clone(),
        name: entry.name().to_owned(),
        requires: required.version.clone(),
        is_backfill: required.is_deferred() || required.is_deferred_again(),
        percent: percent(required),
    }
}

/// Of one that is on its way down nothing will be done.
fn percent(entry: &Entry<'_>) -> Option<u64> {
    entry.backfill().filter(|_| !entry.is_deferred_again())?.percent()
}

fn find<'e, 'a>(entries: &'e [Entry<'a>], version: &Version) -> Option<&'e Entry<'a>> {
    entries.iter().find(|entry| {
        entry.version == version || entry.applied.is_some_and(|applied| applied.version == *version)
    })
}

fn is_applied(entry: &Entry<'_>) -> bool {
    matches!(entry.state, State::Applied | State::Changed | State::Missing | State::Renumbered)
}
