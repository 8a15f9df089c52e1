//! What is known and to be left out of an answer: `WHAT` or `WHAT:OBJECT`, from an option or a line of a file. What that is
//! (a rule, a kind of object) is for the command.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

use crate::diagnosis::{Diagnose, Diagnosis, Excerpt, FileLocation};
use crate::migration::{Location, line_at, locate};

/// What is to be left out: all of a kind, or what is about some objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore<W> {
    /// Of what kind.
    pub what: W,
    object: Option<String>,
}

/// A line of a file that says what is to be left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreLine<W> {
    /// Where it stands.
    pub location: Location,
    /// What it says.
    pub ignore: Ignore<W>,
}

/// A word that stands for nothing that could be left out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct UnknownWhat {
    /// What is wrong with it.
    pub message: String,
    /// What may be written: `RULE or RULE:OBJECT`.
    pub form: &'static str,
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
    pub problem: UnknownWhat,
}

impl Diagnose for IgnoreError {
    fn diagnosis(&self) -> Diagnosis {
        let IgnoreError { path, location, line, problem } = self;
        let excerpt = Excerpt { line: location.line, text: line.clone(), column: location.column };
        Diagnosis::of(self, "ignore_file")
            .without_database()
            .excerpt(Some(excerpt))
            .at(FileLocation::new(path, Some(*location)), problem.to_string())
            .hint(format!("write {}; `#` begins a comment", problem.form))
    }
}

impl<W> Ignore<W> {
    /// Whether it speaks of this object. A `*` stands for anything; without an object it speaks of all.
    pub fn names(&self, object: &str) -> bool {
        self.object.as_deref().is_none_or(|pattern| matches(pattern, object))
    }

    /// Whether it speaks of some objects alone.
    pub fn is_about_objects(&self) -> bool {
        self.object.is_some()
    }
}

/// Whether a text is as a pattern, in which `*` stands for any text.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for piece in pieces {
        if let Some(earlier) = last.replace(piece) {
            let Some((_, after)) = rest.split_once(earlier) else { return false };
            rest = after;
        }
    }
    match last {
        Some(last) => rest.ends_with(last),
        None => rest.is_empty(),
    }
}

impl<W: FromStr<Err = UnknownWhat>> FromStr for Ignore<W> {
    type Err = UnknownWhat;

    fn from_str(text: &str) -> Result<Ignore<W>, UnknownWhat> {
        let (what, object) = match text.split_once(':') {
            Some((what, object)) => (what, Some(object.trim().to_owned())),
            None => (text, None),
        };
        Ok(Ignore { what: what.trim().parse()?, object })
    }
}

impl<W: fmt::Display> fmt::Display for Ignore<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.object {
            Some(object) => write!(f, "{}:{object}", self.what),
            None => write!(f, "{}", self.what),
        }
    }
}

/// Reads a file with one `WHAT` or `WHAT:OBJECT` a line. `#` begins a comment, but not between double quotes, where it
/// is a part of a name. Blank lines mean nothing.
///
/// # Errors
/// At the first line that names nothing that is known.
pub fn parse_ignores<W: FromStr<Err = UnknownWhat>>(
    path: &Path,
    text: &str,
) -> Result<Vec<IgnoreLine<W>>, IgnoreError> {
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

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in [
            ("a", "a"),
            ("*", ""),
            ("public.orders_*", "public.orders_2026_11"),
            ("*.id", "public.t.id"),
            ("a*b*c", "a-b-b-c"),
            ("a*a", "aa"),
            ("**", "x"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("a", "ab"), ("", "a"), ("public.orders_*", "public.order"), ("a*a", "a"), ("a*b*c", "acb")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
