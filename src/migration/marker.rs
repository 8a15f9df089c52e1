use std::fmt;

use super::batch_key::BatchKey;
use super::version::Version;

/// The two ways that a migration goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Towards a newer schema.
    Up,
    /// Back again.
    Down,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Direction::Up => "up",
            Direction::Down => "down",
        })
    }
}

/// How a half runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TransactionMode {
    /// As one transaction, together with its row in the history.
    #[serde(rename = "inside")]
    Transactional,
    /// Statement by statement: `transaction:false`.
    #[serde(rename = "outside")]
    NonTransactional,
}

/// A marker line: `-- migrate:up transaction:false`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marker {
    pub(crate) direction: Direction,
    pub(crate) mode: TransactionMode,
    /// `batch:tasks(id)`: the half is a backfill along this key.
    pub(crate) batch: Option<BatchKey>,
    /// `deferred:true`: `up` passes the backfill, and `up --backfills` runs it.
    pub(crate) deferred: bool,
    /// `requires:0012`: which migrations have to be applied before this one.
    pub(crate) requires: Vec<Version>,
}

/// What is wrong with a marker line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MarkerError {
    /// `migrate:` is followed by something else than `up` or `down`.
    Direction { word: String },
    /// An option that there is not.
    Option { option: String },
    /// An option that is true or false has another value.
    Value { option: &'static str, value: String },
    /// `batch:` is followed by something else than a table with columns.
    Key { value: String },
    /// `batch:` and `transaction:` stand in one line.
    BatchAndTransaction,
    /// `deferred:` stands where there is no backfill.
    DeferredWithoutBatch,
    /// `requires:` is followed by something that is no version.
    Requirement { value: String },
    /// An option of the way up stands on the way down.
    UpOnly { option: &'static str },
}

/// Whether a line comment reads as a marker, be it a right one or a mistaken one.
///
/// `-- migrate:` with a word right after it does; `-- migrate: down`, too, when nothing but options follow.
/// Any other text is a comment, so that prose may begin with "migrate:".
pub(crate) fn looks_like_one(comment: &[u8]) -> bool {
    let Some(rest) = after_keyword(comment) else {
        return false;
    };
    let mut words = rest.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let Some(first) = words.next() else {
        return false;
    };
    let glued = rest.starts_with(first);
    let is_direction = first.eq_ignore_ascii_case(b"up") || first.eq_ignore_ascii_case(b"down");
    glued || (is_direction && words.all(|word| word.contains(&b':')))
}

/// Reads a line comment that [`looks_like_one`].
///
/// White space between `--` and `migrate:` may be any or none, as dbmate has it.
pub(crate) fn read(comment: &str) -> Result<Marker, MarkerError> {
    let inside = comment.strip_prefix("--").unwrap_or(comment).trim_ascii();
    let mut words = words(inside);
    let direction = match words.next() {
        Some("migrate:up") => Direction::Up,
        Some("migrate:down") => Direction::Down,
        _ => return Err(MarkerError::Direction { word: inside.to_owned() }),
    };
    let (mut mode, mut batch) = (None, None);
    let (mut deferred, mut requires) = (false, Vec::new());
    for option in words {
        match option.split_once(':') {
            Some(("transaction", "false")) => mode = Some(TransactionMode::NonTransactional),
            Some(("transaction", "true")) => mode = Some(TransactionMode::Transactional),
            Some(("transaction", value)) => return Err(wrong_value("transaction", value)),
            Some(("deferred", "true")) => deferred = true,
            Some(("deferred", "false")) => deferred = false,
            Some(("deferred", value)) => return Err(wrong_value("deferred", value)),
            Some(("requires", value)) => {
                for version in value.split(',') {
                    let requirement = MarkerError::Requirement { value: value.to_owned() };
                    requires.push(version.parse().map_err(|_| requirement)?);
                }
            }
            Some(("batch", value)) => {
                let key = BatchKey::read(value);
                batch = Some(key.ok_or_else(|| MarkerError::Key { value: value.to_owned() })?);
            }
            _ => return Err(MarkerError::Option { option: option.to_owned() }),
        }
    }
    let mode = match (mode, &batch) {
        (Some(_), Some(_)) => return Err(MarkerError::BatchAndTransaction),
        (None, Some(_)) => TransactionMode::NonTransactional,
        (mode, None) => mode.unwrap_or(TransactionMode::Transactional),
    };
    if deferred && batch.is_none() {
        return Err(MarkerError::DeferredWithoutBatch);
    }
    for (option, is_given) in [("deferred", deferred), ("requires", !requires.is_empty())] {
        if is_given && direction == Direction::Down {
            return Err(MarkerError::UpOnly { option });
        }
    }
    Ok(Marker { direction, mode, batch, deferred, requires })
}

fn wrong_value(option: &'static str, value: &str) -> MarkerError {
    MarkerError::Value { option, value: value.to_owned() }
}

/// The words of a marker. White space within parentheses and quotes is part of a word.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut depth) = (false, 0_usize);
    let ends_word = move |c: char| {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        c.is_ascii_whitespace() && !quoted && depth == 0
    };
    text.split(ends_word).filter(|word| !word.is_empty())
}

