//! `pmdb plan` as text: file by file, and for each table who has to wait, from which statement to which, for what work.

use std::fmt::Write;

use super::report::nothing_text;
use super::snippet::printable;
use super::{BAD, FAINT, GOOD, STRONG, UNDONE};
use crate::commands::{BlockedRelation, FileImpact, ImpactReport, RelationSize, SizedWork};
use crate::impact::{Blocks, Relation, Work};
use crate::migration::Direction;

pub(super) fn text(report: &ImpactReport) -> String {
    if let Some(nothing) = &report.nothing {
        return format!("{}: {}\n", report.database, nothing_text(nothing, "migration"));
    }
    let mut text: String = report.files.iter().map(file_text).collect();
    for gap in &report.gaps {
        let _ = writeln!(text, "{FAINT}{}{FAINT:#}", printable(gap));
    }
    let _ = writeln!(text, "{STRONG}{}:{STRONG:#} {}", printable(&report.database.to_string()), summary(report));
    text
}

fn file_text(file: &FileImpact) -> String {
    let way = match file.direction {
        Direction::Up => "",
        Direction::Down => "down, ",
    };
    let how = if file.transaction { "one transaction" } else { "no transaction" };
    let mut text = format!(
        "{STRONG}{} {}{STRONG:#} {FAINT}({way}{how}; {}){FAINT:#}\n",
        file.version,
        printable(&file.name),
        printable(&file.file)
    );
    for blocked in &file.blocked {
        text.push_str(&blocked_text(blocked, file));
    }
    text.push_str(&free_work(file));
    if let Some(error) = &file.error {
        let code = error.code.as_deref().map_or_else(String::new, |code| format!(" (SQLSTATE {code})"));
        let message = printable(&error.message).replace('\n', " ");
        let _ = writeln!(text, "  {BAD}fails at line {}:{BAD:#} {message}{code}", error.location.line);
    } else if file.blocked.is_empty() {
        let _ = writeln!(text, "  {GOOD}nobody has to wait{GOOD:#}");
    }
    text.push('\n');
    text
}

fn blocked_text(blocked: &BlockedRelation, file: &FileImpact) -> String {
    let (style, who) = match blocked.blocks {
        Blocks::ReadsAndWrites => (BAD, "reads and writes wait"),
        Blocks::Writes => (UNDONE, "writes wait"),
        Blocks::Definitions => (FAINT, "only changes of its definition wait"),
    };
    let mut text = format!(
        "  {STRONG}{}{STRONG:#}{}: {style}{who}{style:#}, {}",
        name(&blocked.relation),
        size(blocked.size),
        span(blocked, file)
    );
    if blocked.meanwhile.is_empty() {
        text.push_str(": for a moment, no work on rows is done meanwhile\n");
        return text;
    }
    text.push('\n');
    for work in &blocked.meanwhile {
        let _ = writeln!(text, "    {}", work_text(work));
    }
    text
}

/// From which statement to which, with their lines.
fn span(blocked: &BlockedRelation, file: &FileImpact) -> String {
    let line = |statement: usize| {
        let statement = statement.checked_sub(1).and_then(|index| file.statements.get(index));
        statement.map_or(0, |statement| statement.location.line)
    };
    let (from, to) = (blocked.from_statement, blocked.to_statement);
    if from == to {
        return format!("statement {from} (line {})", line(from));
    }
    if line(from) == line(to) {
        return format!("statements {from} to {to} (line {})", line(from));
    }
    format!("statements {from} to {to} (lines {} to {})", line(from), line(to))
}

/// Work while which nobody waits.
fn free_work(file: &FileImpact) -> String {
    let mut text = String::new();
    for (index, statement) in file.statements.iter().enumerate() {
        let is_under_a_lock =
            |blocked: &BlockedRelation| blocked.meanwhile.iter().any(|work| work.statement == index + 1);
        if file.blocked.iter().any(is_under_a_lock) {
            continue;
        }
        for work in statement.work.iter().filter(|work| work.relation().on_target.is_some()) {
            let work = SizedWork { statement: index + 1, work: work.clone(), size: None };
            let _ = writeln!(text, "  {}, and nobody waits for it", work_text(&work));
        }
    }
    text
}

fn work_text(work: &SizedWork) -> String {
    let what = match &work.work {
        Work::Rewrite(table) => format!("writes every row of {} again", name(table)),
        Work::Scan(table) => format!("reads every row of {}", name(table)),
        Work::IndexBuild { index, table, .. } => {
            format!("builds the index {} from every row of {}", printable(index), name(table))
        }
        Work::ForeignKeyCheck { table, parent } => {
            format!("looks up every row of {} in {}", name(table), name(parent))
        }
        Work::ChangedRows(table) => format!("writes rows of {}", name(table)),
    };
    format!("statement {} {what}{}", work.statement, size(work.size))
}

fn name(relation: &Relation) -> String {
    printable(&format!("{}.{}", relation.schema, relation.name)).replace('\n', " ")
}

/// In parentheses, where it is known.
fn size(size: Option<RelationSize>) -> String {
    match size {
        None => String::new(),
        Some(RelationSize { bytes, rows: None }) => format!(" ({})", bytes_text(bytes)),
        Some(RelationSize { bytes, rows: Some(1) }) => format!(" ({}, 1 row)", bytes_text(bytes)),
        Some(RelationSize { bytes, rows: Some(rows) }) => {
            format!(" ({}, {} rows)", bytes_text(bytes), count(rows))
        }
    }
}

/// As `pg_size_pretty` writes it.
fn bytes_text(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    let mut size = bytes;
    let mut unit = "bytes";
    for next in UNITS {
        if size < 10 * 1024 {
            break;
        }
        (size, unit) = (size.div_ceil(1024), next);
    }
    format!("{size} {unit}")
}

fn count(rows: u64) -> String {
    match rows {
        0..100_000 => rows.to_string(),
        100_000..10_000_000 => format!("{} thousand", rows / 1000),
        _ => format!("{} million", rows / 1_000_000),
    }
}

fn summary(report: &ImpactReport) -> String {
    let files = match report.files.len() {
        1 => "1 file".to_owned(),
        many => format!("{many} files"),
    };
    let worst = |blocks: Blocks| {
        let blocked = report.files.iter().flat_map(|file| &file.blocked);
        blocked.filter(|one| one.blocks == blocks && !one.meanwhile.is_empty()).count()
    };
    match (worst(Blocks::ReadsAndWrites), worst(Blocks::Writes)) {
        (0, 0) => format!("{files}, and nobody has to wait for work on rows"),
        (0, writes) => format!("{files}; writes wait for work on rows {writes} times"),
        (reads, 0) => format!("{files}; reads and writes wait for work on rows {reads} times"),
        (reads, writes) => format!(
            "{files}; reads and writes wait for work on rows {reads} times, writes alone {writes} times"
        ),
    }
}
