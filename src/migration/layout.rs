use std::ops::Range;

use super::batch_condition::or_beside_batch;
use super::batch_key::{BatchPlace, assigned_key_column, batch_places, skip_locked, wrong_alias};
use super::batch_limit::limit_of_batch;
use super::checksum::TokenDigest;
use super::error::{FileErrorKind, Problem};
use super::marker::{self, Marker, MarkerError};
use super::rules::TransactionRules;
use super::source::Source;
use super::sql::{BackslashPlace, Cut, Fragment, StatementKind, Token, names_table};
use super::{Direction, Location};

/// The server takes a message of a gigabyte less one byte, its own length and the mark of the run included.
const LONGEST_STATEMENT: usize = 0x3fff_ffff - 4096;

/// The history keeps the SQL of a file as literals in one statement. The server reads a literal of up to 512 MB, and a message of
/// up to 1 GB, in which each quote stands twice.
const LONGEST_SQL: usize = 500_000_000;

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
#[derive(Debug, Default)]
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
    /// Of a backfill: where its statement says `:batch`.
    pub(crate) batch_places: Vec<BatchPlace>,
    /// Of the tokens of an up half; a down half has no checksum.
    pub(crate) digest: TokenDigest,
}

/// Reads a text from marker to marker. Which of them there are, and in which order, is for the caller.
#[derive(Default)]
pub(crate) struct LayoutReader {
    sections: Vec<Section>,
    rules: TransactionRules,
    sql_before_marker: Option<usize>,
    /// Where the data of the last COPY begins.
    copy_data_start: usize,
    warnings: Vec<Warning>,
}

impl LayoutReader {
    pub(crate) fn digest(&mut self, text: &str, token: &Token) {
        if let Some(digest) = self.open_digest() {
            digest.take(token, text.as_bytes());
        }
    }

    /// Takes the data of a COPY, or the line that stands for them.
    pub(crate) fn digest_data(&mut self, data: &str) {
        if let Some(digest) = self.open_digest() {
            digest.update(data.as_bytes());
        }
    }

    fn open_digest(&mut self) -> Option<&mut TokenDigest> {
        let section = self.sections.last_mut().filter(|section| section.marker.direction == Direction::Up)?;
        Some(&mut section.digest)
    }

    pub(crate) fn take(&mut self, source: &Source, fragment: Fragment) -> Result<(), Problem> {
        match fragment {
            Fragment::Statement(statement) => self.take_statement(source, &statement),
            Fragment::Marker { span, inside: Some(open) } => {
                let marker = source.locate(span.start);
                Err(Problem::at(open.at, FileErrorKind::OpenAtMarker { opener: open.opener, marker }))
            }
            Fragment::Marker { span, inside: None } => self.take_marker(&source.text, span),
            Fragment::StrayMarker { span } => {
                self.warnings.push(Warning {
                    location: source.locate(span.start),
                    message: format!(
                        "`{}` is only a comment here: a marker stands at the start of its line",
                        source.text[span].trim_end()
                    ),
                });
                Ok(())
            }
            Fragment::Backslash { span, place } => self.take_backslash(&source.text, span, place),
            Fragment::Unclosed(open) => {
                Err(Problem::at(open.at, FileErrorKind::Unclosed { opener: open.opener }))
            }
        }
    }

    fn take_statement(&mut self, source: &Source, statement: &Cut) -> Result<(), Problem> {
        let start = statement.span.start;
        if start < self.copy_data_start {
            return Err(Problem::at(start, FileErrorKind::SqlBehindCopy));
        }
        let length = statement.span.len();
        if length > LONGEST_STATEMENT {
            return Err(Problem::at(start, FileErrorKind::StatementTooLong { length }));
        }
        keep_in_the_history(statement.span.end).map_err(|kind| Problem::at(start, kind))?;
        let Some(section) = self.sections.last_mut() else {
            self.sql_before_marker.get_or_insert(start);
            return Ok(());
        };
        section.statements += 1;
        if section.marker.batch.is_some() {
            section.batch_places = batch_places(&source.text, statement);
            check_backfill(section, &source.text, statement)?;
        }
        self.rules.check(source, &section.marker, statement)
    }

    /// The data of the last COPY begin here.
    pub(crate) fn expect_data_at(&mut self, start: usize) {
        self.copy_data_start = start;
    }

    /// The data of a COPY end with the text. One of their lines may read as a marker.
    pub(crate) fn data_without_end(
        &mut self,
        source: &Source,
        copy: &Cut,
        marker: Option<usize>,
    ) -> Result<(), Problem> {
        if let Some(line) = marker {
            let marker = Location { line, column: 1 };
            return Err(Problem::at(copy.span.start, FileErrorKind::MarkerInCopyData { marker }));
        }
        self.warnings.push(Warning {
            location: source.locate(copy.span.start),
            message: "the data of this COPY ends with the file: a line of `\\.` alone should end it"
                .to_owned(),
        });
        Ok(())
    }

