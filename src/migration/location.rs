use std::fmt;

/// A place in a text, as editors show it: line and column, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Location {
    /// The line. A line ends with LF, with CR LF, or with a CR alone: the server reads it so too.
    pub line: usize,
    /// The column, counted in characters (not in bytes).
    pub column: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// The location of a byte offset in a text. An offset after the end means the end.
pub fn locate(text: &str, byte_offset: usize) -> Location {
    Locator::new(text.as_bytes()).locate(byte_offset)
}

/// The line of a text that a location is in, without its line ending. Empty when there is no such line.
pub fn line_at(text: &str, location: Location) -> &str {
    let mut rest = text;
    for _ in 1..location.line {
        match first_line_break(rest.as_bytes()) {
            Some((_, next)) => rest = rest.get(next..).unwrap_or_default(),
            None => return "",
        }
    }
    let end = first_line_break(rest.as_bytes()).map_or(rest.len(), |(end, _)| end);
    rest.get(..end).unwrap_or_default()
}

/// Where the first line ends, and where the second begins.
fn first_line_break(bytes: &[u8]) -> Option<(usize, usize)> {
    let end = memchr::memchr2(b'\n', b'\r', bytes)?;
    let length = if bytes[end..].starts_with(b"\r\n") { 2 } else { 1 };
    Some((end, end + length))
}

/// Locates offsets that only grow, counting every byte once.
#[derive(Debug, Clone)]
pub(crate) struct Locator<'a> {
    bytes: &'a [u8],
    offset: usize,
    location: Location,
}

impl<'a> Locator<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Locator { bytes, offset: 0, location: Location { line: 1, column: 1 } }
    }

    /// The same for bytes before which there are others.
    pub(crate) fn going_on(bytes: &'a [u8], location: Location) -> Self {
        Locator { bytes, offset: 0, location }
    }

    /// The location of an offset that is not before the one asked last.
    pub(crate) fn locate(&mut self, offset: usize) -> Location {
        let offset = offset.clamp(self.offset, self.bytes.len());
        let mut line_start = self.offset;
        for found in memchr::memchr2_iter(b'\n', b'\r', &self.bytes[self.offset..offset]) {
            let at = self.offset + found;
            if self.bytes[at..].starts_with(b"\r\n") {
                continue;
            }
            line_start = at + 1;
            self.location = Location { line: self.location.line + 1, column: 1 };
        }
        self.location.column += characters(&self.bytes[line_start..offset]);
        self.offset = offset;
        self.location
    }
}

/// The number of characters in UTF-8 bytes: each has one byte that does not continue another.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0b1100_0000 != 0b1000_0000).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: usize, column: usize) -> Location {
        Location { line, column }
    }

    #[test]
    fn lines_and_columns_count_from_one_and_columns_count_characters() {
        let text = "a\näöx\n";
        assert_eq!(locate(text, 0), at(1, 1));
        assert_eq!(locate(text, 2), at(2, 1));
        assert_eq!(locate(text, text.find('x').unwrap()), at(2, 3));
        assert_eq!(locate(text, text.len()), at(3, 1));
    }

    #[test]
    fn an_offset_after_the_end_means_the_end() {
        assert_eq!(locate("ab", 99), at(1, 3));
        assert_eq!(locate("", 99), at(1, 1));
    }

    #[test]
    fn every_line_ending_counts_once() {
        for text in ["a\nb\nc", "a\r\nb\r\nc", "a\rb\rc"] {
            let c = text.find('c').unwrap();
            assert_eq!(locate(text, c), at(3, 1), "{text:?}");
            assert_eq!(line_at(text, at(2, 1)), "b", "{text:?}");
            assert_eq!(line_at(text, at(3, 1)), "c", "{text:?}");
            assert_eq!(line_at(text, at(4, 1)), "", "{text:?}");
        }
    }

    #[test]
    fn going_on_from_offset_to_offset_finds_the_same_locations() {
        let text = "é\r\nab\n\n\rcd\r\n";
        let mut locator = Locator::new(text.as_bytes());
        for (offset, _) in text.char_indices() {
            assert_eq!(locator.locate(offset), locate(text, offset), "{offset}");
        }
    }

    #[cfg(feature = "inspect")]
    #[test]
    fn a_location_is_shown_as_line_and_column() {
        assert_eq!(at(12, 5).to_string(), "12:5");
        assert_eq!(serde_json::to_string(&at(12, 5)).unwrap(), r#"{"line":12,"column":5}"#);
    }
}
