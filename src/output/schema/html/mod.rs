//! A schema as a page for a browser, in one file: the picture, and a part for each table with all that is known of it.
//!
//! What comes from the database goes through [`escaped`], wherever it stands. Beyond that, the page lets no script run but
//! its own, and loads nothing.

mod parts;
mod rest;

use std::collections::BTreeMap;
use std::fmt::Write;

use super::svg::{Picture, Setting, picture, style};
use super::{escaped, line};
use crate::catalog::Difference;
use crate::catalog::schema::{Changes, Part, Schema, Table};
use crate::commands::AroundSchema;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// SHA-256 of the script in Base64: the browser runs no other.
const SCRIPT_HASH: &str = "wZbar1Su5yUdDFH+eduPb6sPqamLQHHYPohJjEPMhZ4=";

const TOOLS: &str = "\
<div class=\"tools\" role=\"search\">
<span class=\"found\" role=\"status\"></span>
<input type=\"search\" id=\"search\" placeholder=\"Find a table or column\" aria-label=\"Find a table or column\">
<button id=\"smaller\" title=\"Smaller\" aria-label=\"Smaller\">−</button>
<button id=\"percent\" title=\"As large as it is\">100 %</button>
<button id=\"larger\" title=\"Larger\" aria-label=\"Larger\">+</button>
<button id=\"whole\" title=\"All of it\">Fit</button>
</div>
";

const HELP: &str = "\
<p class=\"help\"><kbd>/</kbd> finds, <kbd>Enter</kbd> goes to what is found; <kbd>+</kbd> <kbd>−</kbd> <kbd>1</kbd> \
<kbd>0</kbd> zoom, as the wheel does with <kbd>Ctrl</kbd>; the mouse moves the picture; a click keeps a table and its \
neighbours lit, <kbd>Esc</kbd> ends that.</p>
";

/// What the page is about.
pub(super) struct Page<'a> {
    pub title: &'a str,
    /// What stands below the title.
    pub below: &'a str,
    pub schema: &'a Schema,
    pub changes: &'a Changes,
    pub around: &'a AroundSchema,
    /// Where two schemas are compared: every object that differs.
    pub differences: Option<&'a Difference>,
}

impl Page<'_> {
    /// The same schema gives the same page, to the byte.
    pub(super) fn text(&self) -> String {
        let Page { schema, changes, .. } = self;
        let title = escaped(&line(self.title));
        let Picture { body, size } = picture(schema, changes, Setting::Page);
        let (width, height) = (size.width + 2 * super::svg::MARGIN, size.height + 2 * super::svg::MARGIN);
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
             script-src 'sha256-{SCRIPT_HASH}'; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"generator\" content=\"pmdb\">\n<title>{title}</title>\n\
             <style>\n{}{STYLE}</style>\n</head>\n<body>\n\
             <header>\n<h1>{title}</h1>\n<p>{}</p>\n{TOOLS}</header>\n\
             <div class=\"picture\" tabindex=\"0\" role=\"region\" aria-label=\"Tables and how they relate\">\n\
             <svg xmlns=\"http://www.w3.org/2000/svg\" class=\"erd\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\">\n<g transform=\"translate({margin} {margin})\">\n{body}</g>\n</svg>\n</div>\n\
             {HELP}<div class=\"below\">\n",
            style(),
            escaped(&line(self.below)),
            margin = super::svg::MARGIN,
        );
        page.push_str(&self.contents());
        page.push_str("<main>\n");
        let findings = self.findings();
        for (number, table) in schema.tables.iter().enumerate() {
            page.push_str(&self.table(number, table, findings.get(&Some(number)).map_or(&[], Vec::as_slice)));
        }
        page.push_str(&self.rest(findings.get(&None).map_or(&[], Vec::as_slice)));
        let _ = write!(page, "</main>\n</div>\n<script>{SCRIPT}</script>\n</body>\n</html>\n");
        page
    }

    /// The list of all tables, schema by schema.
    fn contents(&self) -> String {
        let mut by_schema: BTreeMap<&str, Vec<(usize, &Table)>> = BTreeMap::new();
        for (number, table) in self.schema.tables.iter().enumerate() {
            by_schema.entry(&table.name.schema).or_default().push((number, table));
        }
        let mut list = "<nav aria-label=\"Tables\">\n".to_owned();
        for (schema, tables) in by_schema {
            let _ = write!(list, "<section>\n<h2>{}</h2>\n<ul>\n", escaped(&line(schema)));
            for (number, table) in tables {
                let columns = table.columns.iter().map(|column| column.name.as_str());
                let names: Vec<String> = std::iter::once(table.name.name.as_str())
                    .chain(columns)
                    .map(|name| escaped(&line(name)))
                    .collect();
                let class = self.class(&Part::Table(table.name.clone()));
                let _ = writeln!(
                    list,
                    "<li{class} data-table=\"{number}\" data-names=\"{}\"><a class=\"name\" href=\"#table-{number}\">{}</a></li>",
                    names.join("&#10;"),
                    names[0]
                );
            }
            list.push_str("</ul>\n</section>\n");
        }
        list.push_str("</nav>\n");
        list
    }

    /// ` class="new"`, or nothing.
    fn class(&self, part: &Part) -> String {
        self.changes.of(part).map_or_else(String::new, |mark| format!(" class=\"{}\"", mark.word()))
    }
}

/// Text of several lines.
fn prose(text: &str) -> String {
    text.lines().map(|one| escaped(&line(one))).collect::<Vec<_>>().join("\n")
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(&line(text)))
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_page_lets_its_own_script_run() {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let hash = Sha256::digest(SCRIPT);
        let letters = hash.chunks(3).flat_map(|bytes| {
            let mut padded = [0; 4];
            padded[1..=bytes.len()].copy_from_slice(bytes);
            let number = u32::from_be_bytes(padded);
            (0..=bytes.len()).map(move |place| LETTERS[(number >> (18 - 6 * place) & 63) as usize] as char)
        });
        assert_eq!(letters.collect::<String>() + "=", SCRIPT_HASH, "SCRIPT_HASH is that of another script");
    }
}
