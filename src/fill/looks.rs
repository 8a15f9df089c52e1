//! Values that look like something: by the type of a column, then by its name.

use super::random::{Stream, mixed, scaled};
use super::types::Type;
use super::value::{DAY, Value};
use super::words::{CITIES, COUNTRIES, FAMILY, GIVEN, JOINTS, VERBS, WORDS};

/// The day that times count back from, 2026-01-01, in days since 2000-01-01. It stands still, so that a seed gives the same on
/// every day.
pub const TODAY: i64 = 9497;

/// How many values in a thousand are NULL in a column that takes it.
pub(super) const NULLS: u64 = 125;

/// Years that times are spread over.
const YEARS: i64 = 3;

/// What the name of a column says of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// `email`
    Email,
    /// `full_name`, `author`
    FullName,
    /// `first_name`
    GivenName,
    /// `last_name`
    FamilyName,
    /// `username`, `login`
    Login,
    /// `phone`
    Phone,
    /// `url`, `website`
    Url,
    /// `slug`
    Slug,
    /// `title`, `subject`, `name`
    Title,
    /// `description`, `body`, `bio`
    Paragraph,
    /// `city`
    City,
    /// `country`
    Country,
    /// `currency`
    Currency,
    /// `color`
    Color,
    /// `ip`
    Ip,
    /// `password_hash`, `token`
    Secret,
    /// `sku`, `code`
    Code,
    /// `price`, `amount`
    Money,
    /// `quantity`, `count`
    Count,
    /// `year`
    Year,
    /// `age`
    Age,
    /// `percent`, `progress`
    Percent,
    /// `rating`, `priority`
    Rank,
    /// `latitude`
    Latitude,
    /// `longitude`
    Longitude,
    /// `created_at`
    Created,
    /// `updated_at`, `finished_at`: later than the first time of the row.
    Later,
    /// `due_date`
    Due,
    /// `birth_date`
    Birth,
    /// Nothing that is known.
    Unknown,
}

impl Look {
    /// By the name of a column.
    pub fn of(name: &str) -> Look {
        let name = name.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| name.split('_').any(|part| part == *word));
        let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word));
        match () {
            () if has(&["email", "mail"]) || name.ends_with("email") => Look::Email,
            () if has(&["hash", "token", "secret", "password", "digest", "key"]) => Look::Secret,
            () if ends(&["first_name", "firstname", "given_name"]) => Look::GivenName,
            () if ends(&["last_name", "lastname", "surname", "family_name"]) => Look::FamilyName,
            () if ends(&["full_name", "fullname", "display_name"])
                || has(&["author", "contact", "person"]) =>
            {
                Look::FullName
            }
            () if has(&["username", "login", "nickname", "handle"]) => Look::Login,
            () if has(&["phone", "mobile", "fax", "tel"]) => Look::Phone,
            () if has(&["url", "uri", "website", "link", "homepage"]) => Look::Url,
            () if has(&["slug", "path"]) => Look::Slug,
            () if has(&["city", "town"]) => Look::City,
            () if has(&["country"]) => Look::Country,
            () if has(&["currency"]) => Look::Currency,
            () if has(&["color", "colour"]) => Look::Color,
            () if has(&["ip"]) => Look::Ip,
            () if has(&["sku", "code", "number", "reference", "ref"]) => Look::Code,
            () if has(&["price", "amount", "cost", "total", "balance", "salary", "fee", "budget"]) => {
                Look::Money
            }
            () if has(&["quantity", "qty", "count", "stock"]) => Look::Count,
            () if has(&["year"]) => Look::Year,
            () if has(&["age"]) => Look::Age,
            () if has(&["percent", "percentage", "progress", "share"]) => Look::Percent,
            () if has(&["rating", "priority", "rank", "score", "level", "position"]) => Look::Rank,
            () if has(&["lat", "latitude"]) => Look::Latitude,
            () if has(&["lon", "lng", "longitude"]) => Look::Longitude,
            () if has(&["birth", "birthday", "birthdate", "dob"]) => Look::Birth,
            () if has(&["due", "deadline", "expires", "expiry", "until"]) => Look::Due,
            () if has(&[
                "updated",
                "modified",
                "changed",
                "completed",
                "closed",
                "deleted",
                "finished",
                "end",
                "ends",
                "ended",
                "done",
                "to",
                "resolved",
                "archived",
                "cancelled",
                "canceled",
                "paid",
                "shipped",
                "delivered",
                "read",
                "seen",
                "last",
            ]) =>
            {
                Look::Later
            }
            () if has(&[
                "created",
                "inserted",
                "registered",
                "joined",
                "start",
                "starts",
                "started",
                "begin",
                "from",
                "at",
                "on",
            ]) =>
            {
                Look::Created
            }
            () if has(&["title", "subject", "name", "label", "headline", "heading"]) => Look::Title,
            () if has(&[
                "description",
                "body",
                "bio",
                "content",
                "text",
                "comment",
                "note",
                "notes",
                "message",
                "summary",
                "details",
            ]) =>
            {
                Look::Paragraph
            }
            () => Look::Unknown,
        }
    }
}

