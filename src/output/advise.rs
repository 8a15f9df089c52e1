//! `pmdb advise` as text: rule by rule, with the SQL ready to be copied.

use std::fmt::Write;

use crate::advise::{Advice, Rule};
use crate::commands::AdviseReport;

use super::printable::printable;
use super::{FAINT, GOOD, STRONG, UNDONE};

/// Sentences are broken before this column.
const WIDTH: usize = 80;

pub(super) fn text(report: &AdviseReport) -> String {
    let mut text = String::new();
    for of_one_rule in report.findings.chunk_by(|one, next| one.rule == next.rule) {
        if let [first, ..] = of_one_rule {
            text.push_str(&heading(first.rule));
        }
        of_one_rule.iter().for_each(|finding| text.push_str(&finding_text(finding)));
    }
    let _ = writeln!(text, "{}", summary(report));
    text
}

fn heading(rule: Rule) -> String {
    format!("{STRONG}{rule}{STRONG:#} {FAINT}({}){FAINT:#}\n", rule.about().title)
}

/// What a rule says of itself.
pub(super) fn rule_text(rule: Rule) -> String {
    let about = rule.about();
    let mut text = heading(rule);
    for paragraph in about.text.split("\n\n") {
        let _ = write!(text, "\n{}\n", wrapped(paragraph, WIDTH).join("\n"));
    }
    if !about.thresholds.is_empty() {
        text.push_str("\nA finding is made when all of this is so:\n");
    }
    for threshold in about.thresholds {
        let _ = writeln!(text, "- {}", wrapped(&threshold.condition(), WIDTH - 2).join("\n  "));
    }
    for (title, sql) in [("breaks the rule", about.breaks), ("does not", about.corrected)] {
        let _ = write!(text, "\n{FAINT}-- {title}{FAINT:#}\n{GOOD}{sql}{GOOD:#}\n");
    }
    text
}

fn finding_text(finding: &Advice) -> String {
    let mut text = format!("  {UNDONE}{}{UNDONE:#}\n", printable(&finding.object).replace('\n', " "));
    for line in wrapped(&printable(&finding.why), WIDTH - 4) {
        let _ = writeln!(text, "    {line}");
    }
    for line in printable(&finding.fix).lines() {
        let style = if line.starts_with("--") { FAINT } else { GOOD };
        let _ = writeln!(text, "    {style}{line}{style:#}");
    }
    text.push('\n');
    text
}

/// The words of a sentence in lines of at most `width` characters, except where a single word is longer.
fn wrapped(sentence: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in sentence.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn summary(report: &AdviseReport) -> String {
    let found = match report.findings.len() {
        0 => "nothing to advise".to_owned(),
        1 => "1 finding".to_owned(),
        many => format!("{many} findings"),
    };
    match report.ignored {
        0 => format!("{}: {found}", report.database),
        ignored => format!("{}: {found}, {ignored} ignored", report.database),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_broken_between_words_and_a_long_word_has_its_own_line() {
        assert_eq!(wrapped("a bc def", 4), ["a bc", "def"]);
        assert_eq!(wrapped("a bcdefg h", 3), ["a", "bcdefg", "h"]);
        assert_eq!(wrapped("größe öäü", 9), ["größe öäü"]);
        assert!(wrapped("", 4).is_empty());
    }
}
