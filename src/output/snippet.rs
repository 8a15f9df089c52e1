//! A line of a file with a caret below the place that is meant.

use super::printable::printable;
use super::{BAD, FAINT};

/// Longer lines are shown around the place only: a dump may have lines of megabytes.
const WIDTH: usize = 120;

/// What stands in a line, with a caret below a column of it, from 1:
///
/// ```text
///    |
/// 12 |   owner_id uuid REFERENCES userz(id)
///    |                            ^
/// ```
pub(super) fn snippet(number: usize, line: &str, column: usize) -> String {
    let number = number.to_string();
    let gutter = " ".repeat(number.len());
    let (shown, caret) = window(line, column);
    let padding: String = shown.chars().take(caret).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let shown = printable(&shown);
    format!(
        "{FAINT}{gutter} |{FAINT:#}\n{FAINT}{number} |{FAINT:#} {shown}\n{FAINT}{gutter} |{FAINT:#} {padding}{BAD}^{BAD:#}\n"
    )
}

/// The part of a line that is shown, and how many characters stand before the caret in it.
fn window(line: &str, column: usize) -> (String, usize) {
    let index = column.saturating_sub(1);
    let length = line.chars().count();
    if length <= WIDTH {
        return (line.to_owned(), index.min(length));
    }
    let start = index.saturating_sub(WIDTH / 2).min(length - WIDTH);
    let mut shown: String = line.chars().skip(start).take(WIDTH).collect();
    let mut caret = index.min(length) - start;
    if start > 0 {
        shown.insert_str(0, "… ");
        caret += 2;
    }
    if start + WIDTH < length {
        shown.push_str(" …");
    }
    (shown, caret)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(line: usize, column: usize, text: &str) -> String {
        anstream::adapter::strip_str(&snippet(line, text, column)).to_string()
    }

    #[test]
    fn the_caret_stands_below_the_place() {
        assert_eq!(plain(12, 8, "SELECT x"), "   |\n12 | SELECT x\n   |        ^\n");
    }

    #[test]
    fn a_tab_before_the_place_moves_the_caret_as_it_moves_the_text() {
        assert_eq!(plain(1, 3, "\t\tx"), "  |\n1 | \t\tx\n  | \t\t^\n");
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_place() {
        let line = format!("{}HERE{}", "a".repeat(5000), "b".repeat(5000));
        let shown = plain(1, 5001, &line);
        assert!(shown.contains("aaaHEREbbb") && shown.len() < 500, "{shown}");
        let caret = shown.lines().nth(2).and_then(|line| line.find('^'));
        let here = shown.lines().nth(1).and_then(|line| line.replace('…', ".").find("HERE"));
        assert_eq!(caret, here);
    }
}
