//! What columns hold that a half makes or gives another type, told by the columns that are there before.

use super::statements::{Conversion, FirstValue};
use super::{About, Consequence, Making, RowQuestion, column_of};
use std::sync::Arc;

use crate::catalog::{Identity, Kind, Object};
use crate::impact::HalfStage;
use crate::impact::names::{bare, in_quotes, quoted};
use crate::migration::sql::{Cursor, Lexer, StandardStrings, TokenKind};

/// Functions that give all rows the same value within a transaction.
const STABLE: [&str; 4] = ["now", "transaction_timestamp", "statement_timestamp", "timezone"];

/// The types that a half may make.
const MAY_BE_NEW: [Kind; 4] = [Kind::Enum, Kind::CompositeType, Kind::Range, Kind::BaseType];

impl Making<'_> {
    /// What a column of a table holds after the stage, told by the columns that are there before it.
    pub(super) fn value(&self, of: &str, name: &str) -> ValueAfter {
        let (before, after) = (column(&self.before, of, name), column(self.after, of, name));
        match (before, after) {
            (None, Some(after)) if self.has_later_default(of, &in_quotes(name), after) => ValueAfter::None,
            (None, Some(_))
                if self.statements.first_value(of, &in_quotes(name)) == Some(FirstValue::EarlierDefault) =>
            {
                ValueAfter::Unknown
            }
            (None, Some(after)) => self.new_column_value(after),
            (Some(before), Some(after))
                if self.has_other_type(before, after) || self.is_computed_anew(of, name) =>
            {
                let type_name = after.get("type").unwrap_or_default();
                let Some(to) = self.known_type(type_name) else {
                    return ValueAfter::Unknown;
                };
                match self.conversion(of, &in_quotes(name), type_name) {
                    Conversion::Assignment => {
                        let column = quoted(name);
                        ValueAfter::Expression(format!("CAST({column} AS {to})"))
                    }
                    Conversion::Using(expression) => {
                        ValueAfter::Expression(format!("CAST(({expression}) AS {to})"))
                    }
                    Conversion::Unknown => ValueAfter::Unknown,
                }
            }
            _ => ValueAfter::AsBefore,
        }
    }

    /// Whether a column gets another type. One that gets another name is the same.
    pub(super) fn has_other_type(&self, before: &Object, after: &Object) -> bool {
        let (from, to) = (before.get("type").unwrap_or_default(), after.get("type").unwrap_or_default());
        let name = |array: &'static str| (from.strip_suffix(array), to.strip_suffix(array));
        let mut renamed = self.lineage.renamed().filter(|(old, _)| old.of.is_none());
        let is_renamed = |(old, new): (&Identity, &Identity)| {
            let names = (Some(old.name.as_str()), Some(new.name.as_str()));
            names == name("") || names == name("[]")
        };
        from != to && !renamed.any(is_renamed)
    }

    /// Whether USING gives it other values of the same type.
    fn is_computed_anew(&self, of: &str, name: &str) -> bool {
        let conversion = self.statements.conversion(of, &in_quotes(name));
        matches!(conversion, Conversion::Using(_))
    }

    fn new_column_value(&self, column: &Object) -> ValueAfter {
        let Some(to) = column.get("type").and_then(|to| self.known_type(to)) else {
            return ValueAfter::Unknown;
        };
        if column.get("identity").is_some() {
            return ValueAfter::Unknown;
        }
        let default = self.default_of(column);
        match (generated(column), default) {
            (Some(expression), _) => ValueAfter::Expression(format!("CAST(({expression}) AS {to})")),
            (None, Some(default)) if is_the_same_for_all(default) => {
                ValueAfter::Expression(format!("CAST(({default}) AS {to})"))
            }
            (None, Some(_)) => ValueAfter::Unknown,
            (None, None) => ValueAfter::None,
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
        let name_alone = name.trim_end_matches("[]");
        let is_new =
            |kind: Kind| self.new_types.contains(&Identity { kind, of: None, name: name_alone.to_owned() });
        (!MAY_BE_NEW.into_iter().any(is_new)).then(|| name.to_owned())
    }

    /// Whether the target lacks the type that values are to become.
    pub(super) fn is_of_new_type(&self, about: &About) -> bool {
        match about {
            About::Uncastable { labels, .. } if !labels.is_empty() => false,
            About::Uncastable { to, .. } | About::Uncomputable { to, .. } => self.known_type(to).is_none(),
            _ => false,
        }
    }

    /// Whether the values of a column can become another type; of an enum that the target lacks, by its values.
    pub(super) fn uncastable(
        &self,
        column: String,
        from: String,
        to: String,
        using: Option<String>,
    ) -> About {
        let made = Identity { kind: Kind::Enum, of: None, name: to.clone() };
        let as_text = using.as_deref().and_then(|using| without_cast(using, &to));
        match (self.known_type(&to), self.object_after(&made), as_text) {
            (None, Some(made), Some(text)) => {
                let labels = made.list("labels");
                About::Uncastable { column, from, to, using: Some(text), labels }
            }
            (known, ..) => {
                About::Uncastable { column, from, to: known.unwrap_or(to), using, labels: Vec::new() }
            }
        }
    }

    /// Columns of a type that the half drops and makes anew: their values become those of the new one.
    pub(super) fn types_made_anew(&self) -> Vec<RowQuestion> {
        let made = self.lineage.made.iter().filter(|made| MAY_BE_NEW.contains(&made.kind));
        let replaced = made.filter(|made| self.object_before(made).is_some());
        let columns = replaced.flat_map(|made| {
            let array = format!("{}[]", made.name);
            self.columns_of_type(|name| name == made.name || name == array)
        });
        // Where the old one has another name, the column stays with it.
        let is_of_new = |(table, column, type_name): &(String, String, String)| {
            let after = self.object_after(&column_of(table, column));
            after.is_some_and(|after| after.get("type") == Some(type_name))
        };
        columns
            .filter(is_of_new)
            .flat_map(|(table, column, type_name)| {
                let lost = self.lost_labels(&table, &column, &type_name, &type_name);
                let using = match self.statements.conversion(&table, &column) {
                    Conversion::Using(expression) => Some(expression),
                    Conversion::Assignment | Conversion::Unknown => None,
                };
                let about = self.uncastable(column, type_name.clone(), type_name, using);
                lost.into_iter().chain([(table, about, Consequence::Fails)])
            })
            .collect()
    }

    pub(super) fn domain_after(&self, name: &str) -> Option<&Object> {
        self.object_after(&Identity { kind: Kind::Domain, of: None, name: name.to_owned() })
    }
}

