//! Whether a name stands in SQL.

use super::cursor::Cursor;
use super::lexer::StandardStrings;

/// Whether SQL has this name in it, outside of strings and comments.
pub(crate) fn names(text: &str, name: &str) -> bool {
    let mut c = Cursor::new(text.as_bytes(), StandardStrings::On);
    while c.peek().is_some() {
        match c.clone().identifier() {
            Some(found) if found == name => return true,
            _ => c.skip(),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word_or_stands_in_quotes() {
        let sql = "UPDATE t SET A = x.\"Old\" /* gone */ WHERE b = 'text' -- too\n AND $$c$$ = d";
        for name in ["t", "a", "x", "Old", "b", "d"] {
            assert!(names(sql, name), "{name}");
        }
        for name in ["old", "gone", "text", "too", "c"] {
            assert!(!names(sql, name), "{name}");
        }
    }
}
