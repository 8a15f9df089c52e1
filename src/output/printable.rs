//! Names and messages of files and servers, so that they neither steer the terminal nor pass for another text.

use std::borrow::Cow;

const REPLACEMENT: &str = "\u{fffd}";

/// Text of several lines, without what a terminal would obey and without what deceives.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    replaced(text, |c| c.is_control() && c != '\n' && c != '\t' || deceives(c))
}

/// The same, each further line set in, so that none passes for a line of pmdb's own.
pub(super) fn set_in(text: &str) -> String {
    let lines = printable(text);
    let mut lines = lines.split('\n');
    let mut text = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        text.push_str(if line.starts_with(' ') { "\n" } else { "\n  " });
        text.push_str(line);
    }
    text
}

/// The same on one line: a name with a line break in it must not pass for a line of the answer.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    replaced(text, |c| c.is_control() || deceives(c))
}

/// An answer as a whole, colours and all, without what deceives.
pub(super) fn honest(text: &str) -> Cow<'_, str> {
    replaced(text, deceives)
}

/// The same for JSON, where such a character, which stands in a string, can be written as what it is.
pub(super) fn honest_json(json: &str) -> Cow<'_, str> {
    if !json.contains(deceives) {
        return json.into();
    }
    let escaped = json.chars().map(|c| match c {
        c if deceives(c) => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    });
    escaped.collect::<String>().into()
}

/// Whether a character sets others in another order or on another line, or is not seen at all (Unicode Technical Standard
/// 55, "Source Code Handling"). The zero-width joiners are not among them: there are scripts that need them.
pub(super) fn deceives(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn replaced(text: &str, is_replaced: impl Fn(char) -> bool + Copy) -> Cow<'_, str> {
    // Nearly all text is ASCII, which is looked through many bytes at a time: an answer may have a thousand lines.
    let is_fine = text.is_ascii() && !text.bytes().any(|byte| is_replaced(byte.into()));
    if is_fine || !text.contains(is_replaced) {
        return text.into();
    }
    text.replace(is_replaced, REPLACEMENT).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_of_a_file_do_not_reach_the_terminal() {
        assert_eq!(printable("\u{1b}[2Jx\ny"), "\u{fffd}[2Jx\ny");
        assert_eq!(one_line("a\nb\tc"), "a\u{fffd}b\u{fffd}c");
        assert_eq!(set_in("a\nb\n  c"), "a\n  b\n  c");
    }

    #[test]
    fn what_turns_or_hides_text_is_replaced_and_other_scripts_stay() {
        for (text, shown) in [
            ("a\u{202e}txt.sql", "a\u{fffd}txt.sql"),
            ("one\u{2028}two", "one\u{fffd}two"),
            ("us\u{200b}ers", "us\u{fffd}ers"),
            ("שלום, سلام, नमस्ते, می\u{200c}خواهم", "שלום, سلام, नमस्ते, می\u{200c}خواهم"),
        ] {
            assert_eq!(
                (printable(text), one_line(text), honest(text)),
                (shown.into(), shown.into(), shown.into())
            );
        }
    }

    #[test]
    fn json_says_the_same_with_such_a_character_written_out() {
        let json = serde_json::to_string("us\u{200b}ers\u{202e}").unwrap();
        let honest = honest_json(&json);
        assert_eq!(honest, r#""us\u200bers\u202e""#);
        assert_eq!(serde_json::from_str::<String>(&honest).unwrap(), "us\u{200b}ers\u{202e}");
    }
}