/// An expression without the cast to this type that it ends in.
fn without_cast(sql: &str, type_name: &str) -> Option<String> {
    let (before, cast) = without_parentheses(sql).rsplit_once("::")?;
    let is_name = cast.chars().all(|c| c.is_alphanumeric() || " _.\"[]".contains(c));
    (is_name && bare(cast.trim()) == bare(type_name)).then(|| before.trim().to_owned())
}

/// An expression without the parentheses around all of it.
fn without_parentheses(sql: &str) -> &str {
    let sql = sql.trim();
    let Some(inside) = sql.strip_prefix('(').and_then(|sql| sql.strip_suffix(')')) else { return sql };
    let mut depth = 0_usize;
    for token in Lexer::new(inside.as_bytes(), 0, inside.len(), StandardStrings::On) {
        match token.kind {
            TokenKind::OpenParenthesis => depth += 1,
            // That of the first one: `(a) || (b)`.
            TokenKind::CloseParenthesis if depth == 0 => return sql,
            TokenKind::CloseParenthesis => depth -= 1,
            _ => {}
        }
    }
    without_parentheses(inside)
}

/// What a column will hold.
pub(super) enum ValueAfter {
    /// What it holds now.
    AsBefore,
    /// Nothing.
    None,
    /// What this says.
    Expression(String),
    /// Nobody can tell before.
    Unknown,
}

/// The types that a stage makes, or gives another name or other values.
pub(super) fn new_types(stage: &HalfStage) -> impl Iterator<Item = Identity> {
    let HalfStage { before, after, lineage, .. } = stage;
    let made = lineage.made.iter().chain(lineage.renamed().map(|(_, new)| new));
    let has_other_values = |(identity, object): &(&Arc<Identity>, &Arc<Object>)| {
        let labels = before.objects.get(*identity).map(|before| before.get("labels"));
        identity.kind == Kind::Enum && labels != Some(object.get("labels"))
    };
    let changed = after.objects.iter().filter(has_other_values).map(|(identity, _)| identity.as_ref());
    made.filter(|made| MAY_BE_NEW.contains(&made.kind)).chain(changed).cloned()
}

fn column<'a>(catalog: &'a crate::catalog::Catalog, of: &str, name: &str) -> Option<&'a Object> {
    let written = [quoted(name), in_quotes(name)];
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cast_at_the_end_is_left_out_whatever_stands_around_it() {
        for (sql, expected) in [
            ("s::text::state", Some("s::text")),
            ("(\"role\"::text::\"state\")", Some("\"role\"::text")),
            ("((lower(s))::state)", Some("(lower(s))")),
            ("(a)::state || (b)", None),
            ("s::text", None),
        ] {
            assert_eq!(without_cast(sql, "public.state").as_deref(), expected, "{sql}");
        }
    }
}
