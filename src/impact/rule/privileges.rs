//! A rule about privileges that go with what is dropped and made anew.

use std::fmt;

use super::{Class, PlanRule, PlanRuleText, calls};
use crate::catalog::{Catalog, Identity, Kind, Object};
use crate::impact::finding::{Finding, Recipe};
use crate::impact::look::HalfView;

pub(super) const PRIVILEGES_LOST: PlanRuleText = PlanRuleText {
    id: "privileges-lost",
    class: Class::Breaks,
    title: "privileges that are gone once something is dropped and made anew",
    text: "\
What is dropped and made anew has the privileges of something new: what was granted is gone, so that others may not use it any more, and \
what was revoked from everybody is open again, as a function is. `CREATE OR REPLACE` keeps them; else grant and revoke them in the same \
migration. So it is with a view that takes the name of a table which is renamed, or a table that was built beside it. What was granted by \
hand on the target counts as well.",
    given: "\
CREATE VIEW answers AS SELECT 42 AS answer;
GRANT SELECT ON answers TO PUBLIC;",
    breaks: "\
DROP VIEW answers;
CREATE VIEW answers AS SELECT 43 AS answer;",
    safe: "\
-- migrate:up
CREATE OR REPLACE VIEW answers AS SELECT 43 AS answer;",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    // What is new has those that somebody has made the usual ones by hand.
    if look.case.only_on_target.objects.keys().any(|one| one.kind == Kind::DefaultPrivileges) {
        return Vec::new();
    }
    let lineage = &look.case.trace.lineage;
    let gone = lineage.gone.iter().map(|old| (old, None));
    let renamed = lineage.renamed().map(|(old, new)| (old, Some(new)));
    gone.chain(renamed).filter_map(|(old, new)| lost(look, old, new)).collect()
}

/// `new` is the name of the old thing from now on; `None` where it is gone.
fn lost(look: &HalfView<'_>, identity: &Identity, new: Option<&Identity>) -> Option<Finding> {
    let successor = successor(look, identity)?;
    let there = look.name_on_target(identity).filter(|_| look.is_on_target(identity))?;
    // What a pending half has granted, nobody uses; what one has revoked is gone already.
    let (known, kept) = (privileges(look.target, there), privileges(look.case.before, identity));
    let mut lost = privileges(look.case.target_now, there);
    lost.retain(|one| !known.contains(one));
    lost.extend(known.into_iter().filter(|one| kept.contains(one)));
    let after = privileges_of_new(look.case.after, successor);
    lost.retain(|one| !after.iter().any(|other| other.includes(one)));
    lost.sort();
    lost.dedup();
    if lost.is_empty() {
        return None;
    }
    let name = &identity.name;
    let happens = match new {
        None if successor == identity => {
            format!("the {identity} is dropped and made anew, and its privileges are gone")
        }
        None => format!("the {identity} is dropped, and the {successor} in its place has not its privileges"),
        Some(new) => {
            format!(
                "the {identity} is called {} from now on, and the {successor} in its place has not its privileges",
                new.name
            )
        }
    };
    let lost: Vec<String> = lost.iter().map(ToString::to_string).collect();
    let what = format!("{happens}: {}", lost.join("; "));
    let note = match new {
        None if successor == identity => {
            "Grant and revoke them in the same migration, after it is made anew; or use CREATE OR REPLACE, which keeps them."
        }
        _ => "Grant and revoke them in the same migration, on what is in its place then.",
    };
    let bare_name = name.split('(').next().unwrap_or(name);
    let finding = look.finding(PlanRule::PrivilegesLost, look.statement_naming(&[bare_name]), name, what);
    Some(finding.with_recipe(Recipe::note(note)))
}

/// What code finds afterwards where it found this.
fn successor<'a>(look: &HalfView<'a>, identity: &Identity) -> Option<&'a Identity> {
    const RELATIONS: [Kind; 4] = [Kind::Table, Kind::ForeignTable, Kind::View, Kind::MaterializedView];
    let kinds = match identity.kind {
        Kind::Sequence => &[Kind::Sequence][..],
        kind if RELATIONS.contains(&kind) => &RELATIONS,
        Kind::Function | Kind::Procedure | Kind::Aggregate => return calls::successor(look, identity),
        _ => return None,
    };
    let same_name = kinds.iter().map(|kind| Identity { kind: *kind, ..identity.clone() });
    let mut there = same_name.filter_map(|name| look.case.after.objects.get_key_value(&name));
    there.next().map(|(successor, _)| successor.as_ref())
}

/// Who has what is granted to all.
const EVERYBODY: &str = "PUBLIC";

/// What somebody may do with a thing, or with one of its columns.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Privilege {
    column: Option<String>,
    who: String,
    what: Vec<String>,
}

fn privileges(catalog: &Catalog, identity: &Identity) -> Vec<Privilege> {
    let of = |object: &Object, column: Option<&str>| -> Vec<Privilege> {
        let entries = object.list("privileges").into_iter();
        entries.filter_map(|entry| Privilege::of(&entry, column)).collect()
    };
    let own = catalog.objects.get(identity).map(|object| of(object, None)).unwrap_or_default();
    let columns = catalog.parts(Kind::Column, &identity.name);
    own.into_iter().chain(columns.flat_map(|(column, object)| of(object, Some(&column.name)))).collect()
}

/// What somebody may do with something new. All may call a function, unless that is revoked.
fn privileges_of_new(catalog: &Catalog, identity: &Identity) -> Vec<Privilege> {
    let mut found = privileges(catalog, identity);
    let is_called = matches!(identity.kind, Kind::Function | Kind::Procedure | Kind::Aggregate);
    if is_called && !found.iter().any(|one| one.who == EVERYBODY) {
        found.push(Privilege { column: None, who: EVERYBODY.to_owned(), what: vec!["EXECUTE".to_owned()] });
    }
    found
}

impl Privilege {
    /// As the catalog writes it: `app: INSERT, SELECT`.
    fn of(entry: &str, column: Option<&str>) -> Option<Privilege> {
        let (who, what) = entry.rsplit_once(": ")?;
        let what = what.split(", ").map(str::to_owned).collect();
        Some(Privilege { column: column.map(str::to_owned), who: who.to_owned(), what })
    }

    /// Whether who has this has the other one, too: for the whole, it is had for each column.
    fn includes(&self, other: &Privilege) -> bool {
        (self.who == other.who || self.who == EVERYBODY)
            && (self.column.is_none() || self.column == other.column)
            && other.what.iter().all(|one| self.what.contains(one))
    }
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.who, self.what.join(", "))?;
        self.column.iter().try_for_each(|column| write!(f, " of {column}"))
    }
}
