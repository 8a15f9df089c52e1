//! Whether the target is what its migrations make. What is tried on the scratch database is tried on that.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::{Catalog, Change, Difference, Item, Kind};
use crate::commands::context::Context;
use crate::postgres::rebuild::without_what_differs_by_nature;
use crate::postgres::{Inquiry, read_catalog_with_definitions_of};

/// How many objects are named.
const MOST_SHOWN: usize = 3;

/// Attributes that say who may do something, not what it is. The roles of a scratch server may be others.
const OF_ROLES: [&str; 2] = ["owner", "privileges"];

/// What differs from the schema that the scratch database had before the pending files.
#[derive(Default)]
pub(super) struct Drift {
    /// The same in a sentence; or why it is not known.
    pub gap: Option<String>,
    /// What the target has and no migration has made.
    pub only_on_target: Catalog,
    /// All that the target has, with the definitions of constraints and indexes where the files work; nothing where that is not known.
    pub target_now: Catalog,
}

/// Reads the schema of the target, and compares. The files work on the tables of these names.
pub(super) async fn difference(
    context: &Context,
    inquiry: &Inquiry<'_>,
    built: &Catalog,
    worked_on: &BTreeSet<String>,
) -> Drift {
    let left_out = [context.table.clone(), context.seeds_table()];
    let reading = read_catalog_with_definitions_of(worked_on, inquiry.session(), &left_out);
    let unknown = |why: String| Drift {
        gap: Some(format!("whether the target has what its migrations make is not known: {why}")),
        ..Drift::default()
    };
    let there = match inquiry.within(super::PATIENCE, reading).await {
        Ok(Ok(there)) => without_what_differs_by_nature(there),
        Ok(Err(error)) => return unknown(error.to_string()),
        Err(why) => return unknown(why.to_string()),
    };
    let built = without_unread_definitions(without_what_differs_by_nature(built.clone()), &there);
    let difference = Difference::between(&built, &there).without_data();
    let differ: Vec<String> = difference.items.iter().filter(|item| matters(item)).map(told).collect();
    if differ.is_empty() {
        return Drift { target_now: there, ..Drift::default() };
    }
    let mut only_on_target = there.clone();
    only_on_target.objects.retain(|identity, _| !built.objects.contains_key(identity));
    let shown = differ.iter().take(MOST_SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = match differ.len().saturating_sub(MOST_SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let gap = format!(
        "the target is not what its migrations make, so that what is tried without it may go otherwise there: {shown}{more}; \
         `pmdb drift` tells it all"
    );
    Drift { gap: Some(gap), only_on_target, target_now: there }
}

/// What has not been read is not compared.
fn without_unread_definitions(mut built: Catalog, there: &Catalog) -> Catalog {
    for (identity, object) in &mut built.objects {
        let is_unread = there.objects.get(identity).is_some_and(|there| there.get("definition").is_none());
        if is_unread && object.get("definition").is_some() {
            Arc::make_mut(object).attributes.remove("definition");
        }
    }
    built
}

fn matters(item: &Item) -> bool {
    let is_of_the_server = matches!(
        item.identity.kind,
        Kind::Role | Kind::Tablespace | Kind::Parameter | Kind::DefaultPrivileges
    );
    let says_what_it_is = match &item.change {
        Change::Changed { attributes } => {
            attributes.iter().any(|change| !OF_ROLES.contains(&change.attribute.as_str()))
        }
        _ => true,
    };
    !is_of_the_server && says_what_it_is
}

fn told(item: &Item) -> String {
    let what = match item.change {
        Change::Added { .. } => "only the target has the",
        Change::Removed { .. } => "the target lacks the",
        Change::Changed { .. } => "the target has another",
    };
    format!("{what} {}", item.identity)
}
