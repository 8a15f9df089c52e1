//! A schema as a picture: boxes for tables, lines in crow's foot notation for the foreign keys.

mod legend;
mod lines;

use std::fmt::Write;

use super::card::{Card, NOTE_SIZE, NULLABLE, PADDING, ROW, ROW_SIZE, TITLE, TITLE_SIZE};
use super::layout::{Edge, Graph, Point, Port, Size, arrange};
use super::{escaped, line};
use crate::catalog::schema::{ForeignKey, Schema, Table};
use legend::Legend;
use lines::LineStyle;

/// Around the picture.
const MARGIN: i64 = 28;

/// The colours are those of the reader's choice between light and dark, where the viewer of the picture knows it.
const STYLE: &str = "\
svg { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
text { fill: #1f2328; white-space: pre; }
.ground { fill: #ffffff; }
.box { fill: #ffffff; stroke: #8c959f; }
.head { fill: #dbe9f9; }
.linking .head { fill: #e9ddf8; }
.rule { stroke: #d0d7de; }
.title { font-weight: bold; }
.faint { fill: #6e7781; }
.mark { fill: #0550ae; font-weight: bold; }
.line { fill: none; stroke: #57606a; stroke-width: 1.4; }
.linking-line { stroke: #8250df; }
.zero { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .ground { fill: #0d1117; }
  .box { fill: #161b22; stroke: #6e7681; }
  .head { fill: #1c3350; }
  .linking .head { fill: #36254f; }
  .rule { stroke: #30363d; }
  .faint { fill: #8d96a0; }
  .mark { fill: #79c0ff; }
  .line { stroke: #9198a1; }
  .linking-line { stroke: #b083f0; }
  .zero { fill: #0d1117; }
}
";

/// The same schema gives the same picture, to the byte.
pub(super) fn text(schema: &Schema) -> String {
    let cards: Vec<Card> = schema.tables.iter().map(|table| Card::new(table, schema)).collect();
    let drawn = drawn(schema);
    let layout = arrange(&graph(schema, &cards, &drawn));
    let legend = Legend::new(schema, layout.size.width);
    let size = Size {
        width: layout.size.width.max(legend.size.width) + 2 * MARGIN,
        height: layout.size.height + MARGIN + legend.size.height + 2 * MARGIN,
    };

    let mut svg = opening(size);
    // The lines of linking tables come first, so that where lines share their way, the common colour shows.
    for look in [LineStyle::Linking, LineStyle::Plain] {
        for ((table, key), route) in drawn.iter().zip(&layout.routes) {
            if look_of(table, schema) == look {
                svg.push_str(&lines::line(table, key, route, look));
            }
        }
    }
    for ((table, card), place) in schema.tables.iter().zip(&cards).zip(&layout.boxes) {
        svg.push_str(&table_box(table, card, schema, *place));
    }
    svg.push_str(&legend.text(layout.size.height + MARGIN));
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn opening(Size { width, height }: Size) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"Tables and how they relate\">\n<style>\n{STYLE}</style>\n\
         <rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>\n\
         <g transform=\"translate({MARGIN} {MARGIN})\">\n"
    )
}

fn look_of(table: &Table, schema: &Schema) -> LineStyle {
    if schema.link(&table.name).is_some() { LineStyle::Linking } else { LineStyle::Plain }
}

/// The foreign keys that can be drawn: those between tables that are shown.
fn drawn<'s>(schema: &'s Schema) -> Vec<(&'s Table, &'s ForeignKey)> {
    let of = |table: &'s Table| {
        let keys = table.foreign_keys.iter();
        keys.filter(|key| schema.table(&key.references.table).is_some()).map(move |key| (table, key))
    };
    schema.tables.iter().flat_map(of).collect()
}

fn graph(schema: &Schema, cards: &[Card], drawn: &[(&Table, &ForeignKey)]) -> Graph {
    let port = |table: &Table, column: Option<&String>| {
        let node = schema.tables.binary_search_by(|other| other.name.cmp(&table.name)).unwrap_or_default();
        let row = column.and_then(|name| table.columns.iter().position(|column| column.name == *name));
        Port { node, y: row.map_or(TITLE / 2, |row| cards[node].middle(row)) }
    };
    let edge = |(table, key): &(&Table, &ForeignKey)| {
        let parent = schema.table(&key.references.table)?;
        let place = telling(table, key);
        Some(Edge {
            parent: port(parent, key.references.columns.get(place)),
            child: port(table, key.columns.get(place)),
            trunk: u8::from(key.optional),
        })
    };
    let boxes = cards.iter().map(|card| card.size).collect();
    Graph { boxes, edges: drawn.iter().filter_map(edge).collect() }
}

/// At which of its columns a foreign key of several is drawn: at the one that is in the fewest foreign keys. Of several
/// such, the last one tells the most: `(tenant_id, project_id)`.
fn telling(table: &Table, key: &ForeignKey) -> usize {
    let uses = |column| table.foreign_keys.iter().filter(|other| other.columns.contains(column)).count();
    let places = key.columns.iter().enumerate().rev();
    places.min_by_key(|(_, column)| uses(column)).map_or(0, |(place, _)| place)
}

fn table_box(table: &Table, card: &Card, schema: &Schema, Point { x, y }: Point) -> String {
    let class = match look_of(table, schema) {
        LineStyle::Plain => "table",
        LineStyle::Linking => "table linking",
    };
    let Size { width, height } = card.size;
    let head = card.head();
    let mut svg = format!("<g class=\"{class}\" transform=\"translate({x} {y})\">\n");
    if let Some(comment) = &table.comment {
        let _ = writeln!(svg, "<title>{}</title>", escaped(&line(comment)));
    }
    let _ = write!(
        svg,
        "<rect class=\"box\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>\n\
         <path class=\"head\" d=\"M0.5 {head}V6.5a6 6 0 0 1 6 -6H{}a6 6 0 0 1 6 6V{head}Z\"/>\n\
         <path class=\"rule\" d=\"M0.5 {head}H{}\"/>\n",
        width as f64 - 6.5,
        width as f64 - 0.5,
    );
    svg.push_str(&words("title", PADDING, 20, TITLE_SIZE, &card.title));
    if let Some(note) = &card.note {
        svg.push_str(&words("faint", PADDING, TITLE + 12, NOTE_SIZE, note));
    }
    for (index, row) in card.rows.iter().enumerate() {
        let base = head + ROW * index as i64 + 15;
        if !row.marks.is_empty() {
            svg.push_str(&words("mark", PADDING, base, NOTE_SIZE, &row.marks));
        }
        svg.push_str(&words("name", card.names, base, ROW_SIZE, &row.name));
        let null = if row.nullable { NULLABLE } else { "" };
        let _ = writeln!(
            svg,
            "<text class=\"faint\" x=\"{}\" y=\"{base}\" font-size=\"{ROW_SIZE}\" text-anchor=\"end\">{}{null}</text>",
            width - PADDING,
            escaped(&row.data_type)
        );
    }
    svg.push_str("</g>\n");
    svg
}

fn words(class: &str, x: i64, y: i64, size: i64, text: &str) -> String {
    format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\" font-size=\"{size}\">{}</text>\n", escaped(text))
}
