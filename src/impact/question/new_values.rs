//! What columns hold that a half makes or gives another type, told by the columns that are there before.

use super::{About, Making, NewValue, column_of, statements::Conversion, table};
use crate::catalog::{Identity, Kind, Object};
use crate::impact::identifiers::has_column;
use crate::impact::names::bare;
use crate::migration::sql::{Cursor, StandardStrings, TokenKind};

/// Functions that give all rows the same value within a transaction.
const STABLE: [&str; 4] = ["now", "transaction_timestamp", "statement_timestamp", "timezone"];

impl Making<'_> {
    /// The columns in what is asked that are not there yet as they will be. `None` where their values cannot be told before, or
    /// where no row can be found by them.
    pub(super) fn new_values(&self, of: &str, about: &About) -> Option<Vec<NewValue>> {
        let expressions = about.expressions();
        let columns = self.object_after(&table(of)).map(|table| table.list("columns")).unwrap_or_default();
        let mut values = Vec::new();
        for column in columns {
            let name = crate::impact::names::in_quotes(&column);
            if !expressions.iter().any(|expression| has_column(expression, &name)) {
                continue;
            }
            match self.value(of, &column) {
                Value::AsBefore => {}
                Value::None if passes_nulls(about) => return None,
                Value::None => values.push(NewValue { column, value: "NULL".to_owned() }),
                Value::Expression(value) => values.push(NewValue { column, value }),
                Value::Unknown => return None,
            }
        }
        Some(values)
    }

    fn value(&self, of: &str, name: &str) -> Value {
        let (before, after) = (column(self.before, of, name), column(self.after, of, name));
        match (before, after) {
            (None, Some(after)) => self.new_column_value(after),
            (Some(before), Some(after)) if before.get("type") != after.get("type") => {
                let Some(to) = after.get("type").and_then(|to| self.known_type(to)) else {
                    return Value::Unknown;
                };
                match self.statements.conversion(&crate::impact::names::in_quotes(name)) {
                    Conversion::Assignment => {
                        let column = crate::impact::names::quoted(name);
                        Value::Expression(format!("CAST({column} AS {to})"))
                    }
                    Conversion::Using(expression) => {
                        Value::Expression(format!("CAST(({expression}) AS {to})"))
                    }
                    Conversion::Unknown => Value::Unknown,
                }
            }
            _ => Value::AsBefore,
        }
    }

    fn new_column_value(&self, column: &Object) -> Value {
        let Some(to) = column.get("type").and_then(|to| self.known_type(to)) else { return Value::Unknown };
        if column.get("identity").is_some() {
            return Value::Unknown;
        }
        let default = self.default_of(column);
        match (generated(column), default) {
            (Some(expression), _) => Value::Expression(format!("CAST(({expression}) AS {to})")),
            (None, Some(default)) if is_the_same_for_all(default) => {
                Value::Expression(format!("CAST(({default}) AS {to})"))
            }
            (None, Some(_)) => Value::Unknown,
            (None, None) => Value::None,
        }
    }

    /// Its own default, or that of its domain.
    fn default_of<'a>(&'a self, column: &'a Object) -> Option<&'a str> {
        column.get("default").or_else(|| self.domain_after(column.get("type")?)?.get("default"))
    }

    /// A type that the target has, too: of a domain, the one that it is made from.
    pub(super) fn known_type(&self, name: &str) -> Option<String> {
        if let Some(domain) = self.domain_after(name) {
            return self.known_type(domain.get("type")?);
        }
        let is_new = |kind: Kind| {
            let identity = Identity { kind, of: None, name: name.trim_end_matches("[]").to_owned() };
            self.object_after(&identity).is_some() && self.object_before(&identity).is_none()
        };
        let may_be_new = [Kind::Enum, Kind::CompositeType, Kind::Range, Kind::BaseType];
        (!may_be_new.into_iter().any(is_new)).then(|| name.to_owned())
    }

    pub(super) fn domain_after(&self, name: &str) -> Option<&Object> {
        self.object_after(&Identity { kind: Kind::Domain, of: None, name: name.to_owned() })
    }
}

/// What a column will hold.
enum Value {
    /// What it holds now.
    AsBefore,
    /// Nothing.
    None,
    /// What this says.
    Expression(String),
    /// Nobody can tell before.
    Unknown,
}

/// Whether rows without a value are fine.
fn passes_nulls(about: &About) -> bool {
    match about {
        About::Duplicates { nulls_are_equal, .. } => !nulls_are_equal,
        About::Orphans { .. } | About::Conflicts { .. } | About::Nulls { .. } => true,
        _ => false,
    }
}

fn column<'a>(catalog: &'a crate::catalog::Catalog, of: &str, name: &str) -> Option<&'a Object> {
    let written = [crate::impact::names::quoted(name), crate::impact::names::in_quotes(name)];
    written.iter().find_map(|written| catalog.objects.get(&column_of(of, written))).map(AsRef::as_ref)
}

/// What a column is generated from.
pub(super) fn generated(column: &Object) -> Option<&str> {
    let generated = column.get("generated")?;
    generated.strip_suffix(" STORED").or_else(|| generated.strip_suffix(" VIRTUAL"))
}

/// Whether a default is one value for all rows: it calls nothing but what is known to be so.
fn is_the_same_for_all(default: &str) -> bool {
    let mut cursor = Cursor::new(default.as_bytes(), StandardStrings::On);
    let mut name = None;
    while let Some((kind, token)) = cursor.peek() {
        let calls = kind == TokenKind::OpenParenthesis;
        if calls && name.is_some_and(|name: String| !STABLE.contains(&name.as_str())) {
            return false;
        }
        let is_name = matches!(kind, TokenKind::Word | TokenKind::QuotedIdentifier);
        name = is_name.then(|| bare(&String::from_utf8_lossy(token)));
        cursor.skip();
    }
    true
}
