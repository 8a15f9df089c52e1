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

/// A text with words after it, until it is about this wide.
pub fn as_wide(mut text: String, width: usize, most: Option<usize>, stream: Stream, number: u64) -> String {
    let width = most.map_or(width, |most| width.min(most));
    let mut place = 0;
    // Half a word more or less.
    while text.len() + 4 < width {
        let word = WORDS.get(index(stream.of(place).at(number), WORDS.len())).copied().unwrap_or("word");
        text.push(' ');
        text.push_str(word);
        place += 1;
    }
    shortened(text, most)
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
