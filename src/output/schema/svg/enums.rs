//! The box of an enum: its words, one below the other.

use std::fmt::Write;

use super::super::card::{FOOT, NOTE_SIZE, PADDING, ROW, ROW_SIZE, TITLE, TITLE_SIZE, width};
use super::super::layout::{Point, Size};
use super::super::line;
use super::{head, words};
use crate::catalog::schema::{Changes, Enum, Mark, Part};

/// Of an enum with more words the rest is counted.
const MOST: usize = 24;

const NOTE: &str = "enum";

/// What stands in it.
pub(super) struct EnumBox {
    title: String,
    mark: Option<Mark>,
    rows: Vec<(Option<Mark>, String)>,
    pub size: Size,
}

impl EnumBox {
    pub(super) fn new(of: &Enum, changes: &Changes) -> EnumBox {
        let title = line(&of.name.to_string());
        let row = |label: &String| (changes.of(&Part::Label(of.name.clone(), label.clone())), line(label));
        let shown = if of.labels.len() > MOST { MOST - 1 } else { of.labels.len() };
        let mut rows: Vec<_> = of.labels.iter().take(shown).map(row).collect();
        if shown < of.labels.len() {
            rows.push((None, format!("… {} more", of.labels.len() - shown)));
        }
        let heading = width(&title, TITLE_SIZE) + PADDING + width(NOTE, NOTE_SIZE);
        let widest = rows.iter().map(|(_, text)| width(text, ROW_SIZE)).max().unwrap_or(0);
        let size =
            Size { width: heading.max(widest) + 2 * PADDING, height: TITLE + ROW * rows.len() as i64 + FOOT };
        EnumBox { title, mark: changes.of(&Part::Enum(of.name.clone())), rows, size }
    }

    pub(super) fn text(&self, Point { x, y }: Point) -> String {
        let Size { width, height } = self.size;
        let mark = self.mark.map_or(String::new(), |mark| format!(" {}", mark.word()));
        let mut svg = format!(
            "<g class=\"enum{mark}\" transform=\"translate({x} {y})\">\n\
             <rect class=\"box\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>\n"
        );
        svg.push_str(&head(width, TITLE));
        svg.push_str(&words("title", PADDING, 20, TITLE_SIZE, &self.title));
        let _ = writeln!(
            svg,
            "<text class=\"faint\" x=\"{}\" y=\"19\" font-size=\"{NOTE_SIZE}\" text-anchor=\"end\">{NOTE}</text>",
            width - PADDING
        );
        for (index, (mark, text)) in self.rows.iter().enumerate() {
            let top = TITLE + ROW * index as i64;
            svg.push_str(&super::table::tint(*mark, top + 1, ROW - 1, width));
            let struck = if *mark == Some(Mark::Gone) { " struck" } else { "" };
            svg.push_str(&words(&format!("name{struck}"), PADDING, top + 15, ROW_SIZE, text));
        }
        svg.push_str("</g>\n");
        svg
    }
}
