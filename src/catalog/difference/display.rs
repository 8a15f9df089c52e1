//! A difference in words.

use similar::TextDiff;

use super::{AttributeChange, Change, DifferenceClass, Item};

/// Longer values are cut down to what differs.
const SHORT: usize = 60;

/// How much stands around what differs, in characters.
const AROUND: usize = 20;

impl Item {
    /// A line for each change, such as ``~ column public.tasks.due_date: default `now()` → none``: `+` for what is
    /// added, `-` for what is removed. Where texts of several lines differ, the lines of a unified diff follow.
    pub fn lines(&self) -> Vec<String> {
        let identity = one_line(&self.identity.to_string());
        match &self.change {
            Change::Added { .. } => vec![format!("+ {identity}")],
            Change::Removed { .. } => vec![format!("- {identity}")],
            Change::Changed { attributes } => attributes
                .iter()
                .flat_map(|change| {
                    let (what, diff) = change.words();
                    std::iter::once(format!("~ {identity}: {what}")).chain(diff)
                })
                .collect(),
        }
    }
}

impl AttributeChange {
    /// What has changed, and the lines of a unified diff where that says it better.
    fn words(&self) -> (String, Vec<String>) {
        let name = if self.class == DifferenceClass::ColumnOrder { "column order" } else { &self.attribute };
        if self.class == DifferenceClass::Cosmetic {
            return (format!("{name} (white space and comments only)"), Vec::new());
        }
        let value =
            |value: &Option<String>| value.as_ref().map_or_else(|| "none".to_owned(), |text| quoted(text));
        let (Some(before), Some(after)) = (&self.before, &self.after) else {
            if let Some(list) = list_words(self.before.as_deref(), self.after.as_deref()) {
                return (format!("{name} {list}"), Vec::new());
            }
            return (format!("{name} {} → {}", value(&self.before), value(&self.after)), Vec::new());
        };
        if before.contains('\n') || after.contains('\n') {
            return (name.to_owned(), diff(before, after));
        }
        if let Some(list) = list_words(Some(before), Some(after)) {
            return (format!("{name} {list}"), Vec::new());
        }
        let (shown_before, shown_after) = around_the_change(before, after);
        let mut words = format!("{name} {} → {}", quoted(&shown_before), quoted(&shown_after));
        if self.holds_when_it_was_made() {
            words += " (it holds the time when it was made: write now() instead of 'now')";
        }
        (words, Vec::new())
    }
}

/// Of two lists, what only one of them has; `None` for what is no list, and where only the order differs.
fn list_words(before: Option<&str>, after: Option<&str>) -> Option<String> {
    let list = |text: Option<&str>| match text {
        Some(text) if text.starts_with('[') => serde_json::from_str::<Vec<String>>(text).ok(),
        Some(_) => None,
        None => Some(Vec::new()),
    };
    let (before, after) = (list(before)?, list(after)?);
    let only = |sign: char, one: &[String], other: &[String]| -> Vec<String> {
        let only = one.iter().filter(|element| !other.contains(element));
        only.map(|element| format!("{sign} {}", quoted(element))).collect()
    };
    let words = [only('-', &before, &after), only('+', &after, &before)].concat();
    (!words.is_empty()).then(|| words.join(", "))
}

fn quoted(text: &str) -> String {
    let text = one_line(text);
    let cut = match text.char_indices().nth(4 * SHORT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    format!("`{cut}`")
}

/// A name or a value may hold line breaks.
fn one_line(text: &str) -> String {
    text.replace('\n', "␤")
}

fn diff(before: &str, after: &str) -> Vec<String> {
    let diff = TextDiff::from_lines(before, after);
    let text = diff.unified_diff().context_radius(2).missing_newline_hint(false).to_string();
    text.lines().map(|line| format!("    {line}")).collect()
}

/// How much of a text is left out, up to a blank near its end.
fn cut(text: &[char]) -> usize {
    let start = text.len().saturating_sub(AROUND);
    let blank = text[start..].iter().position(|c| *c == ' ');
    if start == 0 { 0 } else { start + blank.map_or(0, |blank| blank + 1) }
}

/// Long texts without the beginning and the end that they share.
fn around_the_change(before: &str, after: &str) -> (String, String) {
    if before.chars().count() <= SHORT && after.chars().count() <= SHORT {
        return (before.to_owned(), after.to_owned());
    }
    let (before, after): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    let shorter = before.len().min(after.len());
    let same_start = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let same_end = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
    let same_end = same_end.min(shorter - same_start);
    let start = cut(&before[..same_start]);
    let end = cut(&before.iter().rev().take(same_end).copied().collect::<Vec<char>>());
    let piece = |text: &[char]| {
        let middle: String = text[start..text.len() - end].iter().collect();
        let ellipsis = |cut: usize| if cut > 0 { "…" } else { "" };
        format!("{}{middle}{}", ellipsis(start), ellipsis(end))
    };
    (piece(&before), piece(&after))
}
