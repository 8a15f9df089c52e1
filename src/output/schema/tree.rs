//! A schema as text, for a terminal.

use std::fmt::Write;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::card::{key_marks, note};
use super::line;
use crate::catalog::schema::{
    Cardinality, Column, Enum, ForeignKey, Function, Schema, Table, without_public,
};
use crate::commands::SchemaReport;
use crate::output::{FAINT, GOOD, NOTE, STRONG, UNDONE};

/// Longer expressions are cut; `--format json` has the whole of them.
const LONGEST: usize = 60;

/// A piece of text in one style.
type Cell = (String, Style);

pub(super) fn text(report: &SchemaReport) -> String {
    let schema = &report.schema;
    let mut text = format!("{}: {}\n", line(&heading(report)), summary(schema));
    for table in &schema.tables {
        text.push_str(&table_text(table, schema));
    }
    for view in &schema.views {
        let kind = if view.materialized { "materialized view" } else { "view" };
        let notes = [Some(kind.to_owned()), view.comment.clone()];
        text.push_str(&branch(&view.name.to_string(), notes, &column_rows(&view.columns, &[])));
    }
    if !schema.enums.is_empty() {
        let enums = aligned(schema.enums.iter().map(enum_row).collect());
        text.push_str(&branch("enums", [], &enums));
    }
    if !schema.functions.is_empty() {
        let functions = aligned(schema.functions.iter().map(function_row).collect());
        text.push_str(&branch("functions", [], &functions));
    }
    text
}

/// What it is the schema of.
fn heading(report: &SchemaReport) -> String {
    let database = report.database.as_ref().map(ToString::to_string);
    database.or_else(|| report.files.clone()).unwrap_or_default()
}

pub(super) fn summary(schema: &Schema) -> String {
    let counts = [
        (schema.tables.len(), "table"),
        (schema.views.len(), "view"),
        (schema.enums.len(), "enum"),
        (schema.functions.len(), "function"),
    ];
    let counted = counts.iter().filter(|(count, what)| *count > 0 || *what == "table");
    let counted =
        counted.map(|(count, what)| format!("{count} {what}{}", if *count == 1 { "" } else { "s" }));
    counted.collect::<Vec<_>>().join(", ")
}

fn table_text(table: &Table, schema: &Schema) -> String {
    let mut rows = column_rows(&table.columns, &table.foreign_keys);
    rows.extend(aligned(detail_rows(table)));
    branch(&table.name.to_string(), [note(table, schema), table.comment.clone()], &rows)
}

/// A heading with rows below it.
fn branch(title: &str, notes: impl IntoIterator<Item = Option<String>>, rows: &[Vec<Cell>]) -> String {
    let mut text = format!("\n{STRONG}{}{STRONG:#}", line(title));
    for note in notes.into_iter().flatten() {
        let _ = write!(text, "  {FAINT}{}{FAINT:#}", short(&note));
    }
    text.push('\n');
    for (index, row) in rows.iter().enumerate() {
        let branch = if index + 1 == rows.len() { "└─" } else { "├─" };
        let _ = write!(text, "{FAINT}{branch}{FAINT:#} ");
        text.push_str(&row_text(row));
        text.push('\n');
    }
    text
}

/// The cells of a row, without the empty ones at its end.
fn row_text(row: &[Cell]) -> String {
    let end = row.iter().rposition(|(cell, _)| !cell.trim_end().is_empty()).map_or(0, |last| last + 1);
    let mut text = String::new();
    for (index, (cell, style)) in row.iter().take(end).enumerate() {
        let shown = cell.trim_end();
        let _ = write!(text, "{style}{shown}{style:#}");
        if index + 1 < end {
            text.push_str(&" ".repeat(cell.width() - shown.width() + 2));
        }
    }
    text
}

/// Rows with all cells but the last one as wide as the widest of their column.
fn aligned(mut rows: Vec<Vec<Cell>>) -> Vec<Vec<Cell>> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0).saturating_sub(1);
    for column in 0..columns {
        let widths = rows.iter().filter_map(|row| Some(row.get(column)?.0.width()));
        let widest = widths.max().unwrap_or(0);
        for (cell, _) in rows.iter_mut().filter_map(|row| row.get_mut(column)) {
            cell.push_str(&" ".repeat(widest - cell.width()));
        }
    }
    rows
}

/// Name, type, null, keys and the rest.
fn column_rows(columns: &[Column], keys: &[ForeignKey]) -> Vec<Vec<Cell>> {
    // A view does not know which of its columns can be NULL.
    let knows_null = columns.iter().any(|column| !column.nullable);
    let row = |column: &Column| {
        let null = if knows_null && column.nullable { "null" } else { "" };
        vec![
            (line(&column.name), Style::new()),
            (line(&column.short_type()), FAINT),
            (null.to_owned(), UNDONE),
            (key_marks(column).join(" "), NOTE),
            (column_details(column, keys), Style::new()),
        ]
    };
    let mut rows = aligned(columns.iter().map(row).collect());
    // A column of the answer in which nobody has anything to say takes no room.
    for index in (0..4).rev() {
        if rows.iter().all(|row| row.get(index).is_none_or(|(cell, _)| cell.is_empty())) {
            rows.iter_mut().filter(|row| index < row.len()).for_each(|row| drop(row.remove(index)));
        }
    }
    rows
}