/// An ordinary value of a type. The same number of a value gives the same value.
pub fn plain(of: &Type, look: Look, stream: Stream, number: u64) -> Value {
    let random = stream.at(number);
    let other = |question: u64| stream.of(question).at(number);
    match of {
        Type::Bool => Value::Bool(random & 1 == 1),
        Type::Int2 | Type::Int4 | Type::Int8 => Value::Int(whole(look, random)),
        Type::Money => Value::Int(signed(price(random, other(1)))),
        Type::Float4 | Type::Float8 => Value::Float(float(look, random)),
        Type::Numeric(digits) => decimal(*digits, look, random, other(1)),
        Type::Text(most) => Value::Text(shortened(text(look, stream, number), *most)),
        Type::Char(length) => Value::Text(code(other(2), *length)),
        Type::Bytea => Value::Bytes(random.to_be_bytes().to_vec()),
        Type::Uuid => uuid(random, other(1)),
        Type::Date => Value::Date(i32::try_from(day(look, random)).unwrap_or_default()),
        Type::Time | Type::Timetz => Value::Time(time_of_day(random)),
        Type::Timestamp => Value::Timestamp(day(look, random) * DAY + time_of_day(other(1))),
        Type::Interval => Value::Interval(signed(scaled(random, 14 * 24 * 60)) * 60_000_000),
        Type::Json | Type::Jsonb => Value::Text(json(random)),
        Type::TsVector => Value::Text(String::new()),
        Type::Inet | Type::Cidr => Value::Inet(0x0a00_0000 | low(random) & 0x00ff_ffff),
        Type::Macaddr => Value::Macaddr(macaddr(random)),
        Type::Bits(length) => Value::Bits(random & mask(*length), *length),
        Type::Enum(labels) => {
            Value::Text(labels.get(index(random, labels.len())).cloned().unwrap_or_default())
        }
        Type::Array { element, .. } => {
            let length = scaled(random, 4);
            let values = (0..length).map(|place| plain(element, look, stream.of(3 + place), number));
            Value::Array(values.collect())
        }
        Type::Range(element) => {
            let lower = distinct(element, look, stream, scaled(random, 100_000) * 2);
            let upper = distinct(element, look, stream, scaled(random, 100_000) * 2 + 1);
            Value::Range(Box::new(lower), Box::new(upper))
        }
        Type::Other => Value::Null,
    }
}

