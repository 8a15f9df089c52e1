//! What stands in the box of a table, row by row, and how large that makes it.

use unicode_width::UnicodeWidthStr;

use super::layout::Size;
use super::line;
use crate::catalog::schema::{Changes, Column, Distribution, Mark, Part, Schema, Table};

/// The height of the title of a box; a note below it takes another row.
pub(super) const TITLE: i64 = 30;
/// The height of a row.
pub(super) const ROW: i64 = 22;
/// The height of a row for an index.
pub(super) const INDEX_ROW: i64 = 18;
/// Between the columns and the indexes.
pub(super) const INDEX_GAP: i64 = 8;
/// Below the last row.
pub(super) const FOOT: i64 = 5;
/// How far the text keeps from the sides of its box.
pub(super) const PADDING: i64 = 12;
/// Between the marks, the name and the type.
const BETWEEN: i64 = 16;

/// The sizes of the letters.
pub(super) const TITLE_SIZE: i64 = 14;
pub(super) const ROW_SIZE: i64 = 12;
pub(super) const NOTE_SIZE: i64 = 11;

/// Longer definitions of indexes are cut; the whole shows when they are pointed at.
const LONGEST: usize = 44;

/// The box of a table.
pub(super) struct Card {
    pub title: String,
    /// What the table links, if it does nothing else; how many partitions it has.
    pub note: Option<String>,
    pub mark: Option<Mark>,
    pub rows: Vec<CardRow>,
    pub indexes: Vec<IndexRow>,
    pub size: Size,
    /// Where the names begin.
    pub names: i64,
}

/// A column in it.
pub(super) struct CardRow {
    pub mark: Option<Mark>,
    pub keys: String,
    pub name: String,
    /// With what it was before, if that has changed.
    pub data_type: String,
    /// ` null`, or nothing.
    pub null: &'static str,
    pub has_enum: bool,
    pub comment: Option<String>,
}

/// An index in it, or a unique key of several columns.
pub(super) struct IndexRow {
    pub mark: Option<Mark>,
    pub text: String,
    pub definition: String,
}

/// What follows the type of a column that need not have a value.
const NULLABLE: &str = " null";

impl Card {
    pub(super) fn new(table: &Table, schema: &Schema, changes: &Changes) -> Card {
        let row = |column: &Column| CardRow::new(table, column, schema, changes);
        let rows: Vec<CardRow> = table.columns.iter().map(row).collect();
        let indexes = index_rows(table, changes);
        let widest = |text: fn(&CardRow) -> String, size| {
            rows.iter().map(|row| width(&text(row), size)).max().unwrap_or(0)
        };
        let keys = widest(|row| row.keys.clone(), NOTE_SIZE);
        let names = PADDING + if keys > 0 { keys + BETWEEN } else { 0 };
        let columns =
            names + widest(|row| row.name.clone(), ROW_SIZE) + BETWEEN + widest(CardRow::type_text, ROW_SIZE);

        let title = line(&table.name.to_string());
        let mark = changes.of(&Part::Table(table.name.clone()));
        let note = note(table, schema);
        let below = note.iter().chain(indexes.iter().map(|index| &index.text));
        let below = below.map(|text| width(text, NOTE_SIZE)).max().unwrap_or(0);
        // The word that marks it stands beside the title.
        let word = mark.map_or(0, |mark| BETWEEN + width(mark.word(), NOTE_SIZE));
        let heading = (width(&title, TITLE_SIZE) + word).max(below);
        let mut card = Card { title, note, mark, rows, indexes, size: Size { width: 0, height: 0 }, names };
        let height = card.foot();
        card.size = Size { width: (heading + PADDING).max(columns) + PADDING, height };
        card
    }

    /// Where the rows begin, below the top of the box.
    pub(super) fn head(&self) -> i64 {
        TITLE + if self.note.is_some() { ROW } else { 0 }
    }

    /// The middle of a row, below the top of the box.
    pub(super) fn middle(&self, row: usize) -> i64 {
        self.head() + ROW * row as i64 + ROW / 2
    }

    /// Where the rows of columns end.
    pub(super) fn columns_end(&self) -> i64 {
        self.head() + ROW * self.rows.len() as i64
    }

    fn foot(&self) -> i64 {
        let indexes = match self.indexes.len() as i64 {
            0 => 0,
            many => INDEX_GAP + INDEX_ROW * many,
        };
        self.columns_end() + indexes + FOOT
    }
}

