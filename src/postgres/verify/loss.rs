//! Which data a migration loses for good: a down half can make a table again, but not fill it.

use crate::catalog::{Catalog, Change, Difference, Identity, Kind};
use crate::migration::{Half, Migration};

/// The tables and columns that the up half drops. One that is gone because it was renamed is not lost: so the up half
/// has to speak of dropping, too.
pub(super) fn of(before: &Catalog, after: &Catalog, migration: &Migration) -> Vec<Identity> {
    let removed = Difference::between(before, after).items.into_iter().filter_map(|item| match item.change {
        Change::Removed { .. } => Some(item.identity),
        Change::Added { .. } | Change::Changed { .. } => None,
    });
    removed.filter(|identity| holds_data(identity.kind) && drops(&migration.up, identity)).collect()
}

fn holds_data(kind: Kind) -> bool {
    matches!(kind, Kind::Table | Kind::Column)
}

/// Whether a statement says DROP and the name, or drops more than it names.
fn drops(half: &Half, identity: &Identity) -> bool {
    let last = identity.name.rsplit('.').next().unwrap_or(&identity.name);
    let name = last.trim_matches('"').to_lowercase();
    half.statements().any(|statement| {
        let text = half.source().get(statement.span).unwrap_or_default().to_lowercase();
        let drops_more = || text.contains("schema") || text.contains("cascade") || text.contains("owned");
        text.contains("drop") && (text.contains(&name) || drops_more())
    })
}