/// A value that no other number gives. Numbers, times and ranges come in the order of the numbers.
pub fn distinct(of: &Type, look: Look, stream: Stream, number: u64) -> Value {
    let n = signed(number);
    match of {
        Type::Bool => Value::Bool(number == 1),
        Type::Int2 | Type::Int4 | Type::Int8 | Type::Money => Value::Int(n.saturating_add(1)),
        #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
        Type::Float4 | Type::Float8 => Value::Float(n as f64),
        Type::Numeric(_) => Value::Numeric(i128::from(n) + 1, 0),
        Type::Text(most) => Value::Text(distinct_text(look, stream, number, *most)),
        Type::Char(length) => Value::Text(base36(number, *length)),
        Type::Bytea => Value::Bytes(mixed(number).to_be_bytes().to_vec()),
        Type::Uuid => {
            // Bits that tell all numbers apart follow the variant; a multiplication by an odd number turns them round.
            let bits = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) & (u64::MAX >> 2);
            let high = u128::from(stream.at(number)) & 0xffff_ffff_ffff_0fff | 0x4000;
            Value::Uuid(high << 64 | u128::from(bits | 1 << 63))
        }
        Type::Date => Value::Date(i32::try_from(n.min(1_000_000)).unwrap_or_default()),
        Type::Time | Type::Timetz => Value::Time(n % 86_400 * 1_000_000),
        Type::Timestamp => Value::Timestamp(n * 60_000_000),
        Type::Interval => Value::Interval(n * 60_000_000),
        Type::Json | Type::Jsonb => Value::Text(format!("{{\"number\": {number}}}")),
        Type::TsVector => Value::Text(String::new()),
        Type::Inet | Type::Cidr => Value::Inet(0x0a00_0000_u32.wrapping_add(low(number))),
        Type::Macaddr => Value::Macaddr(macaddr(number)),
        Type::Bits(length) => Value::Bits(number & mask(*length), *length),
        Type::Enum(labels) => {
            Value::Text(usize::try_from(number).ok().and_then(|n| labels.get(n)).cloned().unwrap_or_default())
        }
        Type::Array { element, .. } => Value::Array(vec![distinct(element, look, stream, number)]),
        Type::Range(element) => Value::Range(
            Box::new(distinct(element, look, stream, number * 2)),
            Box::new(distinct(element, look, stream, number * 2 + 1)),
        ),
        Type::Other => Value::Null,
    }
}

fn whole(look: Look, random: u64) -> i64 {
    match look {
        Look::Rank => 1 + signed(scaled(random, 5)),
        Look::Percent => signed(scaled(random, 101)),
        Look::Age => 18 + signed(scaled(random, 70)),
        Look::Year => 2000 + signed(scaled(random, 26)),
        Look::Money => signed(price(random, mixed(random))),
        _ => signed(skewed(random, 1000)),
    }
}

fn float(look: Look, random: u64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "53 bits are kept")]
    let share = (random >> 11) as f64 / (1_u64 << 53) as f64;
    let rounded = |value: f64| (value * 10_000.0).round() / 10_000.0;
    match look {
        Look::Latitude => rounded(share * 180.0 - 90.0),
        Look::Longitude => rounded(share * 360.0 - 180.0),
        Look::Percent => rounded(share * 100.0),
        Look::Rank => rounded(share * 5.0),
        _ => rounded(share * 1000.0),
    }
}

fn decimal(digits: Option<(u32, u32)>, look: Look, random: u64, other: u64) -> Value {
    let (precision, scale) = digits.unwrap_or((12, 2));
    let limit = 10_u64.checked_pow(precision.min(18)).unwrap_or(u64::MAX);
    let unit = 10_u64.checked_pow(scale.min(18)).unwrap_or(u64::MAX);
    let cents = match look {
        Look::Percent => scaled(random, 100 * 100 + 1),
        Look::Rank => 100 + scaled(random, 401),
        Look::Latitude | Look::Longitude => scaled(random, 90 * 100),
        _ => price(random, other),
    };
    let unscaled = u128::from(cents) * u128::from(unit) / 100;
    let unscaled = u64::try_from(unscaled).unwrap_or(u64::MAX);
    let fitting = if unscaled < limit { unscaled } else { scaled(other, limit) };
    Value::Numeric(i128::from(fitting), scale)
}

/// In hundredths: many small ones, few large ones, and often just below a round number.
fn price(random: u64, other: u64) -> u64 {
    let whole = skewed(random, 2000) + 1;
    match other % 3 {
        0 => whole * 100,
        1 => whole * 100 - 1,
        _ => whole * 100 + scaled(mixed(other), 100),
    }
}

/// Below a limit; about as many below its square root as above it.
fn skewed(random: u64, limit: u64) -> u64 {
    let (one, other) = (random >> 32, random & 0xffff_ffff);
    ((one * other) >> 32).wrapping_mul(limit) >> 32
}

