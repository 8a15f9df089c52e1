//! Keys and checks that the rows which a half itself writes may not meet. A scratch database has none to write, or none that they meet.

use super::identifiers::lists_column;
use super::names::{bare, begins, in_quotes, mentions, says};
use super::unseen::{changed, read, written};
use super::{FileTrace, HalfStage, Relation, StatementTrace, TargetStats};
use crate::catalog::{Catalog, Identity, Kind, Object};
use crate::migration::sql::{Cursor, StandardStrings, TokenKind, assigned_columns};

/// How many keys and checks are named for a statement.
const MOST_SHOWN: usize = 3;

/// What a statement gives the rows that it writes.
struct Written {
    /// The table, without its schema.
    table: String,
    /// The columns, without quotes; `None` for all.
    columns: Option<Vec<String>>,
    /// Those of them that get a value that stands there as it is.
    literals: Vec<String>,
    how: WrittenBy,
    /// Whether it says what becomes of a row whose key another one has.
    copes_with_doubles: bool,
}

/// Where the values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WrittenBy {
    Update,
    /// The rows stand in the statement, so that the trial has written them: only rows of the target can be in their way.
    Values,
    Query,
}

/// What of that a half may not meet, each statement in a sentence. Then it fails.
pub fn unmet(half: &FileTrace, stats: Option<&TargetStats>) -> Vec<String> {
    let mut told = Vec::new();
    for stage in &half.stages {
        for statement in half.statements.get(stage.statements.clone()).unwrap_or_default() {
            let Some(rows) = Written::by(&statement.text) else { continue };
            let is_empty = |table: &Relation| stats.and_then(|stats| stats.of(table)?.rows) == Some(0);
            let mut tables = changed(statement).filter(|table| table.name == rows.table);
            let table = tables.find(|table| rows.how == WrittenBy::Query || !is_empty(table)).map(written);
            let table = table.or_else(|| new_table(stage, statement, &rows));
            told.extend(table.and_then(|table| sentence(half, stage, statement, &rows, table)));
        }
    }
    told
}

/// The table that the target does not have yet, and that gets rows which it has.
fn new_table(stage: &HalfStage, statement: &StatementTrace, rows: &Written) -> Option<String> {
    if rows.how != WrittenBy::Query || read(statement).is_none() || changed(statement).next().is_some() {
        return None;
    }
    let mut tables = stage.after.objects.keys().filter(|identity| identity.kind == Kind::Table);
    tables.find(|identity| bare(&identity.name) == rows.table).map(|identity| identity.name.clone())
}

