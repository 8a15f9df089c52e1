//! The texts of the repository are understood at first reading: no phrase stands in them that makes a native reader stop.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Each phrase, and what to write instead.
const PHRASES: [(&str, &str); 17] = [
    (r"\b(to|not|cannot|can) be had\b", "could not get …"),
    (r"\blets? us in\b", "accepts the connection"),
    (r"\bwish(es)? to (stop|cancel)\b", "interrupt"),
    (r"\bso many\b", "this many, or name the number"),
    (r"\btold of\b", "reported, named"),
    (r"\b(of ours|of our own)\b", "pmdb's own, private"),
    (r"\b(otherwise than|is otherwise)\b", "different from, has changed"),
    (r"\bbut for\b", "except"),
    (r"\bbehind\b", "after"),
    (r"\bwhat there is\b", "name it"),
    (r"\bmend(s|ed|ing)?\b", "fix"),
    (r"\bwho(so)?ever\b", "the caller, the role, the session that …"),
    (r"\bnobody is told\b", "is not notified"),
    (r"\bnumbers? that the server (has|gives)\b", "OID"),
    (r"\b(a|one) moment\b", "briefly, just now, a point in time"),
    (r"\bit is looked\b", "… looks whether"),
    (r"\bis as good\b", "is equal to, does not depend on"),
];

/// How many bytes before and after a phrase decide whether it is allowed.
const AROUND: usize = 50;

/// Where "behind" says what it says in any book, and why.
const BEHIND: [(&str, &str); 3] = [
    (
        r"behind (a |the |such a |such |transaction )*(pooler|pgbouncer)",
        "it stands between pmdb and the server",
    ),
    (r"behind `?sudo", "the user who called sudo stands behind root"),
    (r"\b(lea(ve|ves|ving)|left|stays?|stayed)\b[^.;:]*\bbehind\b", "what remains after its maker has gone"),
];

#[test]
fn no_text_has_a_phrase_that_a_reader_stumbles_on() {
    let any = PHRASES.map(|(phrase, _)| phrase).join("|");
    // ASCII alone decides where a word ends, which is ten times as fast.
    let any = Regex::new(&format!("(?-u){any}")).unwrap();
    let phrases = PHRASES.map(|(phrase, instead)| (Regex::new(phrase).unwrap(), instead));
    let allowed = BEHIND.map(|(phrase, _)| Regex::new(phrase).unwrap());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut left = Vec::new();
    for path in texts(root) {
        let text = Text::of(&path, &fs::read_to_string(&path).unwrap());
        for found in any.find_iter(&text.words) {
            let around = text.around(found.range());
            if found.as_str() == "behind" && allowed.iter().any(|allowed| allowed.is_match(around)) {
                continue;
            }
            let (_, instead) = phrases.iter().find(|(phrase, _)| phrase.is_match(found.as_str())).unwrap();
            let (shown, line) = (path.strip_prefix(root).unwrap().display(), text.line_at(found.start()));
            left.push(format!("{shown}:{line}: \"{}\"; better: {instead}", found.as_str()));
        }
    }
    assert!(left.is_empty(), "{} places:\n{}", left.len(), left.join("\n"));
}

/// A text without its line breaks and comment signs, since a phrase may be broken at the end of a line.
struct Text {
    words: String,
    /// Where each line begins in the words, and its number.
    lines: Vec<(usize, usize)>,
}

impl Text {
    /// Of the tests only the comments count: what they send to the server may hold any word.
    fn of(path: &Path, source: &str) -> Text {
        let only_comments = path.components().any(|part| part.as_os_str() == "tests");
        let (mut words, mut lines) = (String::new(), Vec::new());
        for (index, line) in source.lines().enumerate() {
            let line = line.trim();
            let is_comment = line.starts_with("//") || line.starts_with("--");
            if only_comments && !is_comment {
                words.push_str(" | ");
                continue;
            }
            lines.push((words.len(), index + 1));
            words.push_str(&line.trim_start_matches(['/', '!', '-', '>', ' ']).to_lowercase());
            words.push(' ');
        }
        Text { words, lines }
    }

    /// A phrase with some words before and after it.
    fn around(&self, phrase: Range<usize>) -> &str {
        let start = (phrase.start.saturating_sub(AROUND)..).find(|at| self.words.is_char_boundary(*at));
        let end =
            (phrase.end + AROUND..).find(|at| *at >= self.words.len() || self.words.is_char_boundary(*at));
        &self.words[start.unwrap()..end.unwrap().min(self.words.len())]
    }

    fn line_at(&self, offset: usize) -> usize {
        let after = self.lines.partition_point(|(start, _)| *start <= offset);
        self.lines[after - 1].1
    }
}

/// The sources and documents of the repository, except this list of phrases.
fn texts(root: &Path) -> Vec<PathBuf> {
    let folders = ["src", "docs", "examples", "benches", "tests"].map(|folder| root.join(folder));
    let files = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|file| root.join(file));
    let mut found: Vec<PathBuf> =
        folders.iter().flat_map(|folder| files_below(folder)).chain(files).collect();
    found.retain(|path| !path.ends_with(file!()));
    found
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] })
        .filter(|path| {
            path.extension().is_some_and(|ending| ["rs", "sql", "md"].iter().any(|text| ending == *text))
        })
        .collect()
}
