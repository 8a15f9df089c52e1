//! Questions about rows that would be in the wrong partition.

use super::{About, Consequence, Making, RowQuestion, table};
use crate::catalog::{Identity, Kind};
use crate::impact::partition_bound;

impl Making<'_> {
    /// Of what becomes a partition, its rows and those of the default partition beside it.
    pub(super) fn partition(&self, identity: &Identity) -> Vec<RowQuestion> {
        let name = &identity.name;
        let before = self.object_before(identity);
        let is_new = before.is_none_or(|before| before.get("partition bound").is_none());
        let Some(condition) = partition_bound::all_conditions(self.after, name).filter(|_| is_new) else {
            return Vec::new();
        };
        let asked = |of: &str, condition: String| {
            let about = About::Misplaced { partition: name.clone(), condition };
            (of.to_owned(), about, Consequence::Fails)
        };
        let own = before.map(|_| asked(name, format!("({condition}) IS NOT TRUE")));
        let beside = self.default_beside(identity).map(|other| asked(&other, condition));
        own.into_iter().chain(beside).collect()
    }

    /// The default partition of the same table.
    fn default_beside(&self, identity: &Identity) -> Option<String> {
        let whole = self.object_after(identity)?.list("inherits");
        let mut tables = self.before.objects.iter().filter(|(other, _)| other.kind == Kind::Table);
        let is_it = |name: &str| {
            let other = table(name);
            self.object_before(&other).is_some_and(|other| {
                other.get("partition bound") == Some("DEFAULT") && other.list("inherits") == whole
            })
        };
        tables.find(|(other, _)| is_it(&other.name)).map(|(other, _)| other.name.clone())
    }
}
