//! What only the words of a file tell: what it renames rather than drops, and how it computes the values of another type.

use std::collections::BTreeMap;

use crate::impact::StatementTrace;
use crate::impact::names::bare;
use crate::migration::sql::secrets::is_masked;
use crate::migration::sql::{Cursor, StandardStrings, TokenKind};

/// How deep code is written into code: a DO block that executes a string is two.
const DEEPEST: usize = 3;

/// What some statements say.
#[derive(Debug, Default)]
pub(in crate::impact) struct Statements {
    /// The columns that get another type, each with its table.
    conversions: BTreeMap<(String, String), Conversion>,
    /// The columns that are added, each with its table, and what the rows that are there get.
    added: BTreeMap<(String, String), FirstValue>,
}

/// What a new column holds in the rows that are there. A default that comes or goes later is for new rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FirstValue {
    Null,
    /// The default that the column has in the end.
    Default,
    /// One that it has no more.
    EarlierDefault,
}

/// How the values of another type are computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::impact) enum Conversion {
    /// From the old values as they are.
    Assignment,
    /// By what stands after USING.
    Using(String),
    /// The statement cannot be read: a secret in it is masked, or a function has put it together.
    Unknown,
}

impl Statements {
    pub(in crate::impact) fn of(all: &[StatementTrace]) -> Statements {
        let mut statements = Statements::default();
        for statement in all {
            statements.read(&statement.text, 0);
        }
        statements
    }

    /// What a column is added with; `None` where no text says so. Both names are those after the half.
    pub(super) fn first_value(&self, table: &str, column: &str) -> Option<FirstValue> {
        self.added.get(&(bare(table), bare(column))).copied()
    }

    /// How a column gets another type. Both names are those after the half.
    pub(in crate::impact) fn conversion(&self, table: &str, column: &str) -> Conversion {
        self.conversions.get(&(bare(table), bare(column))).cloned().unwrap_or(Conversion::Unknown)
    }

    fn read(&mut self, text: &str, depth: usize) {
        let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
        let mut table = None;
        while let Some((kind, token)) = cursor.peek() {
            if cursor.eat("ALTER TABLE") {
                cursor.eat("IF EXISTS");
                cursor.eat("ONLY");
                table = cursor.name().map(|table| table.name);
            } else if cursor.eat("RENAME") {
                self.rename(&mut cursor, table.as_deref());
            } else if cursor.eat("ADD") {
                self.add_column(&mut cursor, table.as_deref());
            } else if cursor.eat("ALTER") {
                self.alter_column(&mut cursor, table.as_deref());
            } else {
                if matches!(kind, TokenKind::DollarBody | TokenKind::String) && depth < DEEPEST {
                    self.read(inside(token), depth + 1);
                }
                if kind == TokenKind::Semicolon {
                    table = None;
                }
                cursor.skip();
            }
        }
    }

    /// What is said of a table or a column holds by its new name.
    fn rename(&mut self, cursor: &mut Cursor<'_>, table: Option<&str>) {
        let Some(table) = table.filter(|_| !cursor.eat("CONSTRAINT")) else { return };
        if cursor.eat("TO") {
            let Some(new) = cursor.identifier() else { return };
            let of_table = self.conversions.iter().filter(|((of, _), _)| of == table);
            let by_new_name: Vec<_> =
                of_table.map(|((_, column), how)| ((new.clone(), column.clone()), how.clone())).collect();
            self.conversions.extend(by_new_name);
            let of_table = self.added.iter().filter(|((of, _), _)| of == table);
            let by_new_name: Vec<_> =
                of_table.map(|((_, column), value)| ((new.clone(), column.clone()), *value)).collect();
            self.added.extend(by_new_name);
            return;
        }
        cursor.eat("COLUMN");
        let Some(old) = cursor.identifier().filter(|_| cursor.eat("TO")) else { return };
        let Some(new) = cursor.identifier() else { return };
        let (old, new) = ((table.to_owned(), old), (table.to_owned(), new));
        if let Some(value) = self.added.get(&old).copied() {
            self.added.insert(new.clone(), value);
        }
        if let Some(how) = self.conversions.get(&old).cloned() {
            self.conversions.insert(new, how);
        }
    }

