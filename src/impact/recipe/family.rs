//! Tables that belong together: a partitioned one and its partitions, a parent and its children.

use crate::catalog::{Identity, Kind};
use crate::impact::look::HalfView;

impl HalfView<'_> {
    /// The table that this one is a partition or a child of.
    pub(in crate::impact) fn parent(&self, table: &str) -> Option<String> {
        self.families.parent(table).map(str::to_owned)
    }

    /// The partitioned table at the top; of any other table, itself.
    pub(in crate::impact) fn whole(&self, table: &str) -> String {
        match self.parent(table) {
            Some(parent) if self.is_partitioned(&parent) => self.whole(&parent),
            _ => table.to_owned(),
        }
    }

    pub(in crate::impact) fn is_partitioned(&self, table: &str) -> bool {
        self.table(table).is_some_and(|table| table.get("partition by").is_some())
    }

    /// The partitions or children one level below.
    pub(in crate::impact) fn children(&self, table: &str) -> &[String] {
        self.families.children(table)
    }

    /// The table and what is below it, without those that have no rows of their own.
    pub(in crate::impact) fn with_rows(&self, table: &str) -> Vec<String> {
        let own = (!self.is_partitioned(table)).then(|| table.to_owned());
        let below = self.children(table).iter().flat_map(|child| self.with_rows(child));
        own.into_iter().chain(below).collect()
    }

    fn table(&self, name: &str) -> Option<&crate::catalog::Object> {
        let identity = Identity { kind: Kind::Table, of: None, name: name.to_owned() };
        self.after(&identity).or(self.before(&identity))
    }
}
