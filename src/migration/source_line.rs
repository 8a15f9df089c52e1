use super::sql::secrets::{self, MASK};

/// A line of a text as it is shown to people: secrets in it are masked.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SourceLine {
    /// The line, without its line ending. Bytes that are not UTF-8 are shown as `�`.
    pub text: String,
    /// The column of the place that is meant, in this text: from 1, in characters. A mask may be longer or shorter than what
    /// it stands for, so this is not the column in the file.
    pub column: usize,
}

impl SourceLine {
    /// The line around an offset. An offset after the end means the end.
    pub fn around(text: &[u8], offset: usize) -> SourceLine {
        let offset = offset.min(text.len());
        let (before, after) = text.split_at(offset);
        let start = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |found| found + 1);
        let end = offset + memchr::memchr2(b'\n', b'\r', after).unwrap_or(after.len());
        let mut line = Masking { text, line: String::new(), offset, column: 1 };
        let mut at = start;
        for secret in secrets::spans(text) {
            if secret.end <= start || secret.start >= end {
                continue;
            }
            line.copy(at, secret.start.max(start));
            // Of a secret of many lines, only the first shows the mask.
            line.put(secret.start.max(start), if secret.start >= start { MASK } else { "" });
            at = secret.end.min(end);
        }
        line.copy(at, end);
        if offset >= end {
            line.column = line.line.chars().count() + 1;
        }
        SourceLine { text: line.line, column: line.column }
    }
}

struct Masking<'a> {
    text: &'a [u8],
    line: String,
    offset: usize,
    column: usize,
}

impl Masking<'_> {
    fn copy(&mut self, start: usize, end: usize) {
        let part = |start: usize, end: usize| {
            String::from_utf8_lossy(self.text.get(start..end).unwrap_or_default()).into_owned()
        };
        if (start..end).contains(&self.offset) {
            self.column = self.line.chars().count() + part(start, self.offset).chars().count() + 1;
        }
        let text = part(start, end);
        self.line.push_str(&text);
    }

    /// What stands for the text from here on. Where that holds the place, the place is its beginning.
    fn put(&mut self, start: usize, text: &str) {
        if self.offset >= start {
            self.column = self.line.chars().count() + 1;
        }
        self.line.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, place: &str) -> String {
        let SourceLine { text, column } = SourceLine::around(text.as_bytes(), text.find(place).unwrap());
        format!("{text}\n{}^", " ".repeat(column - 1))
    }

    #[test]
    fn the_place_is_that_in_the_line_as_it_is_shown() {
        assert_eq!(line("a\nSELECT é, x;\nb", "x;"), "SELECT é, x;\n          ^");
        let sql = "CREATE ROLE a PASSWORD 'é, a long one, longer than its mask' oops;";
        assert_eq!(
            line(sql, "oops"),
            "CREATE ROLE a PASSWORD '<masked-by-pmdb>' oops;\n                                          ^"
        );
        assert_eq!(line(sql, "CREATE"), "CREATE ROLE a PASSWORD '<masked-by-pmdb>' oops;\n^");
        assert_eq!(
            line(sql, "long"),
            "CREATE ROLE a PASSWORD '<masked-by-pmdb>' oops;\n                        ^"
        );
    }

    #[test]
    fn no_line_of_a_long_secret_is_shown() {
        let sql = "SELECT dblink_connect($$host=x password='one\ntwo\nthree' user=u$$), oops;";
        assert_eq!(
            line(sql, "one"),
            "SELECT dblink_connect($$host=x password='<masked-by-pmdb>\n                                         ^"
        );
        assert_eq!(line(sql, "two"), "\n^");
        assert_eq!(line(sql, "oops"), "' user=u$$), oops;\n             ^");
    }
}