fn sentence(
    half: &FileTrace,
    stage: &HalfStage,
    statement: &StatementTrace,
    rows: &Written,
    table: String,
) -> Option<String> {
    let mut names = unmet_in(&stage.after, &table, |identity, object| rows.may_break(identity, object));
    // What comes later is asked about, except for columns that the target does not have.
    let later = half.stages.last().map(|last| &last.after)?;
    let is_new = |column: &Identity| column.kind == Kind::Column && column.of.as_ref() == Some(&table);
    let new: Vec<&Identity> = half.lineage.made.iter().filter(|one| is_new(one)).collect();
    names.extend(unmet_in(later, &table, |identity, object| {
        let is_of_new = new.iter().any(|column| rows.gives(&column.name) && is_of(object, &column.name));
        identity.kind != Kind::Column && is_of_new && rows.may_break(identity, object)
    }));
    let mut unique: Vec<String> = Vec::new();
    names.into_iter().for_each(|name| {
        if !unique.contains(&name) {
            unique.push(name)
        }
    });
    if unique.is_empty() {
        return None;
    }
    let more = match unique.len().saturating_sub(MOST_SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown = unique.iter().take(MOST_SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    let (line, version) = (statement.location.line, &half.version);
    Some(format!(
        "whether the rows that line {line} of {version} writes to {table} meet {shown}{more} is not known: else {version} fails"
    ))
}

/// What of a table the rows have to meet, in words.
fn unmet_in(schema: &Catalog, table: &str, may_break: impl Fn(&Identity, &Object) -> bool) -> Vec<String> {
    let of_table = schema.objects.iter().filter(|(identity, _)| identity.of.as_deref() == Some(table));
    let broken = of_table.filter(|(identity, object)| may_break(identity, object));
    broken
        .map(|(identity, _)| match identity.kind {
            Kind::Column => format!("NOT NULL of {}", identity.name),
            _ => identity.name.clone(),
        })
        .collect()
}

/// Whether a key or a check is about a column.
fn is_of(object: &Object, column: &str) -> bool {
    object.list("columns").iter().any(|one| lists_column(one, column))
}

impl Written {
    fn by(text: &str) -> Option<Written> {
        if begins(text, "UPDATE") {
            return Written::by_update(text);
        }
        let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
        if !cursor.eat("INSERT INTO") {
            return None;
        }
        let table = cursor.name()?.name;
        let columns = columns_in_parentheses(&mut cursor);
        let how = if mentions(text, "SELECT") { WrittenBy::Query } else { WrittenBy::Values };
        let copes_with_doubles = says(text, "ON CONFLICT");
        let literals = Vec::new();
        (!says(text, "DEFAULT VALUES")).then_some(Written {
            table,
            columns,
            literals,
            how,
            copes_with_doubles,
        })
    }

    fn by_update(text: &str) -> Option<Written> {
        let assigned = assigned_columns(text, StandardStrings::On);
        let table = assigned.first()?.table.name.clone();
        let is_literal = |at: usize| is_literal_at(text.get(at..).unwrap_or_default());
        let literals = assigned.iter().filter(|one| is_literal(one.at)).map(|one| one.column.clone());
        let literals = literals.collect();
        let columns = assigned.into_iter().map(|one| one.column).collect();
        let (how, copes_with_doubles) = (WrittenBy::Update, false);
        Some(Written { table, columns: Some(columns), literals, how, copes_with_doubles })
    }

    fn gives(&self, column: &str) -> bool {
        let column = bare(column);
        self.columns.as_ref().is_none_or(|columns| columns.contains(&column))
    }

    fn gives_one_of(&self, object: &Object) -> bool {
        let columns = object.list("columns");
        match &self.columns {
            None => true,
            Some(given) => {
                given.iter().any(|column| columns.iter().any(|one| lists_column(one, &in_quotes(column))))
            }
        }
    }

    fn may_break(&self, identity: &Identity, object: &Object) -> bool {
        let is_asked_of_values = self.how != WrittenBy::Values;
        match (identity.kind, object.get("type")) {
            (Kind::Column, _) => {
                let is_new_value = is_asked_of_values && self.gives(&identity.name);
                let is_given = self.literals.contains(&bare(&identity.name));
                object.get("not null").is_some()
                    && object.get("identity").is_none()
                    && is_new_value
                    && !is_given
            }
            (Kind::Constraint, Some("unique" | "primary key" | "exclude")) => self.may_double(object),
            (Kind::Index, _) => {
                object.get("unique").is_some()
                    && object.get("constraint").is_none()
                    && self.may_double(object)
            }
            (Kind::Constraint, Some("check")) => {
                let is_for_new_rows =
                    object.get("definition").is_some_and(|text| text.ends_with(" NOT VALID"));
                is_asked_of_values && (self.gives_one_of(object) || is_for_new_rows)
            }
            (Kind::Constraint, Some("foreign key")) => is_asked_of_values && self.gives_one_of(object),
            _ => false,
        }
    }

    /// Whether rows may have a key that others have, or get it themselves.
    fn may_double(&self, key: &Object) -> bool {
        match self.how {
            WrittenBy::Update => self.gives_one_of(key),
            _ if self.copes_with_doubles => false,
            WrittenBy::Values | WrittenBy::Query => {
                key.list("columns").iter().all(|column| self.gives(&in_quotes(column)))
            }
        }
    }
}

/// The names in the parentheses that come next, unless these hold a query.
fn columns_in_parentheses(cursor: &mut Cursor<'_>) -> Option<Vec<String>> {
    let mut ahead = cursor.clone();
    if !ahead.eat_sign("(") || ahead.eat("SELECT") || ahead.eat("WITH") {
        return None;
    }
    let mut columns = Vec::new();
    while let Some(column) = ahead.identifier() {
        columns.push(column);
        if !ahead.eat_sign(",") {
            break;
        }
    }
    Some(columns)
}

/// Whether `c = 'x'` stands here, and no more.
fn is_literal_at(text: &str) -> bool {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    cursor.identifier();
    let is_value = |kind| matches!(kind, TokenKind::String | TokenKind::Number);
    if !cursor.eat_sign("=") || !cursor.peek().is_some_and(|(kind, _)| is_value(kind)) {
        return false;
    }
    cursor.skip();
    cursor.is_done() || cursor.eat_sign(",") || cursor.eat("WHERE")
}
