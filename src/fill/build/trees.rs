//! Trees whose nodes share a column with their parents, as the nodes of a tenant do.

use super::Builder;
use super::references::next_towards_root;
use crate::fill::plan::{ParentChoice, ValueSource};
use crate::fill::shape::Shape;
use crate::fill::table::FillForeignKey;

impl Builder<'_> {
    /// Has each row refer to an earlier one with the same tenant, and the first of a tenant to none. The rows go through the tenants in
    /// turn for that, which nothing else may decide. Whether that is done. Where rows are to be spread over tenants as in another database, that
    /// comes first.
    pub(super) fn grow_trees(
        &mut self,
        key: usize,
        foreign_key: &FillForeignKey,
        like: Option<&Shape>,
    ) -> bool {
        let both = foreign_key.columns.iter().zip(&foreign_key.parent_columns);
        let (shared, own): (Vec<_>, Vec<_>) = both.partition(|(column, parents)| column == parents);
        let (shared, own): (Vec<usize>, Vec<usize>) = (
            shared.into_iter().map(|(column, _)| *column).collect(),
            own.into_iter().map(|(c, _)| *c).collect(),
        );
        let Some(tenants) = self.tenants(&shared) else { return false };
        let Some(tenant_key) = self.table.foreign_keys.get(tenants) else { return false };
        let count = self.parents(tenants, tenant_key.parent);
        let bound: Vec<usize> = own.iter().chain(&tenant_key.columns).copied().collect();
        let may_be_null = |column: &usize| {
            self.is_undecided(*column) && self.table.columns.get(*column).is_some_and(|one| !one.not_null)
        };
        let is_free = own.iter().all(may_be_null);
        let is_checked =
            self.table.checks.iter().any(|check| check.columns.iter().any(|c| bound.contains(c)));
        if like.is_some() || count == 0 || !is_free || is_checked || !self.are_distinct_beside(&bound) {
            return false;
        }
        for (place, column) in foreign_key.columns.iter().enumerate() {
            if let Some(slot) = self.sources.get_mut(*column).filter(|_| own.contains(column)) {
                *slot = Some(ValueSource::Foreign { key, place });
            }
        }
        let stream = |of: usize| self.stream.of(5000 + of as u64);
        let (of_tenants, of_tree) = (stream(tenants), stream(key));
        self.set_choice(tenants, ParentChoice::InStep { count, stream: of_tenants });
        self.set_choice(key, ParentChoice::EarlierInStep { count, stream: of_tree });
        true
    }

    /// The foreign key that leads from these columns, and no others, to the table of tenants.
    fn tenants(&self, shared: &[usize]) -> Option<usize> {
        let leads_there = |(place, key): (usize, &FillForeignKey)| {
            let is_it =
                key.columns == shared && key.parent != self.place && self.choices.get(place) == Some(&None);
            let decides = |column: &usize| matches!(self.sources.get(*column), Some(Some(ValueSource::Foreign { key, .. })) if *key == place);
            let goes_on = key
                .parent_columns
                .iter()
                .any(|column| next_towards_root(self.tables, self.fills, (key.parent, *column)).is_some());
            (is_it && shared.iter().all(decides) && !goes_on).then_some(place)
        };
        self.table.foreign_keys.iter().enumerate().find_map(leads_there)
    }

    /// Whether each key that has one of these columns has another one, too, that tells all rows apart.
    fn are_distinct_beside(&self, bound: &[usize]) -> bool {
        let tells_apart = |column: &usize| !bound.contains(column) && self.can_be_distinct(*column);
        let has_one = |columns: &[usize]| columns.iter().any(|column| bound.contains(column));
        let keys = self.table.keys.iter().map(|key| key.columns.clone());
        let exclusions = self.table.exclusions.iter();
        let exclusions = exclusions.map(|one| one.parts.iter().filter_map(|(column, _)| *column).collect());
        let mut all = keys.chain(exclusions).filter(|columns: &Vec<usize>| has_one(columns));
        all.all(|columns| columns.iter().any(tells_apart))
    }
}
