//! Characters that nobody sees, and that the server takes for letters of a word.

/// The first such character of the word at a column (from 1) of a line, as `U+00A0 (no-break space)`, and its column.
pub(crate) fn invisible_in_word(line: &str, column: usize) -> Option<(String, usize)> {
    let ends = |c: char| c.is_ascii_whitespace() || c.is_ascii_punctuation() && c != '_' && c != '"';
    let word = line.chars().enumerate().skip(column.saturating_sub(1)).take_while(|&(_, c)| !ends(c));
    let (before, c) = word.into_iter().find(|&(_, c)| is_invisible(c))?;
    Some((code_and_name(c), before + 1))
}

/// The character as `U+00A0 (no-break space)`.
pub(crate) fn code_and_name(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    let name = match c {
        '\u{a0}' => " (no-break space)",
        '\u{ad}' => " (soft hyphen)",
        '\u{200b}' => " (zero width space)",
        '\u{200c}' | '\u{200d}' => " (zero width joiner)",
        '\u{202f}' => " (narrow no-break space)",
        '\u{3000}' => " (ideographic space)",
        '\u{feff}' => " (byte order mark)",
        '\u{2013}' => " (en dash)",
        '\u{2014}' => " (em dash)",
        _ => "",
    };
    format!("{code}{name}")
}

/// Spaces beyond ASCII, and characters that only direct how others are set (Unicode, "General Category" Zs, Zl, Zp and Cf).
fn is_invisible(c: char) -> bool {
    let is_space = c.is_whitespace() && !c.is_ascii();
    is_space
        || matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invisible_character_is_named_with_its_column() {
        for (line, column, found) in [
            ("CREATE TABLE\u{a0}t (id int);", 8, Some(("U+00A0 (no-break space)", 13))),
            ("\u{200b}CREATE TABLE t ();", 1, Some(("U+200B (zero width space)", 1))),
            ("  int\u{2007}", 3, Some(("U+2007", 6))),
            ("SELECT é, 'a\u{a0}b';", 8, None),
            ("SELECT x;", 40, None),
        ] {
            let found = found.map(|(name, column)| (name.to_owned(), column));
            assert_eq!(invisible_in_word(line, column), found, "{line:?}");
        }
    }
}
