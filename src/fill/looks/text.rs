//! Texts, by what the name of a column says.

use super::{ColumnLook, index, low};
use crate::fill::random::{Stream, mixed, scaled};
use crate::fill::words::{CITIES, COUNTRIES, FAMILY, GIVEN, JOINTS, VERBS, WORDS};

pub(super) fn text(look: ColumnLook, stream: Stream, number: u64) -> String {
    let random = |question: u64| stream.of(100 + question).at(number);
    let word = |question, words: &'static [&'static str]| {
        words.get(index(random(question), words.len())).copied().unwrap_or_default()
    };
    match look {
        ColumnLook::Email => {
            format!("{}.{}@example.com", word(0, GIVEN).to_lowercase(), word(1, FAMILY).to_lowercase())
        }
        ColumnLook::FullName => format!("{} {}", word(0, GIVEN), word(1, FAMILY)),
        ColumnLook::GivenName => word(0, GIVEN).to_owned(),
        ColumnLook::FamilyName => word(0, FAMILY).to_owned(),
        ColumnLook::Login => format!("{}{}", word(0, GIVEN).to_lowercase(), scaled(random(1), 100)),
        // Numbers that are set aside for stories.
        ColumnLook::Phone => format!("+1 202 555 {:04}", 100 + scaled(random(0), 100)),
        ColumnLook::Url => format!("https://example.com/{}/{}", word(0, WORDS), word(1, WORDS)),
        ColumnLook::Slug => format!("{}-{}", word(0, WORDS), word(1, WORDS)),
        ColumnLook::City => word(0, CITIES).to_owned(),
        ColumnLook::Country => word(0, COUNTRIES).to_owned(),
        ColumnLook::Currency => ["EUR", "USD", "GBP", "JPY", "CHF"]
            .get(index(random(0), 5))
            .copied()
            .unwrap_or_default()
            .to_owned(),
        ColumnLook::Color => format!("#{:06x}", random(0) & 0x00ff_ffff),
        ColumnLook::Ip => std::net::Ipv4Addr::from(0x0a00_0000 | low(random(0)) & 0x00ff_ffff).to_string(),
        ColumnLook::Secret => format!("{:016x}{:016x}", random(0), random(1)),
        ColumnLook::Code => format!("{}-{:05}", code(random(0), 3), scaled(random(1), 100_000)),
        ColumnLook::Title => format!("{} {} {}", word(0, VERBS), word(1, WORDS), word(2, WORDS)),
        ColumnLook::Paragraph => sentences(1 + scaled(random(0), 3), stream, number),
        _ => {
            let words = 1 + scaled(random(0), 4);
            let words: Vec<&str> = (0..words).map(|place| word(10 + place, WORDS)).collect();
            words.join(" ")
        }
    }
}

fn sentences(count: u64, stream: Stream, number: u64) -> String {
    let mut text = String::new();
    for sentence in 0..count {
        let stream = stream.of(200 + sentence);
        let words = 4 + scaled(stream.at(number), 9);
        for place in 0..words {
            let random = stream.of(place).at(number);
            let word = if place % 3 == 2 {
                JOINTS.get(index(random, JOINTS.len()))
            } else {
                WORDS.get(index(random, WORDS.len()))
            };
            let word = word.copied().unwrap_or_default();
            if place > 0 {
                text.push(' ');
                text.push_str(word);
                continue;
            }
            if sentence > 0 {
                text.push(' ');
            }
            let mut letters = word.chars();
            text.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
            text.push_str(letters.as_str());
        }
        text.push('.');
    }
    text
}

fn word(random: u64) -> &'static str {
    WORDS.get(index(random, WORDS.len())).copied().unwrap_or("word")
}

/// A distinct text with more of its kind added, so that it is `width` bytes wide on average. One that is wider stays as it is.
pub fn as_wide(
    text: String,
    look: ColumnLook,
    (width, most): (usize, Option<usize>),
    stream: Stream,
    number: u64,
) -> String {
    let most = most.unwrap_or(usize::MAX);
    let mut added = String::new();
    let mut place = 0;
    while let Some(short @ 1..) = width.checked_sub(text.len() + added.len()) {
        let random = stream.of(place).at(number);
        let digits;
        let (before, piece, after) = match look {
            // Before the rest: what an address ends with says where it leads to.
            ColumnLook::Email => ("", word(random), "."),
            ColumnLook::Url => ("/", word(random), ""),
            ColumnLook::Slug | ColumnLook::Login => ("-", word(random), ""),
            ColumnLook::Secret => {
                digits = format!("{:08x}", low(random));
                ("", &*digits, "")
            }
            _ => (" ", word(random), ""),
        };
        let length = before.len() + piece.len() + after.len();
        // What would be too much comes as often as makes the average right.
        let comes = length <= short || index(stream.of(u64::MAX).at(number), length) < short;
        if !comes || text.len() + added.len() + length > most {
            break;
        }
        for part in [before, piece, after] {
            added.push_str(part);
        }
        place += 1;
    }
    if look == ColumnLook::Email { added + &text } else { text + &added }
}

