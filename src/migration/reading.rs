//! Reading a text in pieces: the SQL stays, and long data of COPY are passed over.

use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{FileError, Problem};
use super::layout::{FileLayout, LayoutReader, marker_line};
use super::long_data::{DataPlace, LONGEST_KEPT, LongData, Origin};
use super::passed_data::PassedData;
use super::source::Source;
use super::sql::{Cut, DataEnd, Fragment, Splitter, StandardStrings, Token, TokenKind};
use super::text::{PieceError, Pieces};

/// Why a file is no migration.
#[derive(Debug)]
pub(crate) enum ReadError {
    Unreadable(PathBuf, io::Error),
    File(FileError),
}

enum Stop {
    Piece(PieceError),
    Problem(Problem),
}

impl From<PieceError> for Stop {
    fn from(error: PieceError) -> Stop {
        Stop::Piece(error)
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Stop {
        Stop::Problem(problem)
    }
}

/// Reads all of a text. On an error, the text is as much of it as was read.
pub(crate) fn read_text<R: Read>(
    path: &Path,
    pieces: &mut Pieces<R>,
    origin: Origin,
) -> Result<(FileLayout, Source), ReadError> {
    let first = Checkpoint { at: 0, offset: pieces.offset() };
    let mut reader = TextReader {
        pieces,
        path,
        origin,
        source: Source::default(),
        first,
        later: Vec::new(),
        strings: StandardStrings::On,
    };
    match reader.read() {
        Ok(layout) => Ok((layout, reader.source)),
        Err(Stop::Piece(PieceError::Unreadable(error))) => Err(ReadError::Unreadable(path.to_owned(), error)),
        Err(Stop::Piece(PieceError::NoText { kind, location, line })) => {
            Err(ReadError::File(FileError::at_line(path, kind, location, line)))
        }
        Err(Stop::Problem(problem)) => {
            Err(ReadError::File(FileError::in_source(path, &reader.source, problem)))
        }
    }
}

struct TextReader<'r, R> {
    pieces: &'r mut Pieces<R>,
    path: &'r Path,
    origin: Origin,
    source: Source,
    /// The last checkpoint at or before the beginning of the text, and those after it.
    first: Checkpoint,
    later: Vec<Checkpoint>,
    strings: StandardStrings,
}

/// Where in a text a piece of the file begins. That may be before the text, where data were taken out.
#[derive(Clone, Copy)]
struct Checkpoint {
    at: i64,
    offset: u64,
}

/// What was read of a statement that may turn out to be another one when more of the text is there.
enum Uncertain {
    Token(Token),
    Fragment(Fragment),
}

