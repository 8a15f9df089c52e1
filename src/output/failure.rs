//! Errors as text: what happened, where, what state things are in now, what to type next.

use std::fmt::Write;

use crate::diagnosis::{Database, Diagnosis, Excerpt, Headline};

use super::printable::{one_line, printable, set_in};
use super::snippet::snippet;
use super::{BAD, NOTE};

pub(super) fn text(diagnosis: &Diagnosis) -> String {
    let mut text: String = diagnosis.headlines.iter().map(headline).collect();
    for (name, value) in &diagnosis.server {
        let _ = writeln!(text, "{name}: {}", set_in(value));
    }
    for sentence in &diagnosis.state {
        let _ = writeln!(text, "{}", set_in(sentence));
    }
    if let Database::Named { line: Some(line), .. } = &diagnosis.database {
        let _ = writeln!(text, "{NOTE}database:{NOTE:#} {}", one_line(line));
    }
    if let Some(hint) = &diagnosis.hint {
        let _ = writeln!(text, "{NOTE}hint:{NOTE:#} {}", printable(hint).replace('\n', "\n      "));
    }
    text
}

fn headline(Headline { text, excerpt }: &Headline) -> String {
    let line = match excerpt {
        Some(Excerpt { line, text, column }) => snippet(*line, text, *column),
        None => String::new(),
    };
    format!("{BAD}error:{BAD:#} {}\n{line}", set_in(text))
}
