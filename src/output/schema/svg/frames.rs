//! Frames around the tables of each schema, where there are several.

use std::collections::BTreeSet;

use super::super::card::{NOTE_SIZE, TITLE_SIZE, width};
use super::super::layout::{Point, Size};
use super::super::line;
use super::words;
use crate::catalog::schema::Schema;

/// Between a frame and the boxes in it.
pub(super) const INSET: i64 = 18;
/// The same above the boxes, where the name stands.
pub(super) const NAME_ROOM: i64 = 42;

/// The schemas that have tables or enums, in the order of their names; none where there is but one.
pub(super) fn names(schema: &Schema) -> Vec<&str> {
    let tables = schema.tables.iter().map(|table| table.name.schema.as_str());
    let enums = schema.enums.iter().map(|of| of.name.schema.as_str());
    let names: BTreeSet<&str> = tables.chain(enums).collect();
    if names.len() > 1 { names.into_iter().collect() } else { Vec::new() }
}

/// The frame of a schema, around boxes that lie between these heights.
pub(super) fn frame(name: &str, top: i64, bottom: i64, wide: i64, tables: usize) -> String {
    let top = top - NAME_ROOM;
    let size = Size { width: wide + 2 * INSET, height: bottom + INSET - top };
    let name = line(name);
    let count = if tables == 1 { "1 table".to_owned() } else { format!("{tables} tables") };
    let at = Point { x: 0, y: top + 24 };
    format!(
        "<g class=\"schema\">\n<rect class=\"frame\" x=\"{}\" y=\"{top}\" width=\"{}\" height=\"{}\" rx=\"10\"/>\n",
        -INSET, size.width, size.height
    ) + &words("title", at.x, at.y, TITLE_SIZE, &name)
        + &words("faint", at.x + width(&name, TITLE_SIZE) + 12, at.y, NOTE_SIZE, &count)
        + "</g>\n"
}