impl<R: Read> TextReader<'_, R> {
    fn read(&mut self) -> Result<FileLayout, Stop> {
        let mut layout = LayoutReader::default();
        let mut at = 0;
        self.read_more(0)?;
        while let Some(copy) = self.read_sql(&mut layout, &mut at)? {
            let start = self.read_rest_of_line(&mut layout, at)?;
            at = self.read_data(&mut layout, &copy, start)?;
        }
        Ok(layout.finish(&self.source)?)
    }

    /// At least this many bytes, unless the file ends.
    fn read_more(&mut self, least: usize) -> Result<(), PieceError> {
        let before = self.source.text.len();
        loop {
            if !self.source.text.is_empty() {
                let at = signed(self.source.text.len());
                self.later.push(Checkpoint { at, offset: self.pieces.offset() });
            }
            self.pieces.read_to(&mut self.source.text)?;
            if self.pieces.are_read() || self.source.text.len() - before > least {
                return Ok(());
            }
        }
    }

    /// Reads on to the end of a COPY that data follow, or to the end of the text.
    fn read_sql(&mut self, layout: &mut LayoutReader, at: &mut usize) -> Result<Option<Cut>, Stop> {
        while !self.pieces.are_read() {
            if let Some(copy) = self.read_settled(layout, at)? {
                return Ok(Some(copy));
            }
            let rest = self.source.text.len() - *at;
            self.read_more(rest)?;
        }
        Ok(self.read_complete(layout, at)?)
    }

    /// The same where all of the text is there.
    fn read_complete(&mut self, layout: &mut LayoutReader, at: &mut usize) -> Result<Option<Cut>, Problem> {
        let text = self.source.text.as_str();
        let mut splitter = Splitter::going_on(text.as_bytes(), *at..text.len(), self.strings);
        while let Some(token) = splitter.read_token() {
            layout.digest(text, &token);
            let mut copy = None;
            while let Some(fragment) = splitter.complete_fragment() {
                if token.kind == TokenKind::Semicolon {
                    copy = copy.or_else(|| with_data(&fragment));
                }
                layout.take(&self.source, fragment)?;
            }
            if copy.is_some() {
                *at = token.span.end;
                self.strings = splitter.strings();
                return Ok(copy);
            }
        }
        for fragment in splitter {
            layout.take(&self.source, fragment)?;
        }
        *at = text.len();
        Ok(None)
    }

    /// The same where more of the text is to come, as far as that cannot make anything else of what is there: up to the last
    /// semicolon that ends a statement.
    fn read_settled(&mut self, layout: &mut LayoutReader, at: &mut usize) -> Result<Option<Cut>, Problem> {
        let text = self.source.text.as_str();
        let mut splitter = Splitter::going_on(text.as_bytes(), *at..text.len(), self.strings);
        let mut uncertain = Vec::new();
        while let Some(token) = splitter.read_token() {
            let (end, is_semicolon) = (token.span.end, token.kind == TokenKind::Semicolon);
            uncertain.push(Uncertain::Token(token));
            let (mut ends_statement, mut copy) = (false, None);
            while let Some(fragment) = splitter.complete_fragment() {
                if is_semicolon && matches!(fragment, Fragment::Statement(_)) {
                    ends_statement = true;
                    copy = with_data(&fragment);
                }
                uncertain.push(Uncertain::Fragment(fragment));
            }
            if ends_statement {
                for read in uncertain.drain(..) {
                    match read {
                        Uncertain::Token(token) => layout.digest(text, &token),
                        Uncertain::Fragment(fragment) => layout.take(&self.source, fragment)?,
                    }
                }
                *at = end;
                self.strings = splitter.strings();
            }
            if copy.is_some() {
                return Ok(copy);
            }
        }
        Ok(None)
    }

    /// Reads what follows a COPY in its line, and returns where its data begin.
    fn read_rest_of_line(&mut self, layout: &mut LayoutReader, at: usize) -> Result<usize, Stop> {
        let start = loop {
            let rest = self.source.text.as_bytes().get(at..).unwrap_or_default();
            match memchr::memchr2(b'\n', b'\r', rest) {
                Some(end) if rest.get(end..end + 2) == Some(b"\r\n") => break at + end + 2,
                Some(end) if self.pieces.are_read() || end + 1 < rest.len() => break at + end + 1,
                None if self.pieces.are_read() => break at + rest.len(),
                _ => self.read_more(0)?,
            }
        };
        layout.expect_data_at(start);
        let mut splitter = Splitter::going_on(self.source.text.as_bytes(), at..start, self.strings);
        while splitter.read_token().is_some() {
            while let Some(fragment) = splitter.complete_fragment() {
                layout.take(&self.source, fragment)?;
            }
        }
        for fragment in splitter {
            layout.take(&self.source, fragment)?;
        }
        Ok(start)
    }

    /// Reads the data of a COPY, and returns where the SQL goes on.
    fn read_data(&mut self, layout: &mut LayoutReader, copy: &Cut, start: usize) -> Result<usize, Stop> {
        let end = loop {
            let complete = self.pieces.are_read();
            let rest = self.source.text.as_bytes().get(start..).unwrap_or_default();
            match DataEnd::find(rest, true, complete) {
                Some(end) if end.data > LONGEST_KEPT => return self.pass_over_data(layout, copy, start),
                Some(end) => break end,
                None if rest.len() > LONGEST_KEPT => return self.pass_over_data(layout, copy, start),
                None if complete => break DataEnd { data: rest.len(), after: rest.len() },
                None => self.read_more(0)?,
            }
        };
        let span = start..start + end.data;
        let data = self.source.text.get(span.clone()).unwrap_or_default();
        layout.digest_data(data);
        if end.data == end.after {
            let marker = marker_line(data).map(|at| self.source.locate(start + at).line);
            layout.data_without_end(&self.source, copy, marker)?;
        }
        let left_out = LongData::of_stand_in(data, span);
        self.source.long_data.extend(left_out);
        Ok(start + end.after)
    }

    /// Takes long data out of the text: a line stands for them.
    fn pass_over_data(&mut self, layout: &mut LayoutReader, copy: &Cut, start: usize) -> Result<usize, Stop> {
        let first_line = self.source.locate(start).line;
        let mut rest = self.source.text.split_off(start);
        self.move_checkpoints(0_i64.saturating_sub(signed(start)));
        let place = self.place();
        let mut passed = PassedData::default();
        let mut begins_line = true;
        let end = loop {
            let complete = self.pieces.are_read();
            let bytes = rest.as_bytes();
            let end = DataEnd::find(bytes, begins_line, complete);
            let cut = match &end {
                Some(end) => end.data,
                None if complete => rest.len(),
                None => settled(bytes, begins_line),
            };
            let data = rest.get(..cut).unwrap_or_default();
            passed.take(data, self.origin);
            if let Some(end) = end {
                break Some(end);
            }
            if complete {
                break None;
            }
            begins_line = data.bytes().next_back().map_or(begins_line, |last| matches!(last, b'\n' | b'\r'));
            rest.drain(..cut);
            self.move_checkpoints(0_i64.saturating_sub(signed(cut)));
            self.later.push(Checkpoint { at: signed(rest.len()), offset: self.pieces.offset() });
            self.pieces.read_to(&mut rest)?;
        };
        let place = place.unwrap_or_else(|| DataPlace::Memory(Arc::from(std::mem::take(&mut passed.kept))));
        let sha256 = passed.hashing.finish();
        let stand_in = LongData::stand_in_for(passed.length, passed.lines, &sha256);
        // It says what the data are: they need not be hashed twice, and the text that the history keeps has the same checksum.
        layout.digest_data(&stand_in);
        let text = &mut self.source.text;
        text.push_str(&stand_in);
        let span: Range<usize> = start..text.len();
        self.source.long_data.push(LongData::new(span, passed.length, passed.lines, sha256, place));
        let Some(end) = end else {
            let marker = passed.marker.map(|line| first_line + line);
            layout.data_without_end(&self.source, copy, marker)?;
            return Ok(self.source.text.len());
        };
        let text = &mut self.source.text;
        text.push_str(rest.get(end.data..end.after).unwrap_or_default());
        let at = text.len();
        text.push_str(rest.get(end.after..).unwrap_or_default());
        self.move_checkpoints(signed(at).saturating_sub(signed(end.after)));
        Ok(at)
    }

    /// The place of what begins here. `None` where nobody has it but this reader.
    fn place(&self) -> Option<DataPlace> {
        if self.origin == Origin::Memory {
            return None;
        }
        let Checkpoint { at, offset } = self.first;
        Some(DataPlace::File { path: self.path.to_owned(), offset, skip: at.unsigned_abs() })
    }

    /// The text begins elsewhere. Of the places before it, the last is enough.
    fn move_checkpoints(&mut self, by: i64) {
        for checkpoint in [&mut self.first].into_iter().chain(&mut self.later) {
            checkpoint.at = checkpoint.at.saturating_add(by);
        }
        if let Some(last) = self.later.iter().rposition(|checkpoint| checkpoint.at <= 0)
            && let Some(first) = self.later.drain(..=last).next_back()
        {
            self.first = first;
        }
    }
}