/// Lower case, so that it stays distinct where case does not count.
pub(super) fn distinct_text(look: ColumnLook, stream: Stream, number: u64, most: Option<usize>) -> String {
    let random = |question: u64| stream.of(100 + question).at(number);
    let word = |question, words: &'static [&'static str]| {
        words.get(index(random(question), words.len())).copied().unwrap_or_default().to_lowercase()
    };
    let long = match look {
        ColumnLook::Email => format!("{}.{}{number}@example.com", word(0, GIVEN), word(1, FAMILY)),
        ColumnLook::FullName => format!("{} {} {number}", word(0, GIVEN), word(1, FAMILY)),
        ColumnLook::Login | ColumnLook::GivenName | ColumnLook::FamilyName => {
            format!("{}{number}", word(0, GIVEN))
        }
        ColumnLook::Phone => format!("+1 202 555 {number:04}"),
        ColumnLook::Url => format!("https://example.com/{}/{number}", word(0, WORDS)),
        ColumnLook::Slug => format!("{}-{}-{number}", word(0, WORDS), word(1, WORDS)),
        ColumnLook::Secret => format!("{:016x}{:016x}", random(0), mixed(number)),
        ColumnLook::Code | ColumnLook::Country | ColumnLook::Currency => {
            return base36(number, most.unwrap_or(8).min(8));
        }
        _ => format!("{} {} {number}", word(0, WORDS), word(1, WORDS)),
    };
    match most {
        Some(most) if long.len() > most => base36(number, most),
        _ => long,
    }
}

/// At most `length` characters; shorter where that makes the number whole.
pub(super) fn base36(number: u64, length: usize) -> String {
    let mut left = number;
    let mut text = Vec::new();
    while text.len() < length && (left > 0 || text.len() < length.min(6)) {
        let digit = u32::try_from(left % 36).unwrap_or_default();
        text.push(char::from_digit(digit, 36).unwrap_or('0'));
        left /= 36;
    }
    text.iter().rev().collect()
}

/// Capital letters.
pub(super) fn code(random: u64, length: usize) -> String {
    let mut left = random;
    let letters = (0..length).map(|_| {
        let letter = u8::try_from(left % 26).unwrap_or_default();
        left = mixed(left);
        char::from(b'A' + letter)
    });
    letters.collect()
}

pub(super) fn shortened(text: String, most: Option<usize>) -> String {
    match most {
        Some(most) if text.chars().count() > most => {
            text.chars().take(most).collect::<String>().trim_end().to_owned()
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn distinct_texts_stay_distinct_and_are_as_wide_on_average_as_is_asked() {
        const COUNT: u64 = 2000;
        for look in [
            ColumnLook::Email,
            ColumnLook::FullName,
            ColumnLook::Login,
            ColumnLook::Url,
            ColumnLook::Slug,
            ColumnLook::Secret,
            ColumnLook::Unknown,
        ] {
            for width in [33, 41, 71, 300] {
                let stream = Stream::new(1, &["t", "c"]);
                let text = |number| {
                    let text = distinct_text(look, stream, number, None);
                    as_wide(text, look, (width, None), stream.of(14), number)
                };
                let texts: BTreeSet<String> = (0..COUNT).map(text).collect();
                assert_eq!(texts.len() as u64, COUNT, "{look:?} {width}");
                let wide: usize = texts.iter().map(String::len).sum();
                let average = wide as f64 / COUNT as f64;
                assert!((average - width as f64).abs() < 1.0, "{look:?} {width}: {average}");
                assert!(look != ColumnLook::Email || texts.iter().all(|text| text.ends_with("@example.com")));
            }
        }
    }

    #[test]
    fn what_is_added_never_makes_a_text_longer_than_its_type_takes() {
        let stream = Stream::new(1, &["t", "c"]);
        for number in 0..500 {
            let text = distinct_text(ColumnLook::Email, stream, number, Some(40));
            let text = as_wide(text, ColumnLook::Email, (60, Some(40)), stream, number);
            assert!(text.len() <= 40, "{text}");
        }
    }
}
