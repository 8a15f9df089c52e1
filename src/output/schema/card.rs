//! What stands in the box of a table, row by row, and how large that makes it.

use unicode_width::UnicodeWidthStr;

use super::layout::Size;
use super::line;
use crate::catalog::schema::{Column, Schema, Table};

/// The height of the title of a box; a note below it takes another row.
pub(super) const TITLE: i64 = 30;
/// The height of a row.
pub(super) const ROW: i64 = 22;
/// Below the last row.
const FOOT: i64 = 5;
/// How far the text keeps from the sides of its box.
pub(super) const PADDING: i64 = 12;
/// Between the marks, the name and the type.
const BETWEEN: i64 = 16;

/// The sizes of the letters.
pub(super) const TITLE_SIZE: i64 = 14;
pub(super) const ROW_SIZE: i64 = 12;
pub(super) const NOTE_SIZE: i64 = 11;

/// The box of a table.
pub(super) struct Card {
    pub title: String,
    /// What the table links, if it does nothing else; how many partitions it has.
    pub note: Option<String>,
    pub rows: Vec<CardRow>,
    pub size: Size,
    /// Where the names begin.
    pub names: i64,
}

/// A column in it.
pub(super) struct CardRow {
    pub marks: String,
    pub name: String,
    pub data_type: String,
    pub nullable: bool,
}

/// What follows the type of a column that need not have a value.
pub(super) const NULLABLE: &str = " null";

impl Card {
    pub(super) fn new(table: &Table, schema: &Schema) -> Card {
        let rows: Vec<CardRow> = table.columns.iter().map(CardRow::new).collect();
        let widest = |text: fn(&CardRow) -> String, size| {
            rows.iter().map(|row| width(&text(row), size)).max().unwrap_or(0)
        };
        let marks = widest(|row| row.marks.clone(), NOTE_SIZE);
        let names = PADDING + if marks > 0 { marks + BETWEEN } else { 0 };
        let columns =
            names + widest(|row| row.name.clone(), ROW_SIZE) + BETWEEN + widest(CardRow::type_text, ROW_SIZE);

        let title = line(&table.name.to_string());
        let note = note(table, schema);
        let heading = width(&title, TITLE_SIZE).max(note.as_ref().map_or(0, |note| width(note, NOTE_SIZE)));
        let height = TITLE + if note.is_some() { ROW } else { 0 } + ROW * rows.len() as i64 + FOOT;
        let size = Size { width: (heading + PADDING).max(columns) + PADDING, height };
        Card { title, note, rows, size, names }
    }

    /// Where the rows begin, below the top of the box.
    pub(super) fn head(&self) -> i64 {
        TITLE + if self.note.is_some() { ROW } else { 0 }
    }

    /// The middle of a row, below the top of the box.
    pub(super) fn middle(&self, row: usize) -> i64 {
        self.head() + ROW * row as i64 + ROW / 2
    }
}

impl CardRow {
    fn new(column: &Column) -> CardRow {
        CardRow {
            marks: marks(column).join(" "),
            name: line(&column.name),
            data_type: line(&column.short_type()),
            nullable: column.nullable,
        }
    }

    fn type_text(&self) -> String {
        format!("{}{}", self.data_type, if self.nullable { NULLABLE } else { "" })
    }
}

/// The keys that a column belongs to.
pub(super) fn marks(column: &Column) -> Vec<&'static str> {
    let marks = [(column.primary_key, "PK"), (column.foreign_key, "FK"), (column.unique, "U")];
    marks.into_iter().filter_map(|(is_so, mark)| is_so.then_some(mark)).collect()
}

pub(super) fn note(table: &Table, schema: &Schema) -> Option<String> {
    if let Some(link) = schema.link(&table.name) {
        let [one, other] = &link.between;
        return Some(line(&format!("many-to-many: {one}, {other}")));
    }
    match table.partitions.len() {
        0 => None,
        1 => Some("1 partition".to_owned()),
        many => Some(format!("{many} partitions")),
    }
}

/// How wide a text gets in letters of this size. The letters of monospaced fonts are 0.6 times as wide as they are
/// high; a little more keeps text inside its box in those that are wider.
pub(super) fn width(text: &str, size: i64) -> i64 {
    (text.width() as i64 * size * 63).div_euclid(100) + 1
}
