//! A comment on a pull request, as code hosts render Markdown.

use std::fmt::Write;

use super::file;
use crate::impact::Finding;
use crate::output::printable::one_line;

/// All findings, by file, each with its recipe to unfold; what of the target could not be seen; and what is said of backfills
/// and of what waits for another migration.
pub(super) fn comment(findings: &[Finding], gaps: &[String], backfills: &[String]) -> String {
    let mut text = match findings.len() {
        0 if gaps.is_empty() => "### `pmdb plan`: nothing to worry about\n".to_owned(),
        0 => "### `pmdb plan`: no finding in what could be seen\n".to_owned(),
        1 => "### `pmdb plan`: 1 finding\n".to_owned(),
        many => format!("### `pmdb plan`: {many} findings\n"),
    };
    let mut last = None;
    for finding in findings {
        let file = file(finding);
        if last.as_ref() != Some(&file) {
            let _ = write!(text, "\n#### {}\n", code(&file));
        }
        last = Some(file);
        text += &section(finding);
    }
    text + &list("Not seen of the database", gaps) + &list("Backfills, and what waits", backfills)
}

/// Sentences below a heading; nothing where there are none.
fn list(heading: &str, sentences: &[String]) -> String {
    if sentences.is_empty() {
        return String::new();
    }
    let items: String = sentences.iter().map(|sentence| format!("- {}\n", words(sentence))).collect();
    format!("\n{heading}:\n\n{items}")
}

fn section(finding: &Finding) -> String {
    let place = finding.location.map_or_else(String::new, |location| format!("line {}, ", location.line));
    let mut text = format!(
        "\n**{}**: {place}{} ({})\n\n{}\n",
        finding.class,
        code(&finding.object),
        code(&finding.rule.to_string()),
        words(&finding.what)
    );
    if let Some(recipe) = &finding.recipe {
        let sql = recipe.sql();
        let fence = fence(&sql);
        let _ = write!(
            text,
            "\n<details><summary>The safe way</summary>\n\n{fence}sql\n{}\n{fence}\n\n</details>\n",
            sql.trim_end()
        );
    }
    text
}

/// A name as code. It may hold a backtick, and a line break is shown as what cannot be shown.
fn code(name: &str) -> String {
    let name = one_line(name);
    let ticks = "`".repeat(longest_run(&name) + 1);
    let blank = if name.starts_with('`') || name.ends_with('`') { " " } else { "" };
    format!("{ticks}{blank}{name}{blank}{ticks}")
}

/// A sentence in which nothing but text between backticks has a meaning: names may hold anything, also a single backtick.
fn words(sentence: &str) -> String {
    let is_paired = sentence.matches('`').count().is_multiple_of(2);
    let mut text = String::new();
    let mut in_code = false;
    for letter in one_line(sentence).chars() {
        let is_special = "\\*_[]<>&#|~@".contains(letter) && !in_code;
        if letter == '`' && is_paired {
            in_code = !in_code;
        } else if is_special || letter == '`' {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

/// Longer than any fence in the text.
fn fence(text: &str) -> String {
    "`".repeat(longest_run(text).max(2) + 1)
}

fn longest_run(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for letter in text.chars() {
        run = if letter == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}
