//! What the connection string asks for in its `options`, and whether the session has it: some poolers drop `options`
//! without a word (PgBouncer's `ignore_startup_parameters`).

use std::fmt;

use postgres_protocol::escape::escape_literal;
use tokio_postgres::SimpleQueryRow;

/// The settings that `options` asks for: `-c name=value` and `--name=value` (PostgreSQL manual, "postgres", options).
/// What else it may hold says nothing about a setting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AskedSettings(Vec<(String, String)>);

/// A setting that was asked for, and that the session does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoredSetting {
    /// Its name.
    pub name: String,
    /// What was asked for.
    pub wanted: String,
    /// What the session has; `None` where it is not set at all.
    pub actual: Option<String>,
}

/// By this column the answers are known.
const COLUMN: &str = "asked_setting";

impl AskedSettings {
    /// Reads `options`. The last of several values for a setting counts.
    pub(super) fn parse(options: &str) -> AskedSettings {
        let mut asked: Vec<(String, String)> = Vec::new();
        let mut words = words(options).into_iter();
        while let Some(word) = words.next() {
            let setting = match (word.strip_prefix("--"), word.strip_prefix("-c")) {
                (Some(setting), _) => Some(setting.to_owned()),
                (None, Some("")) => words.next(),
                (None, Some(setting)) => Some(setting.to_owned()),
                (None, None) => None,
            };
            let Some((name, value)) = setting.as_deref().and_then(|setting| setting.split_once('=')) else {
                continue;
            };
            let name = name.replace('-', "_").to_lowercase();
            asked.retain(|(other, _)| *other != name);
            asked.push((name, value.to_owned()));
        }
        AskedSettings(asked)
    }

    /// A query that tells, for each of them, what the session has. `None` where nothing is asked for.
    ///
    /// A value may be written in several ways (`5s`, `5000`; `on`, `true`). Where the text is another one, the server
    /// itself is asked what ours would read like, by setting it to the end of the transaction; that is not possible for all, and
    /// those that cannot be changed later were accepted if they came with the start of the session.
    pub(crate) fn query(&self) -> Option<String> {
        let values: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("({}, {})", escape_literal(name), escape_literal(value)))
            .collect();
        if values.is_empty() {
            return None;
        }
        Some(format!(
            "SELECT asked.name AS {COLUMN}, asked.wanted, asked.actual, \
             CASE WHEN asked.actual IS NULL OR asked.actual OPERATOR(pg_catalog.=) asked.wanted THEN asked.wanted \
             WHEN known.context OPERATOR(pg_catalog.=) 'user' THEN pg_catalog.set_config(asked.name, asked.wanted, true) \
             WHEN known.source OPERATOR(pg_catalog.=) 'client' THEN asked.actual \
             ELSE asked.wanted END AS reads \
             FROM (SELECT name, wanted, pg_catalog.current_setting(name, true) AS actual \
             FROM (VALUES {}) AS given (name, wanted) OFFSET 0) AS asked \
             LEFT JOIN pg_catalog.pg_settings AS known ON pg_catalog.lower(known.name) OPERATOR(pg_catalog.=) asked.name",
            values.join(", ")
        ))
    }
}

impl IgnoredSetting {
    /// Whether the row is an answer to [`AskedSettings::query`]; and if so, the setting that the session does not have.
    pub(crate) fn from_row(row: &SimpleQueryRow) -> Option<Option<IgnoredSetting>> {
        let name = row.columns().first().filter(|column| column.name() == COLUMN).and_then(|_| row.get(0))?;
        let text = |column: &str| row.try_get(column).ok().flatten();
        let (wanted, actual) = (text("wanted").unwrap_or_default(), text("actual"));
        let is_so = actual.is_some_and(|actual| Some(actual) == text("reads") || same_list(actual, wanted));
        let ignored = || IgnoredSetting {
            name: name.to_owned(),
            wanted: wanted.to_owned(),
            actual: actual.map(str::to_owned),
        };
        Some((!is_so).then(ignored))
    }
}

/// A pooler that passes a setting on may put other blanks into a list.
fn same_list(one: &str, other: &str) -> bool {
    let items = |list: &str| list.split(',').map(|item| item.trim().to_owned()).collect::<Vec<_>>();
    items(one) == items(other)
}

impl fmt::Display for IgnoredSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let IgnoredSetting { name, wanted, actual } = self;
        write!(f, "the connection string asks for {name} = {wanted} (options), and the session has ")?;
        match actual {
            Some(actual) => write!(f, "{name} = {actual}"),
            None => f.write_str("no such setting"),
        }
    }
}

/// Cut at white space; a backslash takes the next character as it is.
fn words(options: &str) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), None::<String>);
    let mut characters = options.chars();
    while let Some(character) = characters.next() {
        match character {
            blank if blank.is_ascii_whitespace() => words.extend(word.take()),
            '\\' => word.get_or_insert_default().extend(characters.next()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(options: &str) -> String {
        let AskedSettings(asked) = AskedSettings::parse(options);
        asked.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn every_way_to_write_a_setting_is_understood() {
        assert_eq!(
            asked("-c search_path=a,b -cgeqo=off  --statement-timeout=5s -c app.Tenant=7"),
            "search_path=a,b | geqo=off | statement_timeout=5s | app.tenant=7"
        );
        assert_eq!(asked(r"-c search_path=a,\ b -c role=x\\y"), r"search_path=a, b | role=x\y");
    }

    #[test]
    fn the_last_of_two_values_counts() {
        assert_eq!(asked("-c role=a -c geqo=on -c ROLE=b"), "geqo=on | role=b");
    }

    #[test]
    fn what_says_nothing_about_a_setting_is_passed_over() {
        for options in ["", "  ", "-e", "-B 5", "-c", "-c geqo", "--geqo", "endpoint=x", "\\"] {
            assert_eq!(asked(options), "", "{options}");
            assert_eq!(AskedSettings::parse(options).query(), None);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_options_can_be_read(options in "[-a-c= \\\\]{0,20}") {
            let _ = AskedSettings::parse(&options).query();
        }
    }
}
