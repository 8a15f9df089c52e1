//! Which texts may be made as wide as those of another database: what something else looks at stays as it comes.

use super::Builder;

impl Builder<'_> {
    /// Whether nothing but its type says what a text of a column may be. A check, for one, takes no more words because it takes some.
    pub(super) fn may_be_wider(&self, column: usize) -> bool {
        let is_in = |columns: &[usize]| columns.contains(&column);
        let is_checked = self.table.checks.iter().any(|check| is_in(&check.columns));
        let computed = self.table.columns.iter().filter_map(|one| one.computed.as_ref());
        let is_computed_from = computed.into_iter().any(|computed| is_in(&computed.columns));
        let of_keys = self.table.keys.iter().flat_map(|key| {
            let by_expression = key.is_computed.then_some(&key.columns);
            by_expression.into_iter().chain(key.predicate.as_ref().map(|predicate| &predicate.columns))
        });
        let is_in_expression = of_keys.into_iter().any(|columns| is_in(columns));
        !is_checked && !is_computed_from && !is_in_expression && !self.is_taken_over_otherwise(column)
    }

    /// Whether a foreign key takes its values into a column of another type, which may hold less.
    fn is_taken_over_otherwise(&self, column: usize) -> bool {
        let of = self.table.columns.get(column).map(|column| &column.of);
        self.tables.iter().any(|child| {
            let keys = child.foreign_keys.iter().filter(|key| key.parent == self.place);
            keys.flat_map(|key| key.columns.iter().zip(&key.parent_columns)).any(|(own, theirs)| {
                *theirs == column && child.columns.get(*own).map(|column| &column.of) != of
            })
        })
    }
}
