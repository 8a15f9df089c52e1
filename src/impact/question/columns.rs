//! Questions about columns, tables and enums.

use super::expressions::only_cuts;
use super::new_values::generated;
use super::statements::{Conversion, FirstValue};
use super::types::{Cast, cast, is_text};
use super::{About, Consequence, Making, RowQuestion, table};
use crate::catalog::{AttributeChange, Change, Identity, Item, Kind, Object};

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
        // Since 17, SET EXPRESSION computes all its values anew.
        if let Some(expression) = generated(after)
            && is_stored(after)
            && before.get("generated").is_some()
            && generated(before) != Some(expression)
        {
            let to = after.get("type").unwrap_or_default();
            let to = self.known_type(to).unwrap_or_else(|| to.to_owned());
            let about = About::Uncomputable { column: name.clone(), to, expression: expression.to_owned() };
            asked.push((table.to_owned(), about, Consequence::Fails));
        }
        if !changes.iter().any(|change| change.attribute == "type") || !self.has_other_type(before, after) {
            return asked;
        }
        if let (Some(from), Some(to)) = (before.get("type"), after.get("type")) {
            asked.extend(self.type_change(table, name, from, to));
            let is_demanded = was_demanded && after.get("not null").is_some();
            asked.extend(self.lost_to_null(table, name, to).filter(|_| is_demanded));
        }
        asked.extend(self.checked_again(table, name));
        asked
    }

    /// Of a column that has to have a value, those for which `USING` gives none. A mere cast gives one for each.
    fn lost_to_null(&self, table: &str, column: &str, to: &str) -> Option<RowQuestion> {
        let Conversion::Using(expression) = self.conversion(table, column, to) else { return None };
        let is_cast = expression.strip_prefix(column).is_some_and(|rest| rest.starts_with("::"));
        let about = About::Nulls { column: column.to_owned() };
        (!is_cast).then(|| (table.to_owned(), about, Consequence::Fails))
    }

    fn type_change(&self, table: &str, column: &str, from: &str, to: &str) -> Vec<RowQuestion> {
        let (column, from, to) = (column.to_owned(), from.to_owned(), to.to_owned());
        let as_it_is = cast(&from, &to);
        let (cast, using) = match self.conversion(table, &column, &to) {
            Conversion::Assignment => (as_it_is, None),
            // Where the types are of one family, what is left out shows when the value comes back.
            Conversion::Using(expression)
                if as_it_is != Cast::Lossless
                    && only_cuts(&expression, &column)
                    && (as_it_is == Cast::MayRound || is_text(&from) && is_text(&to)) =>
            {
                (Cast::MayRound, Some(expression))
            }
            Conversion::Using(expression) => (Cast::MayFail, Some(expression)),
            Conversion::Unknown => return Vec::new(),
        };
        let mut asked: Vec<RowQuestion> = self.lost_labels(table, &column, &from, &to).into_iter().collect();
        if cast == Cast::MayRound {
            let about = About::Rounded {
                column: column.clone(),
                from: from.clone(),
                to: to.clone(),
                using: using.clone(),
            };
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

    /// Values of an enum that another one does not have. Where they are kept as they are, the file fails by them instead.
    pub(super) fn lost_labels(&self, table: &str, column: &str, from: &str, to: &str) -> Option<RowQuestion> {
        let named = |name: &str| {
            let name = name.trim_end_matches("[]").to_owned();
            Identity { kind: Kind::Enum, of: None, name }
        };
        let old = self.object_before(&named(from))?.list("labels");
        let new = self.object_after(&named(to))?.list("labels");
        let values: Vec<String> = old.into_iter().filter(|value| !new.contains(value)).collect();
        let is_kept = match self.statements.conversion(table, column) {
            Conversion::Using(expression) => {
                let value = expression.split("::").next().unwrap_or_default();
                value.trim_matches(['(', ')', ' ']) == column
            }
            Conversion::Assignment | Conversion::Unknown => true,
        };
        let is_array = from.ends_with("[]");
        let about = || About::EnumValues { column: column.to_owned(), is_array, values: values.clone() };
        (!values.is_empty() && !is_kept).then(|| (table.to_owned(), about(), Consequence::Loses))
    }
}

fn is_stored(column: &Object) -> bool {
    column.get("generated").is_some_and(|generated| generated.ends_with(" STORED"))
}

/// Whether the server has checked a NOT NULL, or will: since version 18 it may be NOT VALID.
fn is_checked(column: &Object) -> bool {
    !column.get("not null constraint").is_some_and(|name| name.ends_with(" NOT VALID"))
}
