//! `pmdb schema` in the forms that it can be asked for.

mod card;
mod dot;
mod layout;
mod mermaid;
mod svg;
mod tree;

use crate::cli::Format;
use crate::commands::SchemaReport;

pub(super) fn text(report: &SchemaReport, format: Format) -> String {
    match format {
        Format::Mermaid => mermaid::text(&report.schema),
        Format::Dot => dot::text(&report.schema),
        Format::Svg => svg::text(&report.schema),
        Format::Text | Format::Json | Format::Github => tree::text(report),
    }
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
