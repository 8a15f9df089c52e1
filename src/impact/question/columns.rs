//! Questions about columns, tables and enums.

use super::new_values::generated;
use super::statements::{Conversion, FirstValue};
use super::types::{Cast, cast};
use super::{About, Consequence, Making, RowQuestion, table};
use crate::catalog::{AttributeChange, Change, Identity, Item, Object};

impl Making<'_> {
    pub(super) fn column(&self, item: &Item) -> Vec<RowQuestion> {
        let Some(name) = item.identity.of.as_deref() else { return Vec::new() };
        if self.table_before(name).is_none() {
            return Vec::new();
        }
        match &item.change {
            Change::Added { .. } => self.new_column(&item.identity, name),
            Change::Removed { .. } => self.dropped_column(&item.identity, name).into_iter().collect(),
            Change::Changed { attributes } => self.changed_column(&item.identity, name, attributes),
        }
    }

    fn new_column(&self, identity: &Identity, table: &str) -> Vec<RowQuestion> {
        let Some(column) = self.object_after(identity) else { return Vec::new() };
        let name = || identity.name.clone();
        let to = column.get("type").unwrap_or_default();
        let mut asked = Vec::new();
        if let Some(expression) = generated(column).filter(|_| is_stored(column)) {
            let to = self.known_type(to).unwrap_or_else(|| to.to_owned());
            let about = About::Uncomputable { column: name(), to, expression: expression.to_owned() };
            asked.push((table.to_owned(), about, Consequence::Fails));
        }
        if self.is_demanded(column) {
            let about = match generated(column) {
                Some(_) => Some(About::Nulls { column: name() }),
                None if self.has_first_value(table, &identity.name, column) => None,
                None => Some(About::NewColumn { column: name() }),
            };
            asked.extend(about.map(|about| (table.to_owned(), about, Consequence::Fails)));
        }
        asked.extend(self.conditions_of_type(table, &identity.name, to));
        asked
    }

    /// Whether it has to have a value, by itself or by its domain.
    fn is_demanded(&self, column: &Object) -> bool {
        let domain = column.get("type").and_then(|name| self.domain_after(name));
        (column.get("not null").is_some() && is_checked(column))
            || domain.is_some_and(|domain| domain.get("not null").is_some())
    }

    /// Whether its default is for new rows: it was given after the column was added.
    pub(super) fn has_later_default(&self, table: &str, name: &str, column: &Object) -> bool {
        column.get("default").is_some() && self.statements.first_value(table, name) == Some(FirstValue::Null)
    }

    /// Whether the rows that are there get a value, also from a default that goes away again.
    fn has_first_value(&self, table: &str, name: &str, column: &Object) -> bool {
        match self.statements.first_value(table, name) {
            Some(FirstValue::Default | FirstValue::EarlierDefault) => true,
            Some(FirstValue::Null) if column.get("default").is_some() => false,
            _ => self.has_value(column),
        }
    }

    fn has_value(&self, column: &Object) -> bool {
        let domain = column.get("type").and_then(|name| self.domain_after(name));
        ["default", "identity"].iter().any(|from| column.get(from).is_some())
            || domain.is_some_and(|domain| domain.get("default").is_some())
    }

    /// What a generated column holds can be computed again.
    fn dropped_column(&self, identity: &Identity, table: &str) -> Option<RowQuestion> {
        let column = self.object_before(identity)?;
        let is_gone = column.get("generated").is_none();
        is_gone.then(|| {
            (table.to_owned(), About::DroppedColumn { column: identity.name.clone() }, Consequence::Loses)
        })
    }

    fn changed_column(
        &self,
        identity: &Identity,
        table: &str,
        changes: &[AttributeChange],
    ) -> Vec<RowQuestion> {
        let name = &identity.name;
        let mut asked = Vec::new();
        let (Some(before), Some(after)) = (self.object_before(identity), self.object_after(identity)) else {
            return asked;
        };
        let was_demanded = before.get("not null").is_some() && is_checked(before);
        if !was_demanded && after.get("not null").is_some() && is_checked(after) {
            asked.push((table.to_owned(), About::Nulls { column: name.clone() }, Consequence::Fails));
        }
        let Some(change) = changes.iter().find(|change| change.attribute == "type") else { return asked };
        if let (Some(from), Some(to)) = (&change.before, &change.after) {
            asked.extend(self.type_change(table, name, from, to));
        }
        asked.extend(self.checked_again(table, name));
        asked
    }

    fn type_change(&self, table: &str, column: &str, from: &str, to: &str) -> Vec<RowQuestion> {
        let (column, from, to) = (column.to_owned(), from.to_owned(), to.to_owned());
        let (cast, using) = match self.statements.conversion(table, &column) {
            Conversion::Assignment => (cast(&from, &to), None),
            Conversion::Using(expression) => (Cast::MayFail, Some(expression)),
            Conversion::Unknown => return Vec::new(),
        };
        let mut asked = Vec::new();
        if cast == Cast::MayRound {
            let about = About::Rounded { column: column.clone(), from: from.clone(), to: to.clone() };
            asked.push((table.to_owned(), about, Consequence::Loses));
        }
        if cast != Cast::Lossless {
            let conditions = self.conditions_of_type(table, &column, &to);
            let about = self.uncastable(column, from, to, using);
            asked.insert(0, (table.to_owned(), about, Consequence::Fails));
            asked.extend(conditions);
        }
        asked
    }

    /// Rows of partitions are those of the whole.
    pub(super) fn dropped_table(&self, identity: &Identity) -> Option<RowQuestion> {
        let dropped = self.object_before(identity)?;
        let goes_with_whole = dropped.list("inherits").iter().any(|whole| {
            let whole = table(whole);
            self.object_before(&whole).is_some_and(|whole| whole.get("partition by").is_some())
                && self.object_after(&whole).is_none()
        });
        (!goes_with_whole).then(|| (identity.name.clone(), About::DroppedTable, Consequence::Loses))
    }

    pub(super) fn enum_values(&self, identity: &Identity, changes: &[AttributeChange]) -> Vec<RowQuestion> {
        let Some(labels) = changes.iter().find(|change| change.attribute == "labels") else {
            return Vec::new();
        };
        let list = |text: &Option<String>| -> Vec<String> {
            text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
        };
        let (before, after) = (list(&labels.before), list(&labels.after));
        let gone = before.into_iter().filter(|value| !after.contains(value));
        let values: Vec<String> = gone.filter(|value| !self.statements.renames_value(value)).collect();
        if values.is_empty() {
            return Vec::new();
        }
        let array = format!("{}[]", identity.name);
        // A type that is made anew takes over the values that are kept as they are: the others make the file fail.
        let is_kept = |table: &str, column: &str| match self.statements.conversion(table, column) {
            Conversion::Using(expression) => {
                let value = expression.split("::").next().unwrap_or_default();
                value.trim_matches(['(', ')', ' ']) == column
            }
            _ => true,
        };
        let is_lost =
            |table: &str, column: &str| !self.lineage.made.contains(identity) || !is_kept(table, column);
        self.columns_of_type(|name| name == identity.name || name == array)
            .into_iter()
            .filter(|(table, column, _)| is_lost(table, column))
            .map(|(table, column, type_name)| {
                let is_array = type_name == array;
                (table, About::EnumValues { column, is_array, values: values.clone() }, Consequence::Loses)
            })
            .collect()
    }
}

fn is_stored(column: &Object) -> bool {
    column.get("generated").is_some_and(|generated| generated.ends_with(" STORED"))
}

/// Whether the server has checked a NOT NULL, or will: since version 18 it may be NOT VALID.
fn is_checked(column: &Object) -> bool {
    !column.get("not null constraint").is_some_and(|name| name.ends_with(" NOT VALID"))
}
