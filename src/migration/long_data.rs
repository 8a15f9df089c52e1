//! Data of COPY that are too long to be held: they are read again from their file when they are sent.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::text::{PieceError, Pieces};

/// Data of up to this many bytes stay in the text of their half, and in the history. Checksums depend on it: with another number,
/// files that are applied would seem to have changed.
pub(crate) const LONGEST_KEPT: usize = 64 * 1024;

/// What the line begins with that stands for data in a text. So odd that nobody's data are like it. Checksums depend on it, too.
const STAND_IN: &str = "<data-left-out-by-pmdb>";

/// Data of one COPY, for which a line stands in the text of its half.
#[derive(Debug, Clone)]
pub struct LongData {
    /// The line that stands for them.
    pub stand_in: Range<usize>,
    /// How many bytes they are.
    pub length: u64,
    /// How many lines.
    pub lines: u64,
    sha256: [u8; 32],
    place: DataPlace,
}

/// Where data are found again.
#[derive(Debug, Clone)]
pub(crate) enum DataPlace {
    /// In a file: this many bytes of text after an offset.
    File { path: PathBuf, offset: u64, skip: u64 },
    /// Here.
    Memory(Arc<[u8]>),
    /// Nowhere: the text comes from the history.
    Nowhere,
}

/// Where the data of a text are to be found again that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The file that is named beside it.
    File,
    Memory,
}

/// Why data could not be read again.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file is not there any more, or cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// They are others than before.
    #[error("{} has changed since it was read", .0.display())]
    Changed(PathBuf),
    /// The history keeps their length and checksum alone.
    #[error("the data of this COPY are not in the history, which keeps their length and SHA-256 alone")]
    Nowhere,
}

impl LongData {
    pub(crate) fn new(
        stand_in: Range<usize>,
        length: u64,
        lines: u64,
        sha256: [u8; 32],
        place: DataPlace,
    ) -> LongData {
        LongData { stand_in, length, lines, sha256, place }
    }

    /// Reads a line that stands for data; it is found in texts that the history keeps.
    pub(crate) fn of_stand_in(data: &str, stand_in: Range<usize>) -> Option<LongData> {
        let rest = data.strip_prefix(STAND_IN)?.strip_suffix('\n')?;
        let mut words = rest.split_ascii_whitespace();
        let mut value = |name| words.next()?.strip_prefix(name);
        let (length, lines) = (value("bytes=")?.parse().ok()?, value("lines=")?.parse().ok()?);
        let digits = value("sha256=")?;
        let mut sha256 = [0; 32];
        for (index, byte) in sha256.iter_mut().enumerate() {
            *byte = u8::from_str_radix(digits.get(2 * index..2 * index + 2)?, 16).ok()?;
        }
        Some(LongData { stand_in, length, lines, sha256, place: DataPlace::Nowhere })
    }

    /// The line that stands for data.
    pub(crate) fn stand_in_for(length: u64, lines: u64, sha256: &[u8; 32]) -> String {
        let digits: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{STAND_IN} bytes={length} lines={lines} sha256={digits}\n")
    }

    /// Whether they can be read again.
    pub fn is_there(&self) -> bool {
        !matches!(self.place, DataPlace::Nowhere)
    }

    /// How many more lines they have than what stands for them; in a text of the history, lines are those of that text.
    pub(crate) fn lines_left_out(&self) -> usize {
        match self.place {
            DataPlace::Nowhere => 0,
            _ => usize::try_from(self.lines).unwrap_or(usize::MAX).saturating_sub(1),
        }
    }

    /// The same data, where another text has the line that stands for them.
    pub(crate) fn at(&self, stand_in: Range<usize>) -> LongData {
        LongData { stand_in, ..self.clone() }
    }

    /// Reads them again, piece by piece.
    ///
    /// # Errors
    /// [`DataError::Nowhere`], [`DataError::Unreadable`].
    pub fn open(&self) -> Result<DataPieces, DataError> {
        let (input, path, offset, skip): (Box<dyn Read + Send>, _, _, _) = match &self.place {
            DataPlace::Nowhere => return Err(DataError::Nowhere),
            DataPlace::Memory(bytes) => (Box::new(Cursor::new(Arc::clone(bytes))), PathBuf::new(), 0, 0),
            DataPlace::File { path, offset, skip } => {
                let opened = File::open(path).and_then(|mut file| {
                    file.seek(SeekFrom::Start(*offset))?;
                    Ok(file)
                });
                let file = opened.map_err(|source| DataError::Unreadable { path: path.clone(), source })?;
                (Box::new(file), path.clone(), *offset, *skip)
            }
        };
        let pieces = Pieces::new(input, offset, Vec::new());
        Ok(DataPieces { pieces, path, skip, left: self.length, hasher: Sha256::new(), sha256: self.sha256 })
    }

    /// The text of one of their lines, counted from 1.
    pub fn line(&self, number: u64) -> Option<String> {
        let mut before = 1;
        let mut line = String::new();
        for piece in self.open().ok()? {
            let piece = piece.ok()?;
            let mut rest = piece.as_str();
            while before < number {
                let Some(end) = memchr::memchr(b'\n', rest.as_bytes()) else { break };
                rest = rest.get(end + 1..)?;
                before += 1;
            }
            if before == number {
                match rest.split_once('\n') {
                    Some((end, _)) => return Some(line + end),
                    None => line.push_str(rest),
                }
            }
        }
        (!line.is_empty()).then_some(line)
    }
}

/// Data that are being read again. What comes last is an error where they are not what they were.
pub struct DataPieces {
    pieces: Pieces<Box<dyn Read + Send>>,
    path: PathBuf,
    skip: u64,
    left: u64,
    hasher: Sha256,
    sha256: [u8; 32],
}

impl Iterator for DataPieces {
    type Item = Result<String, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.left == 0 {
                return None;
            }
            let mut piece = String::new();
            let changed = || DataError::Changed(self.path.clone());
            if self.pieces.are_read() {
                self.left = 0;
                return Some(Err(changed()));
            }
            match self.pieces.read_to(&mut piece) {
                Ok(()) => {}
                Err(PieceError::Unreadable(source)) => {
                    self.left = 0;
                    return Some(Err(DataError::Unreadable { path: self.path.clone(), source }));
                }
                Err(PieceError::NoText { .. }) => {
                    self.left = 0;
                    return Some(Err(changed()));
                }
            }
            let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(piece.len());
            self.skip -= skipped as u64;
            let end =
                piece.len().min(skipped.saturating_add(usize::try_from(self.left).unwrap_or(usize::MAX)));
            let Some(data) = piece.get(skipped..end) else {
                self.left = 0;
                return Some(Err(changed()));
            };
            if data.is_empty() {
                continue;
            }
            self.hasher.update(data);
            self.left -= data.len() as u64;
            if self.left == 0 && <[u8; 32]>::from(self.hasher.clone().finalize()) != self.sha256 {
                return Some(Err(changed()));
            }
            if end < piece.len() {
                piece.truncate(end);
            }
            piece.drain(..skipped);
            return Some(Ok(piece));
        }
    }
}
