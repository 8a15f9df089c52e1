//! The box of a table.

use std::fmt::Write;

use super::super::card::{
    Card, CardRow, INDEX_GAP, INDEX_ROW, NOTE_SIZE, PADDING, ROW, ROW_SIZE, TITLE, TITLE_SIZE,
};
use super::super::layout::{Point, Size};
use super::super::{escaped, line};
use super::{Setting, head, words};
use crate::catalog::schema::{Mark, Schema, Table};

/// Where the middle of the letters is, above their foot.
const SIGN_LEFT: i64 = 2;

/// What is to be known of a table beside the table itself.
pub(super) struct TableBox<'a> {
    pub table: &'a Table,
    pub card: &'a Card,
    /// The number of the table.
    pub number: usize,
    /// The colour of the lines that lead to it, if there are any.
    pub colour: Option<usize>,
    /// The colour of the table that each column refers to.
    pub key_colours: &'a [Option<usize>],
}

impl TableBox<'_> {
    pub(super) fn text(&self, schema: &Schema, Point { x, y }: Point, setting: Setting) -> String {
        let TableBox { table, card, number, .. } = self;
        let Size { width, height } = card.size;
        let mut class = "table".to_owned();
        if schema.link(&table.name).is_some() {
            class.push_str(" linking");
        }
        if let Some(mark) = card.mark {
            let _ = write!(class, " {}", mark.word());
        }
        let mut svg =
            format!("<g class=\"{class}\" data-table=\"{number}\" transform=\"translate({x} {y})\">\n");
        if let Some(comment) = &table.comment {
            let _ = writeln!(svg, "<title>{}</title>", escaped(&line(comment)));
        }
        let _ = writeln!(svg, "<rect class=\"box\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>");
        svg.push_str(&head(width, card.head()));
        if let Some(colour) = self.colour {
            let _ = writeln!(
                svg,
                "<rect class=\"f{colour}\" x=\"0.5\" y=\"7\" width=\"4\" height=\"{}\"/>",
                TITLE - 14
            );
        }
        let title = words("title", PADDING, 20, TITLE_SIZE, &card.title);
        match setting {
            Setting::Alone => svg.push_str(&title),
            Setting::Page => {
                let _ = writeln!(svg, "<a href=\"#table-{number}\">{}</a>", title.trim_end());
            }
        }
        if let Some(note) = &card.note {
            svg.push_str(&words("faint", PADDING, TITLE + 12, NOTE_SIZE, note));
        }
        for (index, row) in card.rows.iter().enumerate() {
            svg.push_str(&self.row(index, row));
        }
        svg.push_str(&self.indexes());
        if let Some(mark) = card.mark {
            svg.push_str(&word_of(mark, width));
        }
        svg.push_str("</g>\n");
        svg
    }

    fn row(&self, index: usize, row: &CardRow) -> String {
        let card = self.card;
        let top = card.head() + ROW * index as i64;
        let base = top + 15;
        let mut svg = tint(row.mark, top + 1, ROW - 1, card.size.width);
        if !row.keys.is_empty() {
            let colour = self.key_colours.get(index).copied().flatten();
            let class = colour.map_or("mark".to_owned(), |colour| format!("mark f{colour}"));
            svg.push_str(&words(&class, PADDING, base, NOTE_SIZE, &row.keys));
        }
        let struck = if row.mark == Some(Mark::Gone) { " struck" } else { "" };
        if let Some(comment) = &row.comment {
            let _ = writeln!(
                svg,
                "<text class=\"name{struck}\" x=\"{}\" y=\"{base}\" font-size=\"{ROW_SIZE}\">{}<title>{}</title></text>",
                card.names,
                escaped(&row.name),
                escaped(comment)
            );
        } else {
            svg.push_str(&words(&format!("name{struck}"), card.names, base, ROW_SIZE, &row.name));
        }
        let class = if row.has_enum { "of-enum" } else { "faint" };
        let _ = writeln!(
            svg,
            "<text class=\"{class}\" x=\"{}\" y=\"{base}\" font-size=\"{ROW_SIZE}\" text-anchor=\"end\">{}{}</text>",
            card.size.width - PADDING,
            escaped(&row.data_type),
            row.null
        );
        svg
    }

    fn indexes(&self) -> String {
        let card = self.card;
        if card.indexes.is_empty() {
            return String::new();
        }
        let end = card.columns_end();
        let mut svg = format!(
            "<path class=\"rule\" d=\"M0.5 {y}H{}\"/>\n",
            card.size.width as f64 - 0.5,
            y = end + INDEX_GAP / 2
        );
        for (index, row) in card.indexes.iter().enumerate() {
            let top = end + INDEX_GAP + INDEX_ROW * index as i64;
            svg.push_str(&tint(row.mark, top, INDEX_ROW, card.size.width));
            let struck = if row.mark == Some(Mark::Gone) { " struck" } else { "" };
            let _ = writeln!(
                svg,
                "<text class=\"faint{struck}\" x=\"{PADDING}\" y=\"{}\" font-size=\"{NOTE_SIZE}\">{}<title>{}</title></text>",
                top + 13,
                escaped(&row.text),
                escaped(&row.definition)
            );
        }
        svg
    }
}

/// The ground of a row that differs, with a sign for those who see no colours.
pub(super) fn tint(mark: Option<Mark>, top: i64, height: i64, width: i64) -> String {
    let Some(mark) = mark else { return String::new() };
    let word = mark.word();
    format!(
        "<rect class=\"tint-{word}\" x=\"1\" y=\"{top}\" width=\"{}\" height=\"{height}\"/>\n\
         <text class=\"word-{word}\" x=\"{SIGN_LEFT}\" y=\"{}\" font-size=\"{NOTE_SIZE}\">{}</text>\n",
        width - 2,
        top + height / 2 + 4,
        mark.sign()
    )
}

/// `new`, at the right of the title.
fn word_of(mark: Mark, width: i64) -> String {
    format!(
        "<text class=\"word-{}\" x=\"{}\" y=\"19\" font-size=\"{NOTE_SIZE}\" text-anchor=\"end\">{}</text>\n",
        mark.word(),
        width - PADDING,
        mark.word()
    )
}
