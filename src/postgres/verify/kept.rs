//! A copy of a database that is kept a few migrations back: another database is made from it sooner than from nothing.

use super::{Subject, VerifyError};
use crate::catalog::Catalog;
use crate::connect::Target;
use crate::migration::{MigrationSet, Version};

/// With more migrations than this to be run, another copy is made.
const FAR: usize = 6;

/// The copy.
pub(super) struct Kept {
    database: Target,
    /// The newest migration in it.
    newest: Version,
    /// What was around it: the roles that it may depend on.
    around: Catalog,
}

impl Kept {
    /// Whether many migrations lie between it and this one.
    pub fn is_far_from(&self, newest: &Version, set: &MigrationSet) -> bool {
        let between = |version: &&Version| **version > self.newest && *version <= newest;
        let versions = set.migrations().iter().map(|migration| &migration.version);
        versions.filter(between).count() > FAR
    }
}

/// A database for the migrations up to a version: a copy of what is kept, where a copy has everything, else an empty one.
pub(super) async fn database(
    subject: &Subject<'_>,
    kept: Option<Kept>,
    newest: Option<&Version>,
) -> Result<(Target, Option<Kept>), VerifyError> {
    let scratch = subject.scratch;
    let Some(kept) = kept else { return Ok((scratch.create().await?, None)) };
    let is_older = newest.is_some_and(|newest| kept.newest <= *newest);
    if is_older && scratch.around().await? == kept.around {
        return Ok((scratch.copy_of(&kept.database).await?, Some(kept)));
    }
    scratch.drop(&kept.database).await?;
    Ok((scratch.create().await?, None))
}

/// A copy of a database, to which nobody may be connected, in the place of an older one. There is none where a copy would
/// not be the same.
pub(super) async fn renewed(
    subject: &Subject<'_>,
    older: Option<Kept>,
    database: &Target,
    newest: &Version,
) -> Result<Option<Kept>, VerifyError> {
    let scratch = subject.scratch;
    if let Some(older) = older {
        scratch.drop(&older.database).await?;
    }
    if !scratch.can_be_copied(database).await? {
        return Ok(None);
    }
    let around = scratch.around().await?;
    let copy = scratch.copy_of(database).await?;
    Ok(Some(Kept { database: copy, newest: newest.clone(), around }))
}
