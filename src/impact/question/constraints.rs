//! Questions about constraints and unique indexes.

use super::expressions::may_fail;
use super::{About, Consequence, Making, ParentRows, RowQuestion};
use crate::catalog::{Change, Identity, Item, Kind, Object};
use crate::impact::StatementTrace;
use crate::impact::identifiers::lists_column;
use crate::impact::names::{begins, quoted};

/// What the server changes of a constraint without a look at the rows.
const NOT_CHECKED: [&str; 5] = ["triggers", "comment", "inherited", "parent", "depends on extensions"];

impl Making<'_> {
    pub(super) fn constraint(&self, item: &Item) -> Vec<RowQuestion> {
        let Some((of, constraint)) = item.identity.of.as_deref().zip(self.object_after(&item.identity))
        else {
            return Vec::new();
        };
        if let Change::Changed { attributes } = &item.change
            && !attributes.is_empty()
            && attributes.iter().all(|change| NOT_CHECKED.contains(&change.attribute.as_ref()))
        {
            return Vec::new();
        }
        let definition = constraint.get("definition").unwrap_or_default();
        let is_checked = !definition.ends_with(" NOT VALID") && !definition.ends_with(" NOT ENFORCED");
        if !is_checked || self.holds_already(of, constraint) {
            return Vec::new();
        }
        let name = &item.identity.name;
        if self.table_before(of).is_none() {
            return self.domain_condition(of, name, definition);
        }
        let mut more = None;
        let about = match constraint.get("type") {
            Some("check") => condition(definition)
                .map(|condition| About::Breaking { name: name.clone(), condition: condition.to_owned() }),
            // Since 18: a row may have several parents, which cover its time together.
            Some("foreign key") if definition.contains(", PERIOD ") => None,
            Some("foreign key") => orphans(name, constraint),
            // Since 18, likewise: rows that are equal in all columns but the last must not overlap in that one.
            Some("unique" | "primary key") if definition.contains(" WITHOUT OVERLAPS)") => {
                Some(self.overlaps(of, name, constraint))
            }
            Some("unique" | "primary key") => {
                let key = self.key(of, name, constraint, definition);
                let index = Identity { kind: Kind::Index, of: Some(of.to_owned()), name: name.clone() };
                let index = self.object_after(&index).filter(|_| key.is_some());
                more = index.and_then(|index| self.too_wide(of, name, index));
                key
            }
            Some("exclude") => {
                let index = Identity { kind: Kind::Index, of: Some(of.to_owned()), name: name.clone() };
                let index = self.object_after(&index);
                more = index.and_then(|object| self.unindexable(of, &item.identity, object));
                index.and_then(|index| conflicts(of, self, name, constraint, index))
            }
            _ => None,
        };
        let more = more.or_else(|| half_given(name, constraint, definition));
        let more = more.or_else(|| self.empty_ranges(of, name, constraint, definition));
        more.into_iter().chain(about).map(|about| (of.to_owned(), about, Consequence::Fails)).collect()
    }

    fn overlaps(&self, of: &str, name: &str, key: &Object) -> About {
        let keys: Vec<String> = key.list("columns").iter().map(|column| self.name_of(of, column)).collect();
        let last = keys.len().saturating_sub(1);
        let operator = |place| if place == last { "&&" } else { "=" };
        let operators = (0..keys.len()).map(|place| operator(place).to_owned()).collect();
        About::Conflicts { name: name.to_owned(), keys, operators, predicate: None }
    }

    /// An empty range would overlap with nothing.
    fn empty_ranges(&self, of: &str, name: &str, key: &Object, definition: &str) -> Option<About> {
        let last = key.list("columns").pop().filter(|_| definition.contains(" WITHOUT OVERLAPS)"))?;
        let condition = format!("(NOT isempty({}))", self.name_of(of, &last));
        Some(About::Breaking { name: name.to_owned(), condition })
    }

    pub(super) fn index(&self, item: &Item) -> Vec<RowQuestion> {
        let Some((of, index)) = item.identity.of.as_deref().zip(self.object_after(&item.identity)) else {
            return Vec::new();
        };
        let is_new = self.object_before(&item.identity).is_none_or(|before| {
            self.changes_type_of(of, index)
                || ["columns", "predicate", "definition", "valid"]
                    .iter()
                    .any(|attribute| before.get(attribute) != index.get(attribute))
        });
        if !is_new || index.get("valid").is_some() || self.table_before(of).is_none() {
            return Vec::new();
        }
        // What belongs to a constraint is asked for that.
        let is_key = index.get("unique").is_some() && index.get("constraint").is_none();
        let definition = index.get("definition").unwrap_or_default();
        let key = is_key.then(|| self.key(of, &item.identity.name, index, definition)).flatten();
        let unindexable = self.unindexable(of, &item.identity, index);
        let too_wide = self.too_wide(of, &item.identity.name, index);
        let asked = unindexable.into_iter().chain(key).chain(too_wide);
        asked.map(|about| (of.to_owned(), about, Consequence::Fails)).collect()
    }

    /// The rows of partitions are those of the whole.
    fn unindexable(&self, of: &str, identity: &Identity, index: &Object) -> Option<About> {
        let predicate = index.get("predicate").map(str::to_owned);
        let columns = index.list("columns");
        let is_column =
            |key: &String| self.object_after(&super::column_of(of, &self.name_of(of, key))).is_some();
        let keys: Vec<String> = columns.into_iter().filter(|key| !is_column(key)).collect();
        let may_fail = keys.iter().chain(&predicate).any(|sql| may_fail(sql));
        (may_fail && index.get("parent").is_none()).then(|| About::Unindexable {
            name: identity.name.clone(),
            keys,
            predicate,
        })
    }

    /// What is there already and has to hold of the new values of a column that gets another type.
    pub(super) fn checked_again(&self, of: &str, column: &str) -> Vec<RowQuestion> {
        let has_it = |object: &Object| object.list("columns").iter().any(|one| lists_column(one, column));
        let stays = |identity: &Identity, object: &Object| {
            let after = self.object_after(identity);
            after.is_some_and(|after| after.get("definition") == object.get("definition"))
        };
        let objects = self.before.objects.iter();
        let of_table = objects.filter(|(identity, object)| {
            identity.of.as_deref() == Some(of) && has_it(object) && stays(identity, object)
        });
        of_table
            .flat_map(|(identity, _)| {
                let item = Item {
                    identity: identity.as_ref().clone(),
                    change: Change::Changed { attributes: Vec::new() },
                };
                match identity.kind {
                    Kind::Constraint => self.constraint(&item),
                    Kind::Index => self.index(&item),
                    _ => Vec::new(),
                }
            })
            .collect()
    }

    /// `None` where a unique index sees to it already, as before ADD CONSTRAINT … USING INDEX.
    fn key(&self, of: &str, name: &str, key: &Object, definition: &str) -> Option<About> {
        let columns = key.list("columns");
        let nulls_are_equal = definition.contains("NULLS NOT DISTINCT");
        let predicate = key.get("predicate");
        let is_kept_by = |identity: &Identity, index: &Object| {
            identity.kind == Kind::Index
                && identity.of.as_deref() == Some(of)
                && index.get("unique").is_some()
                && index.get("valid").is_none()
                && index.list("columns") == columns
                && index.get("predicate") == predicate
                && (!nulls_are_equal
                    || index.get("definition").is_some_and(|text| text.contains("NULLS NOT DISTINCT")))
        };
        let is_kept = self.before.objects.iter().any(|(identity, index)| is_kept_by(identity, index));
        if is_kept && !self.changes_type_of(of, key) {
            return None;
        }
        let with_partitions = self.table_before(of)?.get("partition by").is_some();
        Some(About::Duplicates {
            name: name.to_owned(),
            key: columns.iter().map(|column| self.name_of(of, column)).collect(),
            predicate: predicate.map(str::to_owned),
            nulls_are_equal,
            with_partitions,
        })
    }

    /// A list holds the names of columns as they are, and expressions of an index as SQL writes them.
    pub(super) fn name_of(&self, table: &str, column: &str) -> String {
        let name = quoted(column);
        let keyword = format!("\"{column}\"");
        let is_column = |name: &String| {
            let identity = super::column_of(table, name);
            self.object_before(&identity).is_some() || self.object_after(&identity).is_some()
        };
        [name, keyword].into_iter().find(is_column).unwrap_or_else(|| column.to_owned())
    }

    /// Whether a constraint of another name says the same, and the server has checked it.
    fn holds_already(&self, of: &str, constraint: &Object) -> bool {
        let definition = constraint.get("definition").unwrap_or_default();
        let is_same = |other: &Object| {
            let other_definition = other.get("definition").unwrap_or_default();
            let is_same_key = constraint.get("type") == Some("foreign key")
                && !other_definition.ends_with(" NOT VALID")
                && !other_definition.ends_with(" NOT ENFORCED")
                && ["type", "columns", "references", "referenced columns"]
                    .iter()
                    .all(|attribute| other.get(attribute) == constraint.get(attribute));
            other_definition == definition || is_same_key
        };
        self.before.objects.iter().any(|(identity, other)| {
            let is_there = identity.kind == Kind::Constraint && identity.of.as_deref() == Some(of);
            is_there && is_same(other) && !self.is_made_anew_by_code(identity)
        }) && !self.changes_type_of(of, constraint)
    }

    /// Constraints that code drops and makes anew as they were: rows may have changed in between.
    pub(super) fn constraints_made_anew(&self) -> Vec<RowQuestion> {
        let keys = self.lineage.made.iter().filter(|made| made.kind == Kind::Constraint);
        let is_as_before = |made: &&Identity| {
            self.is_made_anew_by_code(made) && self.object_before(made) == self.object_after(made)
        };
        keys.filter(is_as_before)
            .flat_map(|made| {
                let change = Change::Changed { attributes: Vec::new() };
                self.constraint(&Item { identity: made.clone(), change })
            })
            .collect()
    }

    fn is_made_anew_by_code(&self, constraint: &Identity) -> bool {
        let is_code =
            |statement: &StatementTrace| ["DO", "CALL"].iter().any(|word| begins(&statement.text, word));
        self.lineage.gone.contains(constraint) && self.own_statements().iter().any(is_code)
    }

    /// Whether one of the columns gets another type: then what holds of the old values need not hold of the new ones.
    fn changes_type_of(&self, of: &str, object: &Object) -> bool {
        object.list("columns").iter().any(|column| {
            let identity = super::column_of(of, &self.name_of(of, column));
            let type_in =
                |object: Option<&Object>| object.and_then(|column| column.get("type")).map(str::to_owned);
            let before = self.object_before(&identity);
            before.is_some() && type_in(before) != type_in(self.object_after(&identity))
        })
    }
}

