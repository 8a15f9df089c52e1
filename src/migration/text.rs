use std::io::{self, Read};

use super::error::FileErrorKind;
use super::location::Locator;
use super::{Location, SourceLine};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A file is read in pieces of this size.
const PIECE: usize = 64 * 1024;

/// The text of a file, piece by piece: UTF-8 without its byte-order mark, and with LF for CR LF, so that the same file means
/// the same (in strings and function bodies, too) whatever an editor or git makes of its line endings.
#[derive(Debug)]
pub(crate) struct Pieces<R> {
    input: R,
    /// What has been read and not been given out yet, at the beginning of it.
    raw: Vec<u8>,
    held: usize,
    /// Where that stands in the file.
    offset: u64,
    location: Location,
    is_at_end: bool,
    size: usize,
}

/// Why a piece could not be read.
#[derive(Debug)]
pub(crate) enum PieceError {
    Unreadable(io::Error),
    /// It is no text for PostgreSQL.
    NoText {
        kind: FileErrorKind,
        location: Location,
        line: SourceLine,
    },
}

impl<R: Read> Pieces<R> {
    /// The text of `input`, which begins at this offset of its file. The buffer may be any one that is no longer used.
    pub(crate) fn new(input: R, offset: u64, buffer: Vec<u8>) -> Pieces<R> {
        Pieces::of_size(PIECE, input, offset, buffer)
    }

    pub(crate) fn of_size(size: usize, input: R, offset: u64, buffer: Vec<u8>) -> Pieces<R> {
        let mut raw = buffer;
        raw.resize(size, 0);
        let location = Location { line: 1, column: 1 };
        Pieces { input, raw, held: 0, offset, location, is_at_end: false, size }
    }

    /// Whether all of it has been given out.
    pub(crate) fn are_read(&self) -> bool {
        self.is_at_end
    }

    /// Where in the file the next piece begins.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The buffer, for somebody else.
    pub(crate) fn into_buffer(self) -> Vec<u8> {
        self.raw
    }

    /// Appends the next piece to a text.
    pub(crate) fn read_to(&mut self, text: &mut String) -> Result<(), PieceError> {
        let filled = self.fill().map_err(PieceError::Unreadable)?;
        let whole = self.raw.get(..filled).unwrap_or_default();
        if self.offset == 0 && (whole.starts_with(&[0xff, 0xfe]) || whole.starts_with(&[0xfe, 0xff])) {
            return Err(self.no_text(filled, 0, FileErrorKind::Utf16));
        }
        let valid = match std::str::from_utf8(whole) {
            Ok(valid) => valid,
            Err(error) if error.error_len().is_none() && !self.is_at_end => {
                std::str::from_utf8(whole.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
            }
            Err(error) => {
                let at = error.valid_up_to();
                let offset = usize::try_from(self.offset).unwrap_or(usize::MAX).saturating_add(at);
                return Err(self.no_text(filled, at, FileErrorKind::NotUtf8 { offset }));
            }
        };
        if let Some(at) = memchr::memchr(0, valid.as_bytes()) {
            return Err(self.no_text(filled, at, FileErrorKind::NulByte));
        }
        // What follows a CR decides what it is.
        let valid = if self.is_at_end { valid } else { valid.strip_suffix('\r').unwrap_or(valid) };
        let marked = self.offset == 0 && valid.as_bytes().starts_with(BYTE_ORDER_MARK);
        let shown = if marked { valid.get(BYTE_ORDER_MARK.len()..).unwrap_or_default() } else { valid };
        let start = text.len();
        push_with_lf(text, shown);
        let added = text.as_bytes().get(start..).unwrap_or_default();
        let given = valid.len();
        if !self.is_at_end {
            self.location = Locator::going_on(added, self.location).locate(added.len());
        }
        self.raw.copy_within(given..filled, 0);
        self.held = filled - given;
        self.offset += given as u64;
        Ok(())
    }

    /// Reads until the buffer is full or the file ends.
    fn fill(&mut self) -> io::Result<usize> {
        self.raw.resize(self.size.max(self.held + 1), 0);
        let mut filled = self.held;
        while let Some(free) = self.raw.get_mut(filled..).filter(|free| !free.is_empty()) {
            match self.input.read(free) {
                Ok(0) => {
                    self.is_at_end = true;
                    break;
                }
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn no_text(&self, filled: usize, at: usize, kind: FileErrorKind) -> PieceError {
        let bytes = self.raw.get(..filled).unwrap_or_default();
        let location = Locator::going_on(bytes, self.location).locate(at);
        PieceError::NoText { kind, location, line: SourceLine::around(bytes, at) }
    }
}

fn push_with_lf(text: &mut String, piece: &str) {
    let mut rest = piece;
    // Most files have no CR at all, which is found out sooner than that they have no CR LF.
    while memchr::memchr(b'\r', rest.as_bytes()).is_some()
        && let Some(at) = memchr::memmem::find(rest.as_bytes(), b"\r\n")
    {
        text.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    text.push_str(rest);
}