    fn take_marker(&mut self, text: &str, span: Range<usize>) -> Result<(), Problem> {
        let marker =
            marker::read(&text[span.clone()]).map_err(|error| Problem::at(span.start, error.into()))?;
        if let Some(sql) = self.sql_before_marker {
            return Err(Problem::at(sql, FileErrorKind::SqlBeforeMarker));
        }
        self.end_section(span.start)?;
        let body = after_line(text, span.end)..text.len();
        let digest = TokenDigest::default();
        self.sections.push(Section {
            marker,
            start: span.start,
            body,
            statements: 0,
            batch_places: Vec::new(),
            digest,
        });
        Ok(())
    }

    fn take_backslash(
        &mut self,
        text: &str,
        span: Range<usize>,
        place: BackslashPlace,
    ) -> Result<(), Problem> {
        let command = text[span.clone()].split_whitespace().next().unwrap_or_default();
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
            if section.marker.batch.is_some() && section.statements == 0 {
                return Err(Problem::at(section.start, FileErrorKind::BackfillWithoutStatement));
            }
        }
        std::mem::take(&mut self.rules).finish()
    }

    /// What was read, at the end of the text.
    pub(crate) fn finish(mut self, source: &Source) -> Result<FileLayout, Problem> {
        self.end_section(source.text.len())?;
        Ok(FileLayout { sections: self.sections, warnings: self.warnings })
    }
}

/// A backfill is one statement that can be repeated with another condition each time, in transactions.
fn check_backfill(section: &Section, text: &str, statement: &Cut) -> Result<(), Problem> {
    let at = statement.span.start;
    if section.statements > 1 {
        return Err(Problem::at(at, FileErrorKind::BackfillStatements));
    }
    if statement.kind != StatementKind::Other {
        return Err(Problem::at(at, FileErrorKind::NoBackfillStatement));
    }
    if section.batch_places.is_empty() {
        return Err(Problem::at(at, FileErrorKind::NoBatchPlace));
    }
    if let Some((at, place)) = wrong_alias(text, &section.batch_places) {
        return Err(Problem::at(at, FileErrorKind::BatchAlias { place: place.to_owned() }));
    }
    let Some(key) = section.marker.batch.as_ref() else { return Ok(()) };
    let sql = text.get(statement.span.clone()).unwrap_or_default();
    if !names_table(sql, &key.table) {
        let schema = key.table.schema.as_ref().map(|schema| format!("{schema}."));
        let table = schema.unwrap_or_default() + &key.table.name;
        return Err(Problem::at(at, FileErrorKind::OtherTable { table }));
    }
    if let Some(skips) = skip_locked(sql) {
        return Err(Problem::at(at + skips, FileErrorKind::SkipsLockedRows));
    }
    if let Some((clause, limits)) = limit_of_batch(sql, at, &section.batch_places) {
        return Err(Problem::at(at + limits, FileErrorKind::LimitsBatch { clause }));
    }
    if let Some(or) = or_beside_batch(sql, at, &section.batch_places) {
        return Err(Problem::at(at + or, FileErrorKind::OrBesideBatch));
    }
    match assigned_key_column(text, statement, key) {
        Some((column, at)) => Err(Problem::at(at, FileErrorKind::KeyAssigned { column })),
        None => Ok(()),
    }
}

/// Whether the history can keep a file with this much SQL, without long data of COPY.
fn keep_in_the_history(length: usize) -> Result<(), FileErrorKind> {
    if length > LONGEST_SQL { Err(FileErrorKind::TooMuchSql) } else { Ok(()) }
}

impl From<MarkerError> for FileErrorKind {
    fn from(error: MarkerError) -> Self {
        match error {
            MarkerError::Direction { word } => FileErrorKind::UnknownMarker { word },
            MarkerError::Option { option } => FileErrorKind::UnknownOption { option },
            MarkerError::Value { option, value } => FileErrorKind::UnknownValue { option, value },
            MarkerError::Key { value } => FileErrorKind::UnknownBatchValue { value },
            MarkerError::BatchAndTransaction => FileErrorKind::BatchAndTransaction,
            MarkerError::DeferredWithoutBatch => FileErrorKind::DeferredWithoutBatch,
            MarkerError::Requirement { value } => FileErrorKind::UnknownRequirement { value },
            MarkerError::UpOnly { option } => FileErrorKind::UpOnly { option },
        }
    }
}

/// Where the first line begins that reads as a marker.
pub(crate) fn marker_line(data: &str) -> Option<usize> {
    let mut at = 0;
    for line in data.split_inclusive(['\n', '\r']) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_history_keeps_what_the_server_takes_as_a_literal() {
        assert_eq!(keep_in_the_history(LONGEST_SQL), Ok(()));
        assert_eq!(keep_in_the_history(LONGEST_SQL + 1), Err(FileErrorKind::TooMuchSql));
        // Of quotes alone, it takes twice the room in the message.
        const { assert!(2 * LONGEST_SQL < LONGEST_STATEMENT) };
    }
}
