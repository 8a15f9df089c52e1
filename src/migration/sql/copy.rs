use std::ops::Range;

use super::bytes::is_line_break;

/// The data lines of one `COPY … FROM stdin`, found in the text after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CopyBlock {
    /// The data lines. They begin after the line that the COPY ends in.
    pub(super) data: Range<usize>,
    /// The end of the line `\.`, or of the data when the text ends without one.
    pub(super) end_line: usize,
}

impl CopyBlock {
    /// Looks for the data of a COPY that ends at `from`: from the next line on, up to a line of `\.` alone
    /// (the manual's page on COPY, "Text Format").
    pub(super) fn find(bytes: &[u8], from: usize, end: usize) -> CopyBlock {
        let start = match memchr::memchr2(b'\n', b'\r', &bytes[from..end]) {
            Some(found) => after_line_break(bytes, from + found, end),
            None => end,
        };
        match DataEnd::find(&bytes[start..end], true, true) {
            Some(found) => CopyBlock { data: start..start + found.data, end_line: start + found.after },
            None => CopyBlock { data: start..end, end_line: end },
        }
    }
}

/// Where data of COPY end: at a line of `\.` alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DataEnd {
    /// How long the data are before that line.
    pub(crate) data: usize,
    /// Where the next line begins.
    pub(crate) after: usize,
}

impl DataEnd {
    /// Looks for it in the next bytes of data. `complete`: nothing follows them.
    pub(crate) fn find(bytes: &[u8], begins_line: bool, complete: bool) -> Option<DataEnd> {
        for at in memchr::memmem::find_iter(bytes, b"\\.") {
            let begins_line = if at == 0 { begins_line } else { is_line_break(bytes[at - 1]) };
            let ends_line = match &bytes[at + 2..] {
                [] | [b'\r'] if !complete => false,
                rest => rest.first().is_none_or(|&byte| is_line_break(byte)),
            };
            if begins_line && ends_line {
                return Some(DataEnd { data: at, after: after_line_break(bytes, at + 2, bytes.len()) });
            }
        }
        None
    }
}

fn after_line_break(bytes: &[u8], at: usize, end: usize) -> usize {
    match &bytes[at..end] {
        [b'\r', b'\n', ..] => at + 2,
        [] => at,
        _ => at + 1,
    }
}