impl CardRow {
    fn new(table: &Table, column: &Column, schema: &Schema, changes: &Changes) -> CardRow {
        let before = changes.column_before(&table.name, &column.name);
        let null = if column.nullable { NULLABLE } else { "" };
        let was = |before: &Column| {
            let own = column.short_type() + null;
            let theirs = before.short_type() + if before.nullable { NULLABLE } else { "" };
            (own != theirs).then(|| format!("{theirs} → "))
        };
        let was = before.and_then(was).unwrap_or_default();
        CardRow {
            mark: changes.of(&Part::Column(table.name.clone(), column.name.clone())),
            keys: key_marks(column).join(" "),
            name: line(&column.name),
            data_type: line(&(was + &column.short_type())),
            null,
            has_enum: schema.enum_of(column).is_some(),
            comment: column.comment.as_deref().map(line),
        }
    }

    fn type_text(&self) -> String {
        format!("{}{}", self.data_type, self.null)
    }
}

/// The indexes, and before them the unique keys of several columns that no index of the list makes.
fn index_rows(table: &Table, changes: &Changes) -> Vec<IndexRow> {
    let indexes: Vec<IndexRow> = table
        .indexes
        .iter()
        .map(|index| {
            let what = if index.unique { "unique index" } else { "index" };
            IndexRow {
                mark: changes.of(&Part::Index(table.name.clone(), index.name.clone())),
                text: short(&format!("{what} {}", index.body())),
                definition: line(&index.definition),
            }
        })
        .collect();
    let keys = table.unique_keys.iter().filter(|key| key.len() > 1).map(|key| {
        let columns = format!("({})", key.join(", "));
        IndexRow {
            mark: changes.of(&Part::UniqueKey(table.name.clone(), key.clone())),
            text: short(&format!("unique {columns}")),
            definition: line(&format!("UNIQUE {columns}")),
        }
    });
    let is_made = |row: &IndexRow| {
        indexes.iter().any(|index| index.text.strip_prefix("unique index") == row.text.strip_prefix("unique"))
    };
    let mut rows: Vec<IndexRow> = keys.filter(|row| !is_made(row)).collect();
    rows.extend(indexes);
    rows
}

/// On one line, and cut where it is too long.
fn short(text: &str) -> String {
    let text = line(text);
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// The keys that a column belongs to.
pub(super) fn key_marks(column: &Column) -> Vec<&'static str> {
    let marks = [(column.primary_key, "PK"), (column.foreign_key, "FK"), (column.unique, "U")];
    marks.into_iter().filter_map(|(is_so, mark)| is_so.then_some(mark)).collect()
}

pub(super) fn note(table: &Table, schema: &Schema) -> Option<String> {
    let link = schema.link(&table.name).map(|link| {
        let [one, other] = &link.between;
        format!("many-to-many: {one}, {other}")
    });
    let parts = link.or_else(|| match table.partitions.len() {
        0 => None,
        1 => Some("1 partition".to_owned()),
        many => Some(format!("{many} partitions")),
    });
    let distribution = table.distribution.as_ref().map(|distribution| spread(table, distribution));
    let notes: Vec<String> = parts.into_iter().chain(distribution).collect();
    (!notes.is_empty()).then(|| line(&notes.join("; ")))
}

/// How a table is spread over several servers: `distributed by project_id, 32 shards, with projects`.
fn spread(table: &Table, distribution: &Distribution) -> String {
    let kind = match distribution.kind.as_str() {
        kind @ ("reference" | "local") => format!("{kind} table"),
        "one shard" => "one shard".to_owned(),
        kind => format!("distributed {kind}"),
    };
    let shards =
        distribution.shards.map(|count| format!("{count} shard{}", if count == 1 { "" } else { "s" }));
    let others = distribution.co_located_with.as_ref().filter(|first| **first != table.name);
    let together = others.map(|first| format!("with {first}"));
    [Some(kind), shards, together].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// How wide a text gets in letters of this size. The letters of monospaced fonts are 0.6 times as wide as they are
/// high; a little more keeps text inside its box in those that are wider.
pub(super) fn width(text: &str, size: i64) -> i64 {
    (text.width() as i64 * size * 63).div_euclid(100) + 1
}
