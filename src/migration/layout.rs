use std::ops::Range;

use super::checksum::TokenDigest;
use super::error::{FileErrorKind, Problem};
use super::location::Locator;
use super::marker::{self, Marker, MarkerError};
use super::rules::TransactionRules;
use super::sql::{BackslashPlace, Cut, Fragment, Splitter, StatementKind, Token};
use super::{Direction, Location, locate};

/// Something in a file that is allowed, but probably not meant.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Warning {
    /// Where it stands.
    pub location: Location,
    /// What it is and what it means.
    pub message: String,
}

/// Where the halves of a text lie. What stands in them keeps all rules.
#[derive(Debug)]
pub(crate) struct FileLayout {
    pub(crate) sections: Vec<Section>,
    pub(crate) warnings: Vec<Warning>,
}

/// A marker and what belongs to it.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) marker: Marker,
    /// Where the marker line begins.
    pub(crate) start: usize,
    /// From the line after the marker up to the next marker or the end.
    pub(crate) body: Range<usize>,
    pub(crate) statements: usize,
    /// Of the tokens of an up half; a down half has no checksum.
    pub(crate) digest: TokenDigest,
}

impl FileLayout {
    /// Reads a text from marker to marker. Which of them there are, and in which order, is for the caller.
    pub(crate) fn read(text: &str) -> Result<FileLayout, Problem> {
        let mut reader = Reader::new(text);
        let mut splitter = Splitter::new(text.as_bytes(), 0..text.len());
        while let Some(token) = splitter.read_token() {
            reader.digest(&token);
            while let Some(piece) = splitter.complete_piece() {
                reader.take(piece)?;
            }
        }
        for piece in splitter {
            reader.take(piece)?;
        }
        reader.end_section(text.len())?;
        Ok(FileLayout { sections: reader.sections, warnings: reader.warnings })
    }
}

struct Reader<'a> {
    text: &'a str,
    locator: Locator<'a>,
    sections: Vec<Section>,
    rules: TransactionRules,
    sql_before_marker: Option<usize>,
    /// Where the data of the last COPY begins.
    copy_data_start: usize,
    warnings: Vec<Warning>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Reader {
            text,
            locator: Locator::new(text.as_bytes()),
            sections: Vec::new(),
            rules: TransactionRules::default(),
            sql_before_marker: None,
            copy_data_start: 0,
            warnings: Vec::new(),
        }
    }

    fn digest(&mut self, token: &Token) {
        if let Some(section) = self.sections.last_mut()
            && section.marker.direction == Direction::Up
        {
            section.digest.take(token, self.text.as_bytes());
        }
    }

    fn take(&mut self, piece: Fragment) -> Result<(), Problem> {
        match piece {
            Fragment::Statement(statement) => self.take_statement(&statement),
            Fragment::Marker { span, inside: Some(open) } => {
                let marker = locate(self.text, span.start);
                Err(Problem::at(open.at, FileErrorKind::OpenAtMarker { opener: open.opener, marker }))
            }
            Fragment::Marker { span, inside: None } => self.take_marker(span),
            Fragment::StrayMarker { span } => {
                self.warnings.push(Warning {
                    location: self.locator.locate(span.start),
                    message: format!(
                        "`{}` is only a comment here: a marker stands at the start of its line",
                        self.text[span].trim_end()
                    ),
                });
                Ok(())
            }
            Fragment::Backslash { span, place } => self.take_backslash(span, place),
            Fragment::Unclosed(open) => {
                Err(Problem::at(open.at, FileErrorKind::Unclosed { opener: open.opener }))
            }
        }
    }

    fn take_statement(&mut self, statement: &Cut) -> Result<(), Problem> {
        let start = statement.span.start;
        if start < self.copy_data_start {
            return Err(Problem::at(start, FileErrorKind::SqlBehindCopy));
        }
        if statement.kind == StatementKind::Copy {
            self.take_copy(statement)?;
        }
        let Some(section) = self.sections.last_mut() else {
            self.sql_before_marker.get_or_insert(start);
            return Ok(());
        };
        section.statements += 1;
        self.rules.check(self.text, section.marker, statement)
    }

    fn take_copy(&mut self, copy: &Cut) -> Result<(), Problem> {
        let Some(data) = copy.copy_data.clone() else {
            return Ok(());
        };
        self.copy_data_start = data.start;
        if self.text[data.end..].starts_with("\\.") {
            return Ok(());
        }
        if let Some(marker) = marker_line(self.text, data) {
            let marker = locate(self.text, marker);
            return Err(Problem::at(copy.span.start, FileErrorKind::MarkerInCopyData { marker }));
        }
        self.warnings.push(Warning {
            location: copy.location,
            message: "the data of this COPY ends with the file: a line of `\\.` alone should end it"
                .to_owned(),
        });
        Ok(())
    }

    fn take_marker(&mut self, span: Range<usize>) -> Result<(), Problem> {
        let marker =
            marker::read(&self.text[span.clone()]).map_err(|error| Problem::at(span.start, error.into()))?;
        if let Some(sql) = self.sql_before_marker {
            return Err(Problem::at(sql, FileErrorKind::SqlBeforeMarker));
        }
        self.end_section(span.start)?;
        let body = after_line(self.text, span.end)..self.text.len();
        let digest = TokenDigest::default();
        self.sections.push(Section { marker, start: span.start, body, statements: 0, digest });
        Ok(())
    }

    fn take_backslash(&mut self, span: Range<usize>, place: BackslashPlace) -> Result<(), Problem> {
        let command = self.text[span.clone()].split_whitespace().next().unwrap_or_default();
        // pg_dump writes these two; they tell psql alone to run nothing but SQL, which pmdb does anyway.
        let is_skipped = matches!(command, "\\restrict" | "\\unrestrict") && place == BackslashPlace::Between;
        if is_skipped && span.start >= self.copy_data_start {
            return Ok(());
        }
        Err(Problem::at(span.start, FileErrorKind::PsqlCommand { command: command.to_owned() }))
    }

    fn end_section(&mut self, end: usize) -> Result<(), Problem> {
        if let Some(section) = self.sections.last_mut() {
            section.body.end = end;
        }
        std::mem::take(&mut self.rules).finish()
    }
}

impl From<MarkerError> for FileErrorKind {
    fn from(error: MarkerError) -> Self {
        match error {
            MarkerError::Direction { word } => FileErrorKind::UnknownMarker { word },
            MarkerError::Option { option } => FileErrorKind::UnknownOption { option },
            MarkerError::Value { value } => FileErrorKind::UnknownTransactionValue { value },
        }
    }
}

/// The first line in a range that reads as a marker.
fn marker_line(text: &str, range: Range<usize>) -> Option<usize> {
    let mut at = range.start;
    for line in text[range].split_inclusive(['\n', '\r']) {
        if marker::looks_like_one(line.as_bytes()) {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// Where the line after the one that ends at `end` begins.
fn after_line(text: &str, end: usize) -> usize {
    match text.as_bytes()[end..] {
        [b'\r', b'\n', ..] => end + 2,
        [] => end,
        _ => end + 1,
    }
}