/// A day: recent ones are more frequent. Working days are more frequent than weekends.
fn day(look: Look, random: u64) -> i64 {
    let back = signed(scaled(random, u64::try_from(YEARS * 365).unwrap_or_default()));
    let day = match look {
        Look::Birth => return TODAY - 18 * 365 - signed(scaled(random, 60 * 365)),
        Look::Due => TODAY - 365 + signed(scaled(random, 455)),
        _ => TODAY - back,
    };
    // 2000-01-01 was a Saturday. Most of what falls on a weekend is moved to the Friday before it.
    match day.rem_euclid(7) {
        weekend @ 0..=1 if !mixed(random).is_multiple_of(4) => day - 1 - weekend,
        _ => day,
    }
}

/// How much is done in each hour of a day, in hundredths.
const RHYTHM: [u64; 24] = [1, 1, 0, 0, 0, 1, 2, 4, 8, 10, 10, 9, 6, 8, 9, 9, 7, 5, 3, 2, 2, 1, 1, 1];

/// Whole seconds, as microseconds, with the rhythm of a day.
fn time_of_day(random: u64) -> i64 {
    let mut left = scaled(random, RHYTHM.iter().sum());
    let mut hour = 0;
    for share in RHYTHM {
        if left < share {
            break;
        }
        left -= share;
        hour += 1;
    }
    (hour * 3600 + signed(scaled(mixed(random), 3600))) * 1_000_000
}

/// A time after another one of the same row.
pub fn later(value: &Value, stream: Stream, number: u64) -> Option<Value> {
    // Most things happen soon.
    let minutes = signed(skewed(stream.of(9).at(number), 60 * 24 * 60));
    match value {
        Value::Timestamp(micros) => Some(Value::Timestamp(micros + minutes * 60_000_000)),
        Value::Date(days) => Some(Value::Date(days + i32::try_from(minutes / (24 * 60)).unwrap_or_default())),
        _ => None,
    }
}

fn text(look: Look, stream: Stream, number: u64) -> String {
    let random = |question: u64| stream.of(100 + question).at(number);
    let word = |question, words: &'static [&'static str]| {
        words.get(index(random(question), words.len())).copied().unwrap_or_default()
    };
    match look {
        Look::Email => {
            format!("{}.{}@example.com", word(0, GIVEN).to_lowercase(), word(1, FAMILY).to_lowercase())
        }
        Look::FullName => format!("{} {}", word(0, GIVEN), word(1, FAMILY)),
        Look::GivenName => word(0, GIVEN).to_owned(),
        Look::FamilyName => word(0, FAMILY).to_owned(),
        Look::Login => format!("{}{}", word(0, GIVEN).to_lowercase(), scaled(random(1), 100)),
        // Numbers that are set aside for stories.
        Look::Phone => format!("+1 202 555 {:04}", 100 + scaled(random(0), 100)),
        Look::Url => format!("https://example.com/{}/{}", word(0, WORDS), word(1, WORDS)),
        Look::Slug => format!("{}-{}", word(0, WORDS), word(1, WORDS)),
        Look::City => word(0, CITIES).to_owned(),
        Look::Country => word(0, COUNTRIES).to_owned(),
        Look::Currency => ["EUR", "USD", "GBP", "JPY", "CHF"]
            .get(index(random(0), 5))
            .copied()
            .unwrap_or_default()
            .to_owned(),
        Look::Color => format!("#{:06x}", random(0) & 0x00ff_ffff),
        Look::Ip => std::net::Ipv4Addr::from(0x0a00_0000 | low(random(0)) & 0x00ff_ffff).to_string(),
        Look::Secret => format!("{:016x}{:016x}", random(0), random(1)),
        Look::Code => format!("{}-{:05}", code(random(0), 3), scaled(random(1), 100_000)),
        Look::Title => format!("{} {} {}", word(0, VERBS), word(1, WORDS), word(2, WORDS)),
        Look::Paragraph => sentences(1 + scaled(random(0), 3), stream, number),
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
fn distinct_text(look: Look, stream: Stream, number: u64, most: Option<usize>) -> String {
    let random = |question: u64| stream.of(100 + question).at(number);
    let word = |question, words: &'static [&'static str]| {
        words.get(index(random(question), words.len())).copied().unwrap_or_default().to_lowercase()
    };
    let long = match look {
        Look::Email => format!("{}.{}{number}@example.com", word(0, GIVEN), word(1, FAMILY)),
        Look::FullName => format!("{} {} {number}", word(0, GIVEN), word(1, FAMILY)),
        Look::Login | Look::GivenName | Look::FamilyName => format!("{}{number}", word(0, GIVEN)),
        Look::Phone => format!("+1 202 555 {number:04}"),
        Look::Url => format!("https://example.com/{}/{number}", word(0, WORDS)),
        Look::Slug => format!("{}-{}-{number}", word(0, WORDS), word(1, WORDS)),
        Look::Secret => format!("{:016x}{:016x}", random(0), mixed(number)),
        Look::Code | Look::Country | Look::Currency => return base36(number, most.unwrap_or(8).min(8)),
        _ => format!("{} {} {number}", word(0, WORDS), word(1, WORDS)),
    };
    match most {
        Some(most) if long.len() > most => base36(number, most),
        _ => long,
    }
}

