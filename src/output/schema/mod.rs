//! `pmdb schema` in the forms that it can be asked for.

mod card;
mod dot;
mod html;
mod layout;
mod mermaid;
mod svg;
mod tree;

use crate::catalog::schema::Changes;
use crate::cli::SchemaFormat;
use crate::commands::SchemaReport;

pub(super) fn text(report: &SchemaReport) -> String {
    match report.format {
        // JSON is written as every answer is; this is not asked then.
        SchemaFormat::Tree | SchemaFormat::Json => tree::text(report),
        SchemaFormat::Mermaid => mermaid::text(&report.schema, report.title.as_deref()),
        SchemaFormat::Dot => dot::text(&report.schema, report.title.as_deref()),
        SchemaFormat::Svg => {
            let below = tree::summary(&report.schema);
            svg::text(&report.schema, &Changes::default(), title(report), &below)
        }
        SchemaFormat::Html => {
            let (below, changes) = (tree::summary(&report.schema), Changes::default());
            let (schema, around) = (&report.schema, &report.around);
            html::Page { title: title(report), below: &below, schema, changes: &changes, around }.text()
        }
    }
}

/// What stands above a picture.
fn title(report: &SchemaReport) -> &str {
    report.title.as_deref().unwrap_or(&report.name)
}

/// A name on one line, with nothing in it that would steer a terminal or break a picture.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
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
            other if other.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}