fn column_details(column: &Column, keys: &[ForeignKey]) -> String {
    let own = keys.iter().filter(|key| key.columns == [column.name.as_str()]);
    let mut details: Vec<String> = own.map(|key| format!("{GOOD}{}{GOOD:#}", target(key))).collect();
    let rest = [
        column.short_default().map(|default| format!("default {default}")),
        column.generated.as_ref().map(|generated| format!("generated {generated}")),
        column.identity.as_ref().map(|identity| format!("identity {identity}")),
        column.comment.as_ref().map(|comment| format!("-- {comment}")),
    ];
    details.extend(rest.into_iter().flatten().map(|text| format!("{FAINT}{}{FAINT:#}", short(&text))));
    details.join("  ")
}

/// What a table has beside columns: what it is, what it is called, and what it does.
fn detail_rows(table: &Table) -> Vec<Vec<Cell>> {
    let long_keys = table.unique_keys.iter().filter(|key| key.len() > 1);
    let unique = long_keys.map(|key| detail("unique", &list(key), ""));
    let long_references = table.foreign_keys.iter().filter(|key| key.columns.len() > 1);
    let references = long_references.map(|key| detail("foreign key", &list(&key.columns), &target(key)));
    let checks = table.checks.iter().map(|check| {
        let (what, body) = check.definition.split_once(' ').unwrap_or(("check", &check.definition));
        detail(&what.to_lowercase(), &check.name, body)
    });
    let indexes = table.indexes.iter().map(|index| {
        let what = if index.unique { "unique index" } else { "index" };
        let body = index.definition.split_once(" USING ").map_or(index.definition.as_str(), |(_, body)| body);
        detail(what, &index.name, body)
    });
    let triggers = table.triggers.iter().map(|trigger| {
        let what = if trigger.enabled { "trigger" } else { "disabled trigger" };
        detail(what, &trigger.name, &trigger_body(&trigger.definition))
    });
    unique.chain(references).chain(checks).chain(indexes).chain(triggers).collect()
}

fn detail(what: &str, name: &str, body: &str) -> Vec<Cell> {
    vec![(what.to_owned(), FAINT), (line(name), Style::new()), (short(body), FAINT)]
}

/// `→ users.id on delete cascade`
fn target(key: &ForeignKey) -> String {
    let table = &key.references.table;
    let columns = match key.references.columns.as_slice() {
        [column] => format!("{table}.{column}"),
        columns => format!("{table} {}", list(columns)),
    };
    let one = if key.cardinality == Cardinality::OneToOne { " (one-to-one)" } else { "" };
    // The rest of the definition, such as ON DELETE CASCADE, follows the columns that are referred to.
    let references = key.definition.split_once(" REFERENCES ").and_then(|(_, to)| to.split_once(") "));
    let rest = references.map_or_else(String::new, |(_, rest)| format!(" {}", rest.to_lowercase()));
    line(&format!("→ {columns}{one}{rest}"))
}

fn list(columns: &[String]) -> String {
    format!("({})", columns.join(", "))
}

/// When it fires and what it calls: `BEFORE UPDATE → set_updated_at()`.
fn trigger_body(definition: &str) -> String {
    let begin = ["BEFORE ", "AFTER ", "INSTEAD OF "].iter().filter_map(|word| definition.find(word)).min();
    let body = begin.map_or(definition, |begin| &definition[begin..]);
    match (body.split_once(" ON "), body.rsplit_once(" EXECUTE FUNCTION ")) {
        (Some((when, _)), Some((_, function))) => format!("{when} → {}", without_public(function)),
        _ => body.to_owned(),
    }
}

fn enum_row(of: &Enum) -> Vec<Cell> {
    let labels: Vec<String> = of.labels.iter().map(|label| line(label)).collect();
    vec![(line(&of.name.to_string()), Style::new()), (labels.join(", "), FAINT)]
}

fn function_row(function: &Function) -> Vec<Cell> {
    let kind = if function.kind == "function" { "" } else { function.kind.as_str() };
    let result = function.result.as_deref().map(|result| format!("→ {}", without_public(result)));
    let signature = format!("{}{}", function.name, function.arguments);
    vec![
        (line(&signature), Style::new()),
        (line(&result.unwrap_or_default()), FAINT),
        (kind.to_owned(), FAINT),
    ]
}

/// On one line, and cut where it is too long.
fn short(text: &str) -> String {
    let text = line(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}