/// At most `length` characters; shorter where that makes the number whole.
fn base36(number: u64, length: usize) -> String {
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
fn code(random: u64, length: usize) -> String {
    let mut left = random;
    let letters = (0..length).map(|_| {
        let letter = u8::try_from(left % 26).unwrap_or_default();
        left = mixed(left);
        char::from(b'A' + letter)
    });
    letters.collect()
}

fn shortened(text: String, most: Option<usize>) -> String {
    match most {
        Some(most) if text.chars().count() > most => {
            text.chars().take(most).collect::<String>().trim_end().to_owned()
        }
        _ => text,
    }
}

fn json(random: u64) -> String {
    let word = WORDS.get(index(random, WORDS.len())).copied().unwrap_or_default();
    format!("{{\"{word}\": {}, \"active\": {}}}", scaled(mixed(random), 100), random & 1 == 1)
}

fn uuid(one: u64, other: u64) -> Value {
    let high = one & 0xffff_ffff_ffff_0fff | 0x4000;
    Value::Uuid(u128::from(high) << 64 | u128::from(other & (u64::MAX >> 2) | 1 << 63))
}

fn macaddr(number: u64) -> [u8; 6] {
    // The first byte says that the address was not given out by anybody.
    let [_, _, _, a, b, c, d, e] = number.to_be_bytes();
    [2, a, b, c, d, e]
}

fn mask(bits: u32) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

fn index(random: u64, length: usize) -> usize {
    usize::try_from(scaled(random, length as u64)).unwrap_or_default()
}

fn low(number: u64) -> u32 {
    u32::try_from(number & 0xffff_ffff).unwrap_or_default()
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn distinct_values_are_distinct() {
        let types = [
            Type::Int8,
            Type::Uuid,
            Type::Text(None),
            Type::Text(Some(4)),
            Type::Char(3),
            Type::Bytea,
            Type::Date,
            Type::Timestamp,
            Type::Inet,
            Type::Macaddr,
            Type::Numeric(None),
            Type::Range(Box::new(Type::Int4)),
            Type::Bits(12),
        ];
        for of in types {
            for look in [Look::Email, Look::Code, Look::Secret, Look::Title, Look::Unknown] {
                let text = |n| distinct(&of, look, Stream::new(1, &["t"]), n).text().unwrap();
                assert_eq!((0..3000).map(text).collect::<BTreeSet<_>>().len(), 3000, "{of:?} {look:?}");
            }
        }
    }

    #[test]
    fn names_say_what_values_look_like() {
        for (name, look) in [
            ("email", Look::Email),
            ("user_email", Look::Email),
            ("created_at", Look::Created),
            ("updated_at", Look::Later),
            ("due_date", Look::Due),
            ("full_name", Look::FullName),
            ("name", Look::Title),
            ("unit_price", Look::Money),
            ("password_hash", Look::Secret),
            ("x", Look::Unknown),
        ] {
            assert_eq!(Look::of(name), look, "{name}");
        }
    }

    #[test]
    fn texts_keep_their_length() {
        for n in 0..500 {
            for look in [Look::Email, Look::Paragraph, Look::Title, Look::Unknown] {
                let Value::Text(text) = plain(&Type::Text(Some(9)), look, Stream::new(1, &["t"]), n) else {
                    panic!()
                };
                assert!(text.len() <= 9 && !text.is_empty(), "{text:?}");
            }
        }
    }
}
