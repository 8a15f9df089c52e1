//! Which data a migration loses for good: a down half can make a table again, but not fill it.

use std::collections::{BTreeMap, BTreeSet};

use super::VerifyError;
use super::sandbox::Sandbox;
use crate::catalog::{Catalog, Identity, Kind};
use crate::migration::Migration;

/// Tables by their OIDs, columns by their numbers. A new name leaves these alone.
pub(super) type Holders = BTreeMap<(String, String), Identity>;

const HOLDERS: &str = include_str!("holders.sql");

/// What holds data before the up half; `None` if the half does not speak of dropping anything.
pub(super) async fn before(
    sandbox: &Sandbox<'_>,
    migration: &Migration,
) -> Result<Option<Holders>, VerifyError> {
    if !migration.up.body().to_ascii_lowercase().contains("drop") {
        return Ok(None);
    }
    Ok(Some(holders(sandbox).await?))
}

/// The tables and columns that are gone after the up half. One that was made anew under the same name, as a copy is, is
/// not among them.
pub(super) async fn after(
    sandbox: &Sandbox<'_>,
    before: &Holders,
    catalog: &Catalog,
) -> Result<Vec<Identity>, VerifyError> {
    let now = holders(sandbox).await?;
    let gone: BTreeSet<&Identity> = before
        .iter()
        .filter(|(number, identity)| !now.contains_key(number) && !catalog.objects.contains_key(*identity))
        .map(|(_, identity)| identity)
        .collect();
    let tables: BTreeSet<&str> =
        gone.iter().filter(|one| one.kind == Kind::Table).map(|one| one.name.as_str()).collect();
    let goes_with_its_table = |one: &Identity| one.of.as_deref().is_some_and(|of| tables.contains(of));
    Ok(gone.into_iter().filter(|one| !goes_with_its_table(one)).cloned().collect())
}

async fn holders(sandbox: &Sandbox<'_>) -> Result<Holders, VerifyError> {
    let rows = sandbox.rows(HOLDERS).await?;
    let holders = rows.iter().filter_map(|row| {
        let of = row.get(2).map(str::to_owned);
        let kind = if of.is_some() { Kind::Column } else { Kind::Table };
        let number = (row.get(0)?.to_owned(), row.get(1)?.to_owned());
        Some((number, Identity { kind, of, name: row.get(3)?.to_owned() }))
    });
    Ok(holders.collect())
}
