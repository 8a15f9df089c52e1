//! Questions about columns, tables and enums.

use super::statements::Conversion;
use super::types::{Cast, cast};
use super::{About, Asked, Consequence, Making, last_part, table};
use crate::catalog::{AttributeChange, Change, Identity, Item, Object};

impl Making<'_> {
    pub(super) fn column(&self, item: &Item) -> Vec<Asked> {
        let Some(name) = item.identity.of.as_deref() else { return Vec::new() };
        if self.table_before(name).is_none() {
            return Vec::new();
        }
        match &item.change {
            Change::Added { .. } => self.new_column(&item.identity, name).into_iter().collect(),
            Change::Removed { .. } => self.dropped_column(&item.identity, name).into_iter().collect(),
            Change::Changed { attributes } => self.changed_column(&item.identity, name, attributes),
        }
    }

    fn new_column(&self, identity: &Identity, table: &str) -> Option<Asked> {
        let column = self.object_after(identity)?;
        let has_value = ["default", "generated", "identity"].iter().any(|from| column.get(from).is_some());
        let is_demanded = column.get("not null").is_some() && is_checked(column);
        if let Some(old) = self.statements.old_name(&identity.name) {
            let old = super::quoted(old);
            let before = self.object_before(&super::column_of(table, &old))?;
            let is_nullable = before.get("not null").is_none();
            return (is_demanded && is_nullable)
                .then(|| (table.to_owned(), About::Nulls { column: old }, Consequence::Fails));
        }
        (is_demanded && !has_value).then(|| {
            (table.to_owned(), About::NewColumn { column: identity.name.clone() }, Consequence::Fails)
        })
    }

    /// What a generated column holds can be computed again.
    fn dropped_column(&self, identity: &Identity, table: &str) -> Option<Asked> {
        let column = self.object_before(identity)?;
        let is_gone = column.get("generated").is_none() && !self.statements.renames(&identity.name);
        is_gone.then(|| {
            (table.to_owned(), About::DroppedColumn { column: identity.name.clone() }, Consequence::Loses)
        })
    }

    fn changed_column(&self, identity: &Identity, table: &str, changes: &[AttributeChange]) -> Vec<Asked> {
        let name = &identity.name;
        let mut asked = Vec::new();
        // Another column has the name now: the two have nothing to do with each other.
        if self.statements.old_name(name).is_some() {
            return asked;
        }
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
        asked
    }

    fn type_change(&self, table: &str, column: &str, from: &str, to: &str) -> Vec<Asked> {
        let (column, from, to) = (column.to_owned(), from.to_owned(), to.to_owned());
        let (cast, using) = match self.statements.conversion(&column) {
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
            let about = About::Uncastable { column, from, to, using };
            asked.insert(0, (table.to_owned(), about, Consequence::Fails));
        }
        asked
    }

    /// Rows of partitions are those of the whole.
    pub(super) fn dropped_table(&self, identity: &Identity) -> Option<Asked> {
        let dropped = self.object_before(identity)?;
        let goes_with_whole = dropped.list("inherits").iter().any(|whole| {
            let whole = table(whole);
            self.object_before(&whole).is_some_and(|whole| whole.get("partition by").is_some())
                && self.object_after(&whole).is_none()
        });
        let is_gone = !goes_with_whole && !self.statements.renames(last_part(&identity.name));
        is_gone.then(|| (identity.name.clone(), About::DroppedTable, Consequence::Loses))
    }

    pub(super) fn enum_values(&self, identity: &Identity, changes: &[AttributeChange]) -> Vec<Asked> {
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
        self.columns_of_type(|name| name == identity.name || name == array)
            .into_iter()
            .map(|(table, column, type_name)| {
                let is_array = type_name == array;
                (table, About::EnumValues { column, is_array, values: values.clone() }, Consequence::Loses)
            })
            .collect()
    }

    /// A domain that has to have a value from now on.
    pub(super) fn domain(&self, identity: &Identity, changes: &[AttributeChange]) -> Vec<Asked> {
        let is_demanded = |change: &AttributeChange| change.attribute == "not null" && change.after.is_some();
        if !changes.iter().any(is_demanded) {
            return Vec::new();
        }
        self.columns_of_type(|name| name == identity.name)
            .into_iter()
            .map(|(table, column, _)| (table, About::Nulls { column }, Consequence::Fails))
            .collect()
    }
}

/// Whether the server has checked a NOT NULL, or will: since version 18 it may be NOT VALID.
fn is_checked(column: &Object) -> bool {
    !column.get("not null constraint").is_some_and(|name| name.ends_with(" NOT VALID"))
}