/// A COPY that data follow.
fn with_data(fragment: &Fragment) -> Option<Cut> {
    match fragment {
        Fragment::Statement(cut) if cut.copy_data.is_some() => Some(cut.clone()),
        _ => None,
    }
}

fn signed(offset: usize) -> i64 {
    i64::try_from(offset).unwrap_or(i64::MAX)
}

/// How much of the data can be passed over while more is to come: whole lines, or a part of a very long one.
fn settled(bytes: &[u8], begins_line: bool) -> usize {
    if let Some(last) = memchr::memrchr(b'\n', bytes) {
        return last + 1;
    }
    if begins_line && bytes.len() <= b"\\.\r".len() {
        return 0;
    }
    bytes.strip_suffix(b"\r").unwrap_or(bytes).len()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::migration::{Checksum, Migration};

    fn read_in_pieces_of(size: usize, text: &str) -> Result<Migration, ReadError> {
        let mut pieces = Pieces::of_size(size, text.as_bytes(), 0, Vec::new());
        Migration::read("1_x.sql".into(), &mut pieces, Origin::Memory)
    }

    fn seen(read: Result<Migration, ReadError>) -> Option<String> {
        let read = read.ok()?;
        let mut seen = format!("{} {:?}\n{}", read.checksum, read.warnings, read.up.source());
        for half in std::iter::once(&read.up).chain(&read.down) {
            for statement in half.statements() {
                let _ = writeln!(seen, "{} {:?}", statement.location, half.data_length(statement));
            }
        }
        Some(seen)
    }

    fn rows(bytes: usize) -> String {
        (0..).map(|row| format!("{row}\té{row}\n")).take(bytes / 12).collect()
    }

    const PARTS: [&str; 22] = [
        "SELECT 1;\n",
        "SELECT 'a;\n'",
        "$a$;$a$",
        "U&'é'",
        "\\.\n",
        "\\.",
        "\r\n",
        "\r",
        "\n",
        "COPY t FROM stdin;",
        "COPY t FROM stdin;\n",
        "1\té\n",
        "-- c\n",
        "/*;*/",
        "-- migrate:down\n",
        ";",
        "(",
        ")",
        "$$",
        "1.",
        "'",
        "é",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_text_that_is_cut_anywhere_is_read_as_whole(
            parts in prop::collection::vec(select(PARTS.to_vec()), 0..30), size in 4_usize..40
        ) {
            let text = format!("-- migrate:up\n{}", parts.concat());
            prop_assert_eq!(seen(read_in_pieces_of(size, &text)), seen(read_in_pieces_of(1 << 20, &text)));
        }
    }

    #[test]
    fn any_change_of_long_data_changes_the_checksum() {
        let checksum = |data: &str| {
            let text = format!("-- migrate:up\nCOPY t FROM stdin;\n{data}\\.\n");
            read_in_pieces_of(4096, &text).unwrap().checksum
        };
        let data = rows(70_000);
        assert_eq!(checksum(&data), checksum(&data.replace('\n', "\r\n")));
        for other in [data.replacen("17", "71", 1), data.replacen('\t', " ", 1), format!("{data}\n")] {
            assert_ne!(checksum(&data), checksum(&other));
        }
    }

    #[test]
    fn long_data_are_passed_over_and_count_in_places() {
        for data in [
            rows(70_000),
            rows(300_000),
            format!("{}\n", "x".repeat(200_000)),
            rows(100_000).replace('\n', "\r\n"),
        ] {
            for end in ["\\.\n", "\\.\r\nSELECT 2;\n-- migrate:down\nSELECT 3;\n", ""] {
                let text = format!("-- migrate:up\nSELECT 1;\nCOPY t FROM stdin;\n{data}{end}");
                let whole = text.replace("\r\n", "\n");
                for size in [100, 4096, 65536, 1 << 20] {
                    let read = read_in_pieces_of(size, &text).unwrap();
                    assert_eq!(read.checksum, Checksum::of(read.up.body()));
                    assert!(read.up.source().len() < 1000);
                    for (at, sql) in ["SELECT 1", "COPY t", "SELECT 2", "SELECT 3"].iter().enumerate() {
                        let half = if at == 3 { read.down.as_ref() } else { Some(&read.up) };
                        let statement = half.and_then(|half| half.statements().get(at % 3));
                        let Some(statement) = statement.filter(|_| whole.contains(sql)) else { continue };
                        let expected = crate::migration::locate(&whole, whole.find(sql).unwrap());
                        assert_eq!(statement.location, expected, "{sql} {size}");
                    }
                    let copy = &read.up.statements()[1];
                    let again: Result<String, _> = read.up.long_data(copy).unwrap().open().unwrap().collect();
                    assert!(again.unwrap() == data.replace("\r\n", "\n"));
                }
            }
        }
    }

    #[test]
    fn a_stored_half_says_that_its_data_are_missing_and_is_the_same_again() {
        let text = format!("-- migrate:up\nCOPY t FROM stdin;\n{}\\.\n", rows(70_000));
        let up = read_in_pieces_of(4096, &text).unwrap().up;
        assert!(!up.lacks_data());
        let stored = crate::migration::Half::from_stored(up.sql(), crate::migration::Direction::Up).unwrap();
        assert!(stored.lacks_data());
        assert_eq!(stored.sql(), up.sql());
    }
}
