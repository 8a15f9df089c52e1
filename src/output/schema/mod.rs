//! `pmdb schema` in the forms that it can be asked for.

mod card;
mod dot;
mod html;
mod layout;
mod mermaid;
mod svg;
mod tree;

use crate::catalog::Strictness;
use crate::catalog::schema::{Changes, Mark};
use crate::cli::Format;
use crate::commands::{ComparedSchemas, SchemaReport};
use crate::output::printable::{deceives, one_line};

pub(super) fn text(report: &SchemaReport, format: Format) -> String {
    let unchanged = Changes::default();
    let changes = report.compared.as_ref().map_or(&unchanged, |compared| &compared.changes);
    let (schema, title) = (&report.schema, report.title.as_deref());
    match format {
        Format::Mermaid => mermaid::text(schema, changes, title),
        Format::Dot => dot::text(schema, title),
        Format::Svg => svg::text(schema, changes, title.unwrap_or(&report.name), &below(report)),
        Format::Html => {
            let differences = report.compared.as_ref().map(|compared| &compared.differences);
            let (title, below) = (title.unwrap_or(&report.name), &below(report));
            html::Page { title, below, schema, changes, around: &report.around, differences }.text()
        }
        Format::Text | Format::Json | Format::Github => tree::text(report),
    }
}

/// What stands below the title of a picture: how many tables there are, or differ.
fn below(report: &SchemaReport) -> String {
    let Some(ComparedSchemas { before, after, changes, differences }) = &report.compared else {
        return tree::summary(&report.schema);
    };
    if !differences.counts(Strictness::Default) {
        return format!("{before} and {after}: the schemas are the same");
    }
    let counts = [Mark::New, Mark::Changed, Mark::Gone].map(|mark| (changes.tables(mark), mark));
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, mark)| format!("{count} table{} {}", if *count == 1 { "" } else { "s" }, mark.word()))
        .collect();
    let counts = if counts.is_empty() { "no table differs".to_owned() } else { counts.join(", ") };
    format!("from {before} to {after}: {counts}")
}

/// A name on one line, with nothing in it that would steer a terminal or break a picture.
fn line(text: &str) -> String {
    one_line(text).into_owned()
}

/// For XML, and for the labels of Graphviz that look like it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML has no place for these, not even escaped.
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other if other.is_control() || deceives(other) => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}
