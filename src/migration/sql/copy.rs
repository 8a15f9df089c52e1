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
        for found in memchr::memmem::find_iter(&bytes[start..end], b"\\.") {
            let at = start + found;
            let begins_line = at == start || is_line_break(bytes[at - 1]);
            let ends_line = at + 2 == end || is_line_break(bytes[at + 2]);
            if begins_line && ends_line {
                let end_line = after_line_break(bytes, at + 2, end);
                return CopyBlock { data: start..at, end_line };
            }
        }
        CopyBlock { data: start..end, end_line: end }
    }
}

fn after_line_break(bytes: &[u8], at: usize, end: usize) -> usize {
    match &bytes[at..end] {
        [b'\r', b'\n', ..] => at + 2,
        [] => at,
        _ => at + 1,
    }
}
