//! Findings that are known and to be left out: `RULE` or `RULE:OBJECT`, from an option or a line of a file.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

use super::{Finding, Rule};
use crate::migration::{Location, line_at, locate};

/// What is to be left out: all findings of a rule, or the one about an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore {
    rule: Rule,
    object: Option<String>,
}

/// A line of a file that says what is to be left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreLine {
    /// Where it stands.
    pub location: Location,
    /// What it says.
    pub ignore: Ignore,
}

/// A name that no rule has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no rule is called {name:?}; the rules are {}", Rule::ALL.map(Rule::id).join(", "))]
pub struct UnknownRule {
    name: String,
}

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}:{location}: {problem}", path.display())]
pub struct IgnoreError {
    /// The file.
    pub path: PathBuf,
    /// Where in it.
    pub location: Location,
    /// The line.
    pub line: String,
    /// What is wrong with it.
    pub problem: UnknownRule,
}

impl Ignore {
    /// Whether the finding is to be left out.
    pub fn covers(&self, finding: &Finding) -> bool {
        self.rule == finding.rule && self.object.as_ref().is_none_or(|object| *object == finding.object)
    }
}

impl FromStr for Ignore {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Ignore, UnknownRule> {
        let (rule, object) = match text.split_once(':') {
            Some((rule, object)) => (rule, Some(object.trim().to_owned())),
            None => (text, None),
        };
        let unknown = || UnknownRule { name: rule.trim().to_owned() };
        Ok(Ignore { rule: Rule::by_id(rule.trim()).ok_or_else(unknown)?, object })
    }
}

impl fmt::Display for Ignore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.object {
            Some(object) => write!(f, "{}:{object}", self.rule),
            None => write!(f, "{}", self.rule),
        }
    }
}

/// Reads a file with one `RULE` or `RULE:OBJECT` a line. `#` begins a comment, but not between double quotes, where it
/// is a part of a name. Blank lines mean nothing.
///
/// # Errors
/// At the first line that names no rule.
pub fn parse_ignores(path: &Path, text: &str) -> Result<Vec<IgnoreLine>, IgnoreError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = Vec::new();
    for entry in entries(text) {
        let location = locate(text, entry.start);
        let ignore = text.get(entry).unwrap_or_default().parse().map_err(|problem| IgnoreError {
            path: path.to_owned(),
            location,
            line: line_at(text, location).to_owned(),
            problem,
        })?;
        lines.push(IgnoreLine { location, ignore });
    }
    Ok(lines)
}

/// Where each line says something: without the comment and the blanks around.
fn entries(text: &str) -> Vec<Range<usize>> {
    let mut entries = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        let said = without_comment(line).trim_end();
        let trimmed = said.trim_start();
        if !trimmed.is_empty() {
            entries.push(start + said.len() - trimmed.len()..start + said.len());
        }
        start += line.len();
    }
    entries
}

fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    let comment = line.find(|c| {
        quoted ^= c == '"';
        c == '#' && !quoted
    });
    line.get(..comment.unwrap_or(line.len())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<IgnoreLine>, IgnoreError> {
        parse_ignores(Path::new("advise.ignore"), text)
    }

    fn texts(text: &str) -> Vec<String> {
        parse(text).unwrap().iter().map(|line| format!("{} {}", line.location, line.ignore)).collect()
    }

    #[test]
    fn a_line_names_a_rule_and_perhaps_an_object() {
        let text =
            "json-column\n\n  varchar-limit : public.t.name  # a legal limit\n# nothing\r\nmoney-column:a.b";
        assert_eq!(
            texts(text),
            ["1:1 json-column", "3:3 varchar-limit:public.t.name", "5:1 money-column:a.b"]
        );
    }

    #[test]
    fn between_quotes_a_hash_and_a_colon_are_parts_of_a_name() {
        let text = "mixed-case-name:public.\"A # \"\"b:c\" # why";
        assert_eq!(texts(text), ["1:1 mixed-case-name:public.\"A # \"\"b:c\""]);
    }

    #[test]
    fn an_unknown_rule_is_an_error_with_its_place() {
        let error = parse("\u{feff}# known\n\n  jsön-column:x # y\n").unwrap_err();
        assert_eq!(
            (error.location, error.line.as_str()),
            (Location { line: 3, column: 3 }, "  jsön-column:x # y")
        );
        let message = error.to_string();
        assert!(message.starts_with("advise.ignore:3:3: no rule is called \"jsön-column\"; the rules are "));
        assert!(message.contains(", json-column, "), "{message}");
        assert!(parse(":public.t").is_err());
    }

    #[test]
    fn an_object_is_compared_as_a_whole() {
        let finding = Finding {
            rule: Rule::JsonColumn,
            object: "public.t.a".to_owned(),
            why: String::new(),
            fix: String::new(),
        };
        let covers = |text: &str| text.parse::<Ignore>().unwrap().covers(&finding);
        assert!(covers("json-column") && covers("json-column:public.t.a"));
        assert!(!covers("json-column:public.t") && !covers("json-column:") && !covers("money-column"));
    }
}
