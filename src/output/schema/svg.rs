//! A schema as a picture: boxes for tables, lines in crow's foot notation for the foreign keys.

mod colours;
mod enums;
mod frames;
mod graph;
mod legend;
mod lines;
mod nets;
mod style;
mod table;

use super::card::{Card, NOTE_SIZE, width};
use super::escaped;
use super::layout::{Layout, Size, arrange};
use super::line;
use crate::catalog::schema::{Changes, Schema};
use colours::LineColours;
use enums::EnumBox;
use graph::{drawn, graph};
use legend::Legend;
pub(super) use style::style;
use table::TableBox;

/// Around the picture.
pub(super) const MARGIN: i64 = 28;
/// The size of the letters above it.
const HEADING_SIZE: i64 = 20;
/// The room for what stands above it.
const HEADING: i64 = 62;

/// Where the picture stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setting {
    /// In a file of its own.
    Alone,
    /// In a page, where titles lead to what the page says of the tables.
    Page,
}

/// What is drawn, without what is around it.
pub(super) struct Picture {
    /// The elements.
    pub body: String,
    pub size: Size,
}

/// A file with the picture. The same schema gives the same picture, to the byte.
pub(super) fn text(schema: &Schema, changes: &Changes, title: &str, below: &str) -> String {
    let Picture { body, size } = picture(schema, changes, Setting::Alone);
    let (title, below) = (line(title), line(below));
    let headings = [width(&title, HEADING_SIZE), width(&below, NOTE_SIZE)];
    let size = Size {
        width: headings.into_iter().fold(size.width, i64::max) + 2 * MARGIN,
        height: HEADING + size.height + 2 * MARGIN,
    };
    let Size { width, height } = size;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"erd\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"Tables and how they relate: {}\">\n\
         <style>\n{}</style>\n<rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>\n\
         <g transform=\"translate({MARGIN} {MARGIN})\">\n{}{}</g>\n\
         <g transform=\"translate({MARGIN} {})\">\n{body}</g>\n</svg>\n",
        escaped(&title),
        style(),
        words("heading", 0, 16, HEADING_SIZE, &title),
        words("faint", 0, 38, NOTE_SIZE, &below),
        MARGIN + HEADING,
    )
}

/// Draws a schema.
pub(super) fn picture(schema: &Schema, changes: &Changes, setting: Setting) -> Picture {
    let cards: Vec<Card> = schema.tables.iter().map(|table| Card::new(table, schema, changes)).collect();
    let enums: Vec<EnumBox> = schema.enums.iter().map(|of| EnumBox::new(of, changes)).collect();
    let drawn = drawn(schema);
    // Where schemas are compared, colours are for what differs.
    let colours = LineColours::of(if changes.compares() { &[] } else { &drawn });
    let schemas = frames::names(schema);
    let layout = arrange(&graph(schema, &cards, &enums, &drawn, &schemas));
    let legend = Legend::new(schema, changes, layout.size.width);

    let mut body = frames_text(schema, &schemas, &cards, &enums, &layout);
    body.push_str(&nets::text(schema, &drawn, &layout.routes, &colours, changes));
    for (number, (table, card)) in schema.tables.iter().zip(&cards).enumerate() {
        let key_colours = &colours.of_columns(table);
        let table_box = TableBox { table, card, number, colour: colours.get(&table.name), key_colours };
        body.push_str(&table_box.text(schema, layout.boxes[number], setting));
    }
    for (of, place) in enums.iter().zip(&layout.boxes[cards.len()..]) {
        body.push_str(&of.text(*place));
    }
    body.push_str(&legend.text(layout.size.height + MARGIN));

    let mut size = Size {
        width: layout.size.width.max(legend.size.width),
        height: layout.size.height + MARGIN + legend.size.height,
    };
    if !schemas.is_empty() {
        body = format!("<g transform=\"translate({} {})\">\n{body}</g>\n", frames::INSET, frames::NAME_ROOM);
        size.width += 2 * frames::INSET;
        size.height += frames::NAME_ROOM;
    }
    Picture { body, size }
}

fn frames_text(
    schema: &Schema,
    schemas: &[&str],
    cards: &[Card],
    enums: &[EnumBox],
    layout: &Layout,
) -> String {
    let owners = schema.tables.iter().map(|table| &table.name).chain(schema.enums.iter().map(|of| &of.name));
    let heights = cards.iter().map(|card| card.size.height).chain(enums.iter().map(|of| of.size.height));
    let boxes: Vec<(&str, i64, i64)> = owners
        .zip(heights)
        .zip(&layout.boxes)
        .map(|((name, height), place)| (name.schema.as_str(), place.y, place.y + height))
        .collect();
    let frame = |name: &&str| {
        let own = || boxes.iter().filter(|(schema, ..)| schema == name);
        let (top, bottom) = (own().map(|(_, top, _)| *top).min()?, own().map(|(.., bottom)| *bottom).max()?);
        let tables = schema.tables.iter().filter(|table| table.name.schema == *name).count();
        Some(frames::frame(name, top, bottom, layout.size.width, tables))
    };
    schemas.iter().filter_map(frame).collect()
}

fn words(class: &str, x: i64, y: i64, size: i64, text: &str) -> String {
    format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\" font-size=\"{size}\">{}</text>\n", escaped(text))
}

/// The head of a box, round at the top, and the rule below it.
fn head(width: i64, height: i64) -> String {
    format!(
        "<path class=\"head\" d=\"M0.5 {height}V6.5a6 6 0 0 1 6 -6H{}a6 6 0 0 1 6 6V{height}Z\"/>\n\
         <path class=\"rule\" d=\"M0.5 {height}H{}\"/>\n",
        width as f64 - 6.5,
        width as f64 - 0.5,
    )
}