    /// `[COLUMN] [IF NOT EXISTS] c t …`, after `ADD`: what it is up to the next comma decides.
    fn add_column(&mut self, cursor: &mut Cursor<'_>, table: Option<&str>) {
        let begins_a_constraint =
            ["CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY KEY", "FOREIGN KEY", "EXCLUDE", "NOT NULL"];
        let is_column = cursor.eat("COLUMN");
        if !is_column && begins_a_constraint.iter().any(|words| cursor.clone().eat(words)) {
            return;
        }
        cursor.eat("IF NOT EXISTS");
        let Some((table, column)) = table.map(str::to_owned).zip(cursor.identifier()) else { return };
        let gives_values =
            ["DEFAULT", "GENERATED", "serial", "bigserial", "smallserial", "serial4", "serial8", "serial2"];
        let mut value = FirstValue::Null;
        to_next_comma(cursor, |cursor| {
            if gives_values.iter().any(|word| cursor.clone().eat(word)) {
                value = FirstValue::Default;
            }
        });
        self.added.insert((table, column), value);
    }

    /// `[COLUMN] c [SET DATA] TYPE t [COLLATE …] [USING …]`, after `ALTER`.
    fn alter_column(&mut self, cursor: &mut Cursor<'_>, table: Option<&str>) {
        let mut after = cursor.clone();
        after.eat("COLUMN");
        let Some((table, column)) = table.map(str::to_owned).zip(after.identifier()) else { return };
        if let Some(value) = self.added.get_mut(&(table.clone(), column.clone()))
            && *value == FirstValue::Default
            && ["SET DEFAULT", "DROP DEFAULT"].iter().any(|words| after.clone().eat(words))
        {
            *value = FirstValue::EarlierDefault;
        }
        after.eat("SET DATA");
        if !after.eat("TYPE") {
            return;
        }
        let mut using = None;
        to_next_comma(&mut after, |after| {
            let mut rest = after.clone();
            if using.is_none() && rest.eat("USING") {
                using = Some(rest.rest());
            }
        });
        let expression = using.and_then(|from| from.get(..from.len().checked_sub(after.rest().len())?));
        let conversion = match expression {
            Some(text) if is_masked(text) => Conversion::Unknown,
            Some(text) => Conversion::Using(text.trim_end().to_owned()),
            None => Conversion::Assignment,
        };
        self.conversions.insert((table, column), conversion);
        *cursor = after;
    }
}

/// Goes on to the end of a part of ALTER TABLE, and shows each place on the way that is in no parentheses.
fn to_next_comma<'t>(cursor: &mut Cursor<'t>, mut at: impl FnMut(&Cursor<'t>)) {
    let mut depth = 0_usize;
    while let Some((kind, sign)) = cursor.peek() {
        match kind {
            TokenKind::Semicolon => break,
            TokenKind::Other if sign == b"," && depth == 0 => break,
            TokenKind::OpenParenthesis => depth += 1,
            TokenKind::CloseParenthesis => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            at(cursor);
        }
        cursor.skip();
    }
}

/// A condition of a domain, for a column: `VALUE` stands for its value.
pub(super) fn with_value(condition: &str, column: &str) -> String {
    let mut text = String::new();
    let mut cursor = Cursor::new(condition.as_bytes(), StandardStrings::On);
    let mut rest = cursor.rest();
    while let Some((kind, token)) = cursor.peek() {
        let is_value = kind == TokenKind::Word && token.eq_ignore_ascii_case(b"VALUE");
        cursor.skip();
        let after = cursor.rest();
        let written = rest.get(..rest.len().saturating_sub(after.len())).unwrap_or_default();
        if is_value {
            text.push_str(column);
            text.push_str(written.get(token.len()..).unwrap_or_default());
        } else {
            text.push_str(written);
        }
        rest = after;
    }
    text
}

/// What stands between quotes or dollars.
fn inside(literal: &[u8]) -> &str {
    let text = std::str::from_utf8(literal).unwrap_or_default();
    match text.split_once('$') {
        Some(("", rest)) => rest
            .split_once('$')
            .map_or("", |(tag, body)| body.strip_suffix(&format!("${tag}$")).unwrap_or(body)),
        _ => text.trim_start_matches(|c: char| c != '\'').trim_matches('\''),
    }
}
