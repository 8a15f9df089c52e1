//! What the signs in the picture mean. Only those that occur are explained.

use super::super::card::{NOTE_SIZE, width};
use super::super::layout::{Point, Size};
use super::lines::{End, stroke};
use super::words;
use crate::catalog::schema::{Cardinality, Changes, Mark, Schema};

/// The room for the sample of a line.
const SAMPLE: i64 = 64;
/// From a sample to its words.
const GAP: i64 = 10;
/// Between two explanations.
const BETWEEN: i64 = 30;
/// The height of a row of explanations.
const ROW: i64 = 24;

/// How wide the sample of a box is.
const BOX: i64 = 22;

/// A sign and what it means.
struct LegendEntry {
    sample: Sample,
    words: String,
}

/// What stands before the words.
#[derive(Clone, Copy)]
enum Sample {
    Line(End, End),
    /// A box of this class, filled as its head.
    Box(&'static str),
    Nothing,
}

/// All of them, in rows that are about as wide as the picture.
pub(super) struct Legend {
    entries: Vec<(Point, LegendEntry)>,
    pub size: Size,
}

impl Legend {
    pub(super) fn new(schema: &Schema, changes: &Changes, limit: i64) -> Legend {
        let mut legend = Legend { entries: Vec::new(), size: Size { width: 0, height: ROW } };
        let (mut x, mut y) = (0, 0);
        for entry in entries(schema, changes) {
            let wide = entry.width();
            if x > 0 && x + wide > limit {
                (x, y) = (0, y + ROW);
            }
            legend.entries.push((Point { x, y }, entry));
            legend.size.width = legend.size.width.max(x + wide);
            x += wide + BETWEEN;
        }
        legend.size.height = y + ROW;
        legend
    }

    /// The legend, so far below the top of the picture.
    pub(super) fn text(&self, top: i64) -> String {
        self.entries.iter().map(|(place, entry)| entry.text(Point { x: place.x, y: place.y + top })).collect()
    }
}

impl LegendEntry {
    fn new(sample: Sample, words: &str) -> LegendEntry {
        LegendEntry { sample, words: words.to_owned() }
    }

    fn width(&self) -> i64 {
        self.indent() + width(&self.words, NOTE_SIZE)
    }

    /// How far the words are from the beginning of the sample.
    fn indent(&self) -> i64 {
        match self.sample {
            Sample::Line(..) => SAMPLE + GAP,
            Sample::Box(_) => BOX + GAP,
            Sample::Nothing => 0,
        }
    }

    fn text(&self, Point { x, y }: Point) -> String {
        let middle = y + ROW / 2;
        let sample = match self.sample {
            Sample::Nothing => String::new(),
            Sample::Box(class) => format!(
                "<g class=\"{class}\"><rect class=\"head\" x=\"{x}\" y=\"{}\" width=\"{BOX}\" height=\"14\" rx=\"3\"/></g>\n",
                middle - 7
            ),
            Sample::Line(first, last) => {
                let route = [Point { x, y: middle }, Point { x: x + SAMPLE, y: middle }];
                stroke(&route, first, last, "")
            }
        };
        sample + &words("faint", x + self.indent(), middle + 4, NOTE_SIZE, &self.words)
    }
}

fn entries(schema: &Schema, changes: &Changes) -> Vec<LegendEntry> {
    if schema.tables.is_empty() && schema.enums.is_empty() {
        let words = if changes.compares() { "No table differs." } else { "There are no tables." };
        return vec![LegendEntry::new(Sample::Nothing, words)];
    }
    let keys = || schema.tables.iter().flat_map(|table| &table.foreign_keys);
    let columns = || schema.tables.iter().flat_map(|table| &table.columns);
    let has = |cardinality| keys().any(|key| key.cardinality == cardinality);
    let entries = [
        (changes.has(Mark::New), Sample::Box("new"), "new"),
        (changes.has(Mark::Changed), Sample::Box("changed"), "changed"),
        (changes.has(Mark::Gone), Sample::Box("gone"), "gone"),
        (has(Cardinality::OneToOne), Sample::Line(End::One, End::ZeroOrOne), "one-to-one"),
        (has(Cardinality::OneToMany), Sample::Line(End::One, End::Many), "one-to-many"),
        (keys().any(|key| key.optional), Sample::Line(End::ZeroOrOne, End::Many), "may refer to none"),
        (!schema.many_to_many.is_empty(), Sample::Box("linking"), "links two tables, many-to-many"),
        (!schema.enums.is_empty(), Sample::Box("enum"), "enum"),
        (columns().any(|column| column.primary_key), Sample::Nothing, "PK primary key"),
        (columns().any(|column| column.foreign_key), Sample::Nothing, "FK foreign key"),
        (columns().any(|column| column.unique), Sample::Nothing, "U unique"),
    ];
    let entries = entries.into_iter().filter(|(occurs, ..)| *occurs);
    entries.map(|(_, sample, words)| LegendEntry::new(sample, words)).collect()
}
