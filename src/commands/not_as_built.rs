//! Why `baseline` records nothing: the database is not what the files build.

use thiserror::Error;

use crate::catalog::{Change, Difference, Item};
use crate::diagnosis::{Diagnose, Diagnosis, Headline};
use crate::exit::Exit;
use crate::migration::Version;

/// The database is not what the files up to a version build.
#[derive(Debug, Error)]
#[error("the database is not what the files up to {version} build: {}", differ(differences.items.len()))]
pub struct NotAsBuilt {
    /// The version.
    pub version: Version,
    /// What differs.
    pub differences: Difference,
}

const SIGNS: &str = "`+` stands for what the database alone has, `-` for what the files alone build, `~` for what is another one there.";

impl Diagnose for NotAsBuilt {
    fn diagnosis(&self) -> Diagnosis {
        let lines: Vec<String> = self.differences.items.iter().flat_map(Item::lines).collect();
        let headline = format!("{self}\n{}", lines.join("\n"));
        let hint = match self.other_owner() {
            Some(owner) => format!(
                "the owner is all that differs: `--role {owner}` builds as that role; --force records it all the same"
            ),
            None => "make both the same, or leave out what is meant so with --ignore KIND:NAME; --force records it all the \
                     same"
                .to_owned(),
        };
        Diagnosis::of(self, "not_as_built")
            .exit(Exit::Disagreement)
            .headlines(vec![Headline::new(&headline)])
            .state(vec![SIGNS.to_owned(), "Nothing was recorded.".to_owned()])
            .detail("differences", &self.differences)
            .hint(hint)
    }
}

impl NotAsBuilt {
    /// The one role that owns what differs, if nothing but the owner does.
    fn other_owner(&self) -> Option<&str> {
        let mut owners = self.differences.items.iter().map(other_owner);
        let first = owners.next()??;
        owners.all(|owner| owner == Some(first)).then_some(first)
    }
}

fn other_owner(item: &Item) -> Option<&str> {
    let Change::Changed { attributes } = &item.change else { return None };
    match attributes.as_slice() {
        [one] if one.attribute == "owner" => one.after.as_deref(),
        _ => None,
    }
}

/// `1 object differs`, `2 objects differ`.
fn differ(objects: usize) -> String {
    match objects {
        1 => "1 object differs".to_owned(),
        many => format!("{many} objects differ"),
    }
}
