//! Defaults that hold the time at which they were made: `'now'` is a constant, which the server computes once.

use super::AttributeChange;

impl AttributeChange {
    /// Whether both values are the same except for a time down to fractions of a second.
    pub(super) fn holds_when_it_was_made(&self) -> bool {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => before != after && without_times(before) == without_times(after),
            _ => false,
        }
    }
}

/// The text with `''` for each string that is such a time.
fn without_times(text: &str) -> String {
    let is_time = |part: &str| {
        let fits = part.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '+' | ':' | '.' | 'T'));
        fits && part.contains(':') && part.contains('.')
    };
    let parts: Vec<&str> = text
        .split('\'')
        .enumerate()
        .map(|(n, part)| if n % 2 == 1 && is_time(part) { "" } else { part })
        .collect();
    parts.join("'")
}

#[cfg(test)]
mod tests {
    use super::super::DifferenceClass;
    use super::*;

    fn holds(before: &str, after: &str) -> bool {
        let text = |text: &str| Some(text.to_owned());
        let (before, after) = (text(before), text(after));
        AttributeChange { attribute: "default".to_owned(), class: DifferenceClass::Structural, before, after }
            .holds_when_it_was_made()
    }

    #[test]
    fn two_times_in_the_same_place_were_now_when_they_were_made() {
        let at = |time: &str| format!("'{time}'::timestamp with time zone");
        assert!(holds(&at("2026-11-28 03:00:00.123+00"), &at("2026-11-28 03:00:01.5+00")));
        assert!(!holds(&at("2026-11-28 03:00:00.123+00"), "now()"));
        assert!(!holds(&at("2026-01-01 00:00:00+00"), &at("2027-01-01 00:00:00+00")));
        assert!(!holds("'a'::text", "'b'::text"));
    }
}