/// What follows `-- migrate:`. Upper case is recognised too, so that the error can say that it does not work.
fn after_keyword(comment: &[u8]) -> Option<&[u8]> {
    const KEYWORD: &[u8] = b"migrate:";
    let inside = comment.strip_prefix(b"--")?.trim_ascii_start();
    let (keyword, rest) = inside.split_at_checked(KEYWORD.len())?;
    keyword.eq_ignore_ascii_case(KEYWORD).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(direction: Direction, mode: TransactionMode) -> Result<Marker, MarkerError> {
        Ok(Marker { direction, mode, batch: None, deferred: false, requires: Vec::new() })
    }

    #[test]
    fn white_space_is_free_as_it_is_for_dbmate() {
        for comment in
            ["-- migrate:up", "--migrate:up", "--\t  migrate:up \t", "-- migrate:up\t transaction:true"]
        {
            assert!(looks_like_one(comment.as_bytes()), "{comment}");
            assert_eq!(read(comment), marker(Direction::Up, TransactionMode::Transactional), "{comment}");
        }
        let outside = "--migrate:down   transaction:false";
        assert_eq!(read(outside), marker(Direction::Down, TransactionMode::NonTransactional));
    }

    #[test]
    fn a_mistaken_word_still_reads_as_a_marker() {
        for word in
            ["migrate:dwon", "migrate:", "migrate:up;", "Migrate:Up", "migrate:up-section", "migrate: up"]
        {
            let comment = format!("-- {word}");
            assert_eq!(looks_like_one(comment.as_bytes()), word != "migrate:", "{comment}");
            assert_eq!(read(&comment), Err(MarkerError::Direction { word: word.to_owned() }), "{comment}");
        }
    }

    #[test]
    fn prose_is_no_marker() {
        for comment in
            ["-- migrate the users", "-- migrate: users first", "-- see migrate:up", "---- migrate:up", "--"]
        {
            assert!(!looks_like_one(comment.as_bytes()), "{comment}");
        }
    }

    #[test]
    fn options_and_their_values_are_checked() {
        let option = |option: &str| Err(MarkerError::Option { option: option.to_owned() });
        assert_eq!(read("-- migrate:up transaction"), option("transaction"));
        assert_eq!(read("-- migrate:up transaction:false lock:none"), option("lock:none"));
        assert_eq!(read("-- migrate:up transaction:no"), Err(wrong_value("transaction", "no")));
        assert_eq!(read("-- migrate:up batch:t"), Err(MarkerError::Key { value: "t".to_owned() }));
        let both = read("-- migrate:up transaction:false batch:t(id)");
        assert_eq!(both, Err(MarkerError::BatchAndTransaction));
        assert_eq!(read("-- migrate:up deferred:true"), Err(MarkerError::DeferredWithoutBatch));
        let down = read("-- migrate:down batch:t(id) deferred:true");
        assert_eq!(down, Err(MarkerError::UpOnly { option: "deferred" }));
        assert_eq!(read("-- migrate:down requires:2"), Err(MarkerError::UpOnly { option: "requires" }));
        assert_eq!(read("-- migrate:up requires:x"), Err(MarkerError::Requirement { value: "x".to_owned() }));
    }

    #[test]
    fn a_migration_may_require_several_others() {
        let marker = read("-- migrate:up requires:0012,0014 batch:t(id) deferred:true requires:3").unwrap();
        let requires: Vec<&str> = marker.requires.iter().map(Version::as_str).collect();
        assert_eq!((requires, marker.deferred), (vec!["0012", "0014", "3"], true));
    }

    #[test]
    fn a_key_may_hold_blanks() {
        let marker = read("-- migrate:up   batch:\"my tasks\"(a, \"b )\")").unwrap();
        let key = marker.batch.unwrap();
        assert_eq!(
            (key.table.name.as_str(), key.columns),
            ("my tasks", vec!["a".to_owned(), "b )".to_owned()])
        );
        assert_eq!(marker.mode, TransactionMode::NonTransactional);
    }
}
