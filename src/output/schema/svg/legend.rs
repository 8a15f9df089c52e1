//! What the signs in the picture mean. Only those that occur are explained.

use super::super::card::{NOTE_SIZE, width};
use super::super::layout::{Point, Size};
use super::lines::{End, LineStyle, stroke};
use super::words;
use crate::catalog::schema::{Cardinality, Schema};

/// The room for the sample of a line.
const SAMPLE: i64 = 64;
/// From a sample to its words.
const GAP: i64 = 10;
/// Between two explanations.
const BETWEEN: i64 = 30;
/// The height of a row of explanations.
const ROW: i64 = 24;

/// A sign and what it means.
struct LegendEntry {
    sample: Option<(End, End, LineStyle)>,
    words: String,
}

/// All of them, in rows that are about as wide as the picture.
pub(super) struct Legend {
    entries: Vec<(Point, LegendEntry)>,
    pub size: Size,
}

impl Legend {
    pub(super) fn new(schema: &Schema, limit: i64) -> Legend {
        let mut legend = Legend { entries: Vec::new(), size: Size { width: 0, height: ROW } };
        let (mut x, mut y) = (0, 0);
        for entry in entries(schema) {
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
    fn width(&self) -> i64 {
        width(&self.words, NOTE_SIZE) + if self.sample.is_some() { SAMPLE + GAP } else { 0 }
    }

    fn text(&self, Point { x, y }: Point) -> String {
        let middle = y + ROW / 2;
        let Some((first, last, look)) = self.sample else {
            return words("faint", x, middle + 4, NOTE_SIZE, &self.words);
        };
        let route = [Point { x, y: middle }, Point { x: x + SAMPLE, y: middle }];
        stroke(&route, first, last, look)
            + &words("faint", x + SAMPLE + GAP, middle + 4, NOTE_SIZE, &self.words)
    }
}

fn entries(schema: &Schema) -> Vec<LegendEntry> {
    if schema.tables.is_empty() {
        return vec![LegendEntry { sample: None, words: "There are no tables.".to_owned() }];
    }
    let keys = || schema.tables.iter().flat_map(|table| &table.foreign_keys);
    let has = |cardinality| keys().any(|key| key.cardinality == cardinality);
    let linking = (End::One, End::Many, LineStyle::Linking);
    let samples = [
        (has(Cardinality::OneToOne), (End::One, End::ZeroOrOne, LineStyle::Plain), "one-to-one"),
        (has(Cardinality::OneToMany), (End::One, End::Many, LineStyle::Plain), "one-to-many"),
        (!schema.many_to_many.is_empty(), linking, "many-to-many, through a table that links"),
        (keys().any(|key| key.optional), (End::ZeroOrOne, End::Many, LineStyle::Plain), "may refer to none"),
    ];
    let samples = samples.into_iter().filter(|(occurs, ..)| *occurs);
    let mut entries: Vec<LegendEntry> = samples
        .map(|(_, sample, words)| LegendEntry { sample: Some(sample), words: words.to_owned() })
        .collect();
    let columns = || schema.tables.iter().flat_map(|table| &table.columns);
    let marks = [
        (columns().any(|column| column.primary_key), "PK primary key"),
        (columns().any(|column| column.foreign_key), "FK foreign key"),
        (columns().any(|column| column.unique), "U unique"),
    ];
    let marks = marks.into_iter().filter(|(occurs, _)| *occurs);
    entries.extend(marks.map(|(_, words)| LegendEntry { sample: None, words: words.to_owned() }));
    entries
}
