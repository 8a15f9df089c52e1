//! Questions about domains: what they ask of the columns that have them.

use std::iter;

use super::constraints::condition;
use super::statements::with_value;
use super::{About, Consequence, Making, RowQuestion};
use crate::catalog::{AttributeChange, Identity, Kind};

impl Making<'_> {
    /// A domain that has to have a value from now on.
    pub(super) fn domain(&self, identity: &Identity, changes: &[AttributeChange]) -> Vec<RowQuestion> {
        let is_demanded = |change: &AttributeChange| change.attribute == "not null" && change.after.is_some();
        if !changes.iter().any(is_demanded) {
            return Vec::new();
        }
        self.columns_of_type(|name| self.is_of_domain(name, &identity.name))
            .into_iter()
            .map(|(table, column, _)| (table, About::Nulls { column }, Consequence::Fails))
            .collect()
    }

    /// A condition of a domain is asked for each column of it.
    pub(super) fn domain_condition(&self, domain: &str, name: &str, definition: &str) -> Vec<RowQuestion> {
        self.columns_of_type(|type_name| self.is_of_domain(type_name, domain))
            .into_iter()
            .filter_map(|(table, column, _)| breaking(&table, &column, name, definition))
            .collect()
    }

    /// Whether a type is this domain, or one that is made of it.
    fn is_of_domain(&self, type_name: &str, domain: &str) -> bool {
        let base = |name: &&str| self.domain_after(name)?.get("type");
        iter::successors(Some(type_name), base).any(|name| name == domain)
    }

    /// All conditions of the domain that a column gets.
    pub(super) fn conditions_of_type(&self, table: &str, column: &str, type_name: &str) -> Vec<RowQuestion> {
        let Some(domain) = self.domain_after(type_name) else { return Vec::new() };
        let constraints = self.after.objects.iter().filter(|(identity, _)| {
            identity.kind == Kind::Constraint && identity.of.as_deref() == Some(type_name)
        });
        let mut asked: Vec<RowQuestion> = constraints
            .filter_map(|(identity, constraint)| {
                breaking(table, column, &identity.name, constraint.get("definition")?)
            })
            .collect();
        // A domain may be made of another one.
        asked.extend(
            domain.get("type").into_iter().flat_map(|base| self.conditions_of_type(table, column, base)),
        );
        asked
    }
}

fn breaking(table: &str, column: &str, name: &str, definition: &str) -> Option<RowQuestion> {
    let condition = with_value(condition(definition)?, column);
    Some((table.to_owned(), About::Breaking { name: name.to_owned(), condition }, Consequence::Fails))
}
