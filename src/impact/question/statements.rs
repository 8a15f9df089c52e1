//! What only the words of a file tell: what it renames rather than drops, and how it computes the values of another type.

use std::collections::{BTreeMap, BTreeSet};

use crate::impact::FileTrace;
use crate::impact::names::bare;
use crate::migration::sql::secrets::is_masked;
use crate::migration::sql::{Cursor, StandardStrings, TokenKind};

/// How deep code is written into code: a DO block that executes a string is two.
const DEEPEST: usize = 3;

/// What the statements of a half say.
#[derive(Debug, Default)]
pub(in crate::impact) struct Statements {
    /// The tables, columns and schemas that get other names, in order.
    pub(super) renamings: Vec<Renaming>,
    /// Values of enums that become others.
    renamed_values: BTreeSet<String>,
    /// The columns that get another type.
    conversions: BTreeMap<String, Conversion>,
}

/// A table, as a statement names it. Names are without quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamedTable {
    pub schema: Option<String>,
    pub name: String,
}

/// Another name. Names are without quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Renaming {
    Schema {
        old: String,
        new: String,
    },
    Table {
        table: NamedTable,
        new: String,
    },
    /// The table gets into another schema.
    Moved {
        table: NamedTable,
        schema: String,
    },
    Column {
        table: NamedTable,
        old: String,
        new: String,
    },
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
    pub(in crate::impact) fn of(half: &FileTrace) -> Statements {
        let mut statements = Statements::default();
        for statement in &half.statements {
            statements.read(&statement.text, 0);
        }
        statements
    }

    /// Whether a table or a column of this name, as SQL writes it, becomes one of another name.
    pub(in crate::impact) fn renames(&self, name: &str) -> bool {
        let name = bare(name);
        self.renamings.iter().any(|renaming| match renaming {
            Renaming::Schema { .. } => false,
            Renaming::Table { table, .. } | Renaming::Moved { table, .. } => table.name == name,
            Renaming::Column { old, .. } => *old == name,
        })
    }

    pub(super) fn renames_value(&self, value: &str) -> bool {
        self.renamed_values.contains(value)
    }

    /// How a column gets another type.
    pub(in crate::impact) fn conversion(&self, column: &str) -> Conversion {
        self.conversions.get(&bare(column)).cloned().unwrap_or(Conversion::Unknown)
    }

    fn read(&mut self, text: &str, depth: usize) {
        let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
        let mut named = Named::Nothing;
        while let Some((kind, token)) = cursor.peek() {
            if cursor.eat("ALTER TABLE") || cursor.eat("ALTER MATERIALIZED VIEW") {
                cursor.eat("IF EXISTS");
                cursor.eat("ONLY");
                let table = cursor.name();
                named = table.map_or(Named::Nothing, |table| {
                    Named::Table(NamedTable { schema: table.schema, name: table.name })
                });
            } else if cursor.eat("ALTER SCHEMA") {
                named = cursor.identifier().map_or(Named::Nothing, Named::Schema);
            } else if cursor.eat("RENAME") {
                self.rename(&mut cursor, &named);
            } else if cursor.eat("SET SCHEMA") {
                if let (Named::Table(table), Some(schema)) = (&named, cursor.identifier()) {
                    self.renamings.push(Renaming::Moved { table: table.clone(), schema });
                }
            } else if cursor.eat("ALTER") {
                self.alter_column(&mut cursor);
            } else {
                if matches!(kind, TokenKind::DollarBody | TokenKind::String) && depth < DEEPEST {
                    self.read(inside(token), depth + 1);
                }
                if kind == TokenKind::Semicolon {
                    named = Named::Nothing;
                }
                cursor.skip();
            }
        }
    }

    fn rename(&mut self, cursor: &mut Cursor<'_>, named: &Named) {
        if cursor.eat("VALUE") {
            self.renamed_values.extend(cursor.string());
        } else if cursor.eat("TO") {
            let new = cursor.identifier();
            self.renamings.extend(new.and_then(|new| match named.clone() {
                Named::Nothing => None,
                Named::Schema(old) => Some(Renaming::Schema { old, new }),
                Named::Table(table) => Some(Renaming::Table { table, new }),
            }));
        } else if !cursor.eat("CONSTRAINT") {
            cursor.eat("COLUMN");
            let Some(old) = cursor.identifier() else { return };
            let (true, Named::Table(table)) = (cursor.eat("TO"), named) else { return };
            let table = table.clone();
            let Some(new) = cursor.identifier() else { return };
            if let Some(conversion) = self.conversions.get(&old).cloned() {
                self.conversions.insert(new.clone(), conversion);
            }
            self.renamings.push(Renaming::Column { table, old, new });
        }
    }

    /// `[COLUMN] c [SET DATA] TYPE t [COLLATE …] [USING …]`, after `ALTER`.
    fn alter_column(&mut self, cursor: &mut Cursor<'_>) {
        let mut after = cursor.clone();
        after.eat("COLUMN");
        let Some(column) = after.identifier() else { return };
        after.eat("SET DATA");
        if !after.eat("TYPE") {
            return;
        }
        let (mut depth, mut using) = (0_usize, None);
        while let Some((kind, sign)) = after.peek() {
            match kind {
                TokenKind::Semicolon => break,
                TokenKind::Other if sign == b"," && depth == 0 => break,
                TokenKind::OpenParenthesis => depth += 1,
                TokenKind::CloseParenthesis => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && using.is_none() && after.eat("USING") {
                using = Some(after.rest());
            } else {
                after.skip();
            }
        }
        let expression = using.and_then(|from| from.get(..from.len().checked_sub(after.rest().len())?));
        let conversion = match expression {
            Some(text) if is_masked(text) => Conversion::Unknown,
            Some(text) => Conversion::Using(text.trim_end().to_owned()),
            None => Conversion::Assignment,
        };
        self.conversions.insert(column, conversion);
        *cursor = after;
    }
}

/// What a statement alters.
#[derive(Clone)]
enum Named {
    Nothing,
    Table(NamedTable),
    Schema(String),
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