/// A list holds the names of columns as they are.
fn conflicts(
    of: &str,
    making: &Making<'_>,
    name: &str,
    constraint: &Object,
    index: &Object,
) -> Option<About> {
    let about = super::exclusion::conflicts(name, constraint, index)?;
    let About::Conflicts { name, keys, operators, predicate } = about else { return None };
    let keys = keys.iter().map(|key| making.name_of(of, key)).collect();
    Some(About::Conflicts { name, keys, operators, predicate })
}

fn orphans(name: &str, constraint: &Object) -> Option<About> {
    let columns = |attribute| constraint.list(attribute).iter().map(|column| quoted(column)).collect();
    Some(About::Orphans {
        name: name.to_owned(),
        columns: columns("columns"),
        parent: constraint.get("references")?.to_owned(),
        parent_columns: columns("referenced columns"),
        deleted: Vec::new(),
        parent_rows: ParentRows::OfTarget,
    })
}

/// MATCH FULL refuses rows that have a value in some of the columns only.
fn half_given(name: &str, constraint: &Object, definition: &str) -> Option<About> {
    if constraint.get("type") != Some("foreign key") || !definition.contains(" MATCH FULL") {
        return None;
    }
    let columns: Vec<String> = constraint.list("columns").iter().map(|column| quoted(column)).collect();
    let condition = format!("(num_nulls({}) IN (0, {}))", columns.join(", "), columns.len());
    Some(About::Breaking { name: name.to_owned(), condition })
}

/// What stands in the parentheses of `CHECK ((price > 0)) NO INHERIT`, with them.
pub(super) fn condition(definition: &str) -> Option<&str> {
    let condition = definition.strip_prefix("CHECK ")?;
    Some(condition.strip_suffix(" NO INHERIT").unwrap_or(condition))
}
