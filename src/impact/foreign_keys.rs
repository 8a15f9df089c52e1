//! Foreign keys from the side of the table that they refer to: what a change of its rows means for others.

use super::TargetStats;
use super::names::{parts, quoted};
use crate::catalog::{Catalog, Identity, Kind, Object};

/// A foreign key of another table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Referring<'a> {
    /// The table that has it, as SQL writes it.
    pub table: &'a str,
    pub name: &'a str,
    key: &'a Object,
}

/// Those that refer to a table. Those of a partitioned table are its own.
pub(super) fn referring(catalog: &Catalog, parent: String) -> impl Iterator<Item = Referring<'_>> {
    let is_key = move |identity: &Identity, key: &Object| {
        identity.kind == Kind::Constraint
            && key.get("type") == Some("foreign key")
            && key.get("references") == Some(&parent)
    };
    let keys = catalog.objects.iter().filter(move |(identity, key)| is_key(identity, key));
    keys.filter_map(|(identity, key)| {
        Some(Referring { table: identity.of.as_deref()?, name: &identity.name, key })
    })
}

/// The columns of a foreign key, each with the one that it refers to. Of another constraint there are none.
pub(super) fn column_pairs(identity: &Identity, key: &Object) -> Vec<[Identity; 2]> {
    let column = |of: Option<&str>, name: &String| Identity {
        kind: Kind::Column,
        of: of.map(str::to_owned),
        name: quoted(name),
    };
    let (own, others) = (key.list("columns"), key.list("referenced columns"));
    let pairs = own.iter().zip(&others);
    pairs
        .map(|(own, other)| [column(identity.of.as_deref(), own), column(key.get("references"), other)])
        .collect()
}

impl Referring<'_> {
    fn says(&self, words: &str) -> bool {
        self.key.get("definition").is_some_and(|definition| definition.contains(words))
    }

    /// Whether rows that are deleted take its rows along.
    pub fn deletes(&self) -> bool {
        self.says(" ON DELETE CASCADE")
    }

    /// Whether rows that are deleted change its rows.
    pub fn changes(&self) -> bool {
        self.says(" ON DELETE SET ")
    }

    /// Whether its rows keep others from being deleted.
    pub fn refuses(&self) -> bool {
        !self.deletes() && !self.changes() && self.is_enforced()
    }

    pub fn is_enforced(&self) -> bool {
        !self.says(" NOT ENFORCED")
    }

    /// Whether a partition has it from its whole.
    pub fn is_of_whole(&self) -> bool {
        self.key.get("parent").is_some()
    }

    /// Whether its rows change with the values that they refer to.
    pub fn follows(&self) -> bool {
        self.says(" ON UPDATE CASCADE") || self.says(" ON UPDATE SET ")
    }

    /// The columns that it refers to.
    pub fn parent_columns(&self) -> Vec<String> {
        self.key.list("referenced columns")
    }

    /// Its columns.
    pub fn columns(&self) -> Vec<String> {
        self.key.list("columns")
    }

    /// Whether its rows can be found by an index. A BRIN index only tells which blocks to read.
    pub fn has_index(&self, catalog: &Catalog) -> bool {
        let columns = self.columns();
        catalog.objects.iter().any(|(identity, index)| {
            let leading = index.list("columns");
            let leading = leading.get(..columns.len()).unwrap_or_default();
            let is_brin =
                index.get("definition").is_some_and(|definition| definition.contains(" USING brin "));
            identity.kind == Kind::Index
                && identity.of.as_deref() == Some(self.table)
                && index.get("predicate").is_none_or(|predicate| leaves_out_nulls_alone(predicate, &columns))
                && index.get("valid").is_none()
                && !is_brin
                && !leading.is_empty()
                && columns.iter().all(|column| leading.contains(column))
        })
    }

    /// How many rows its table has on the target, where that is known.
    pub fn rows(&self, stats: Option<&TargetStats>) -> Option<u64> {
        let [schema, name] = <[String; 2]>::try_from(parts(self.table)).ok()?;
        stats?.relations.get(&schema)?.get(&name)?.rows
    }

    /// Its columns, as SQL lists them.
    pub fn listed(&self) -> String {
        self.columns().iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ")
    }
}

/// Whether a partial index has all rows that refer to others: one without a value refers to none.
fn leaves_out_nulls_alone(predicate: &str, columns: &[String]) -> bool {
    let is_of_key = |condition: &str| {
        let condition = condition.trim_matches(['(', ')']);
        columns.iter().any(|column| condition == format!("{} IS NOT NULL", quoted(column)))
    };
    predicate.split(" AND ").all(is_of_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_without_the_rows_that_refer_to_none_is_one_of_the_key() {
        let columns = ["a".to_owned(), "B c".to_owned()];
        for predicate in ["(a IS NOT NULL)", "((a IS NOT NULL) AND (\"B c\" IS NOT NULL))"] {
            assert!(leaves_out_nulls_alone(predicate, &columns), "{predicate}");
        }
        for predicate in
            ["(d IS NOT NULL)", "((a IS NOT NULL) AND (d > 1))", "(a IS NULL)", "((a IS NOT NULL) OR d)"]
        {
            assert!(!leaves_out_nulls_alone(predicate, &columns), "{predicate}");
        }
    }
}
