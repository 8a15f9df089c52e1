//! `pmdb plan` as text: file by file, and for each table who has to wait, from which statement to which, for what work.

use std::fmt::Write;
use std::time::Duration;

use super::advise::wrapped;
use super::backfill::{duration, waiting};
use super::nothing::nothing_text;
use super::printable::{one_line, printable};
use super::{BAD, FAINT, GOOD, STRONG, UNDONE};
use crate::commands::{BackfillEstimate, BlockedRelation, FileImpact, ImpactReport, RelationSize, SizedWork};
use crate::impact::{
    self, Blocks, Class, Finding, HeldLock, LockMode, PlanRule, Relation, RowAnswer, RowCount, RowWork,
    StatementTrace,
};
use crate::migration::Direction;

/// Sentences are broken before this column.
const WIDTH: usize = 96;

pub(super) fn text(report: &ImpactReport) -> String {
    if let Some(nothing) = &report.nothing {
        let nothing = nothing_text(nothing, "migration");
        return format!("{}: {nothing}\n{}", report.database, backfills_text(report));
    }
    let mut text: String = report.files.iter().map(|file| file_text(file, report)).collect();
    for gap in &report.gaps {
        let _ = writeln!(text, "{FAINT}{}{FAINT:#}", one_line(gap));
    }
    let _ =
        writeln!(text, "{STRONG}{}:{STRONG:#} {}", printable(&report.database.to_string()), summary(report));
    text + &backfills_text(report)
}

fn backfills_text(report: &ImpactReport) -> String {
    backfills(report).iter().map(|sentence| format!("{sentence}\n")).collect()
}

/// In sentences, how long backfills would take, which of them `up` passes, and what waits for another migration.
pub(super) fn backfills(report: &ImpactReport) -> Vec<String> {
    let estimates = report.backfills.iter().map(|BackfillEstimate { version, name, rows, batches, seconds }| {
        let (name, time) = (one_line(name), duration(Duration::from_secs(*seconds)));
        let batches = if *batches == 1 { "1 batch".to_owned() } else { format!("{batches} batches") };
        format!("{version} {name} is a backfill: about {rows} rows in {batches}, {time} at 10000 rows a second")
    });
    estimates.chain(waiting(&report.deferred, report.held.as_ref())).collect()
}

fn file_text(file: &FileImpact, report: &ImpactReport) -> String {
    let way = match file.direction {
        Direction::Up => "",
        Direction::Down => "down, ",
    };
    let how = if file.transaction { "one transaction" } else { "no transaction" };
    let mut text = format!(
        "{STRONG}{} {}{STRONG:#} {FAINT}({way}{how}; {}){FAINT:#}\n",
        file.version,
        one_line(&file.name),
        one_line(&file.file)
    );
    for (number, blocked) in file.blocked.iter().enumerate() {
        text.push_str(&blocked_text(blocked, file.blocked.get(..number).unwrap_or_default(), file));
    }
    text.push_str(&free_work(file));
    if let Some(error) = &file.error {
        let code = error.code.as_deref().map_or_else(String::new, |code| format!(" (SQLSTATE {code})"));
        let message = printable(&error.message).replace('\n', " ");
        let _ = writeln!(text, "  {BAD}fails at line {}:{BAD:#} {message}{code}", error.location.line);
    } else if file.blocked.is_empty() && !file.is_unseen && !file.statements.iter().any(locks_rows) {
        let _ = writeln!(text, "  {GOOD}nobody has to wait{GOOD:#}");
    }
    for answer in &file.questions {
        text.push_str(&unanswered(answer));
    }
    let of_file = |finding: &&Finding| finding.version == file.version && finding.direction == file.direction;
    for finding in report.findings.iter().filter(of_file) {
        text.push_str(&finding_text(finding));
    }
    text.push('\n');
    text
}

/// What a rule says of itself.
pub(super) fn rule_text(rule: PlanRule) -> String {
    let about = rule.about();
    let mut text = format!("{STRONG}{rule}{STRONG:#} {FAINT}({}: {}){FAINT:#}\n", about.class, about.title);
    for paragraph in about.text.split("\n\n") {
        let _ = write!(text, "\n{}\n", wrapped(paragraph, WIDTH).join("\n"));
    }
    for (title, sql) in
        [("given", about.given), ("breaks the rule", about.breaks), ("the safe way", about.safe)]
    {
        if !sql.is_empty() {
            let _ = write!(text, "\n{FAINT}-- {title}{FAINT:#}\n{GOOD}{sql}{GOOD:#}\n");
        }
    }
    text
}

fn finding_text(finding: &Finding) -> String {
    let style = match finding.class {
        Class::Fails | Class::Loses => BAD,
        _ => UNDONE,
    };
    let place = finding.location.map_or_else(String::new, |place| format!(", line {}", place.line));
    let mut text = format!(
        "  {style}{}{style:#} {FAINT}({}{place}){FAINT:#} {}\n",
        finding.class,
        finding.rule,
        one_line(&finding.object)
    );
    for line in wrapped(&one_line(&finding.what), WIDTH) {
        let _ = writeln!(text, "    {line}");
    }
    for line in
        finding.recipe.iter().flat_map(|recipe| recipe.sql().lines().map(str::to_owned).collect::<Vec<_>>())
    {
        let style = if line.starts_with("--") { FAINT } else { GOOD };
        match printable(&line) {
            line if line.is_empty() => text.push('\n'),
            line => drop(writeln!(text, "      {style}{line}{style:#}")),
        }
    }
    text
}

/// A question that the target has not answered.
fn unanswered(answer: &RowAnswer) -> String {
    let why = match &answer.outcome {
        RowCount::None | RowCount::Rows(_) | RowCount::AtLeast(_) => return String::new(),
        RowCount::TimedOut => "it takes longer than --ask-timeout".to_owned(),
        RowCount::Locked => "another session has locked the table".to_owned(),
        RowCount::NotAllowed => "this role may not read all of it".to_owned(),
        RowCount::NotThere { message } | RowCount::Unanswered { message } => message.clone(),
    };
    let question = answer.question.to_string();
    format!("  {FAINT}not known: whether {}: {}{FAINT:#}\n", one_line(&question), one_line(&why))
}

/// `told` is what stands before it: its work is not told once more.
fn blocked_text(blocked: &BlockedRelation, told: &[BlockedRelation], file: &FileImpact) -> String {
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
        let is_brief = slow_statement(blocked, file).is_none();
        text.push_str(if is_brief { ", briefly" } else { "" });
        text.push_str(": no work on rows is done meanwhile\n");
        return text;
    }
    let is_told = |work: &SizedWork| {
        told.iter().flat_map(|one| &one.meanwhile).any(|one| one.statement == work.statement)
    };
    if blocked.meanwhile.iter().all(is_told) {
        let _ = writeln!(text, ", during the same work");
        return text;
    }
    text.push('\n');
    for work in &blocked.meanwhile {
        let _ = writeln!(text, "    {}", work_text(work));
    }
    if blocked.more_work > 0 {
        let _ = writeln!(text, "    and {} more, on other tables", blocked.more_work);
    }
    text
}

/// A statement that takes long, whatever rows there are.
fn slow_statement<'f>(blocked: &BlockedRelation, file: &'f FileImpact) -> Option<&'f StatementTrace> {
    let meanwhile = file.statements.iter().take(blocked.to_statement).skip(blocked.from_statement);
    meanwhile.into_iter().find(|statement| statement.is_slow())
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

/// Whether it changes rows of the target, or locks them as `SELECT … FOR UPDATE` does: each until the end of the transaction.
fn locks_rows(statement: &StatementTrace) -> bool {
    let is_on_target = |relation: &Relation| relation.on_target.is_some();
    let changes = |work: &RowWork| matches!(work, RowWork::ChangedRows(table) if is_on_target(table));
    let locks = |lock: &HeldLock| lock.mode == LockMode::RowShare && is_on_target(&lock.relation);
    statement.work.iter().any(changes) || statement.locks.iter().any(locks)
}

/// Work while which nobody waits.
fn free_work(file: &FileImpact) -> String {
    let mut text = String::new();
    for (index, statement) in file.statements.iter().enumerate() {
        let is_under_a_lock = |blocked: &BlockedRelation| {
            (blocked.from_statement..=blocked.to_statement).contains(&(index + 1))
        };
        if file.blocked.iter().any(is_under_a_lock) {
            continue;
        }
        for work in statement.work.iter().filter(|work| work.relation().on_target.is_some()) {
            let work = SizedWork { statement: index + 1, work: work.clone(), size: None, changed_rows: None };
            let who = if locks_rows(statement) {
                "nobody waits but who changes the same rows"
            } else {
                "nobody waits for it"
            };
            let _ = writeln!(text, "  {}, and {who}", work_text(&work));
        }
    }
    text
}

fn work_text(work: &SizedWork) -> String {
    let what = match &work.work {
        RowWork::Rewrite(table) => format!("writes every row of {} again", name(table)),
        RowWork::Scan(table) => format!("reads every row of {}", name(table)),
        RowWork::Query(table) => format!("reads rows of {}", name(table)),
        RowWork::IndexBuild { index, table, .. } => {
            format!("builds the index {} from every row of {}", one_line(index), name(table))
        }
        RowWork::ForeignKeyCheck { table, parent } => {
            format!("looks up every row of {} in {}", name(table), name(parent))
        }
        RowWork::ChangedRows(table) => match &work.changed_rows {
            Some(rows) => format!("writes {rows} of {}", name(table)),
            None => format!("writes rows of {}", name(table)),
        },
    };
    let size = if work.changed_rows.is_some() { String::new() } else { size(work.size) };
    format!("statement {} {what}{size}", work.statement)
}

fn name(relation: &Relation) -> String {
    one_line(&format!("{}.{}", relation.schema, relation.name)).into_owned()
}

/// In parentheses, where it is known.
fn size(size: Option<RelationSize>) -> String {
    let Some(RelationSize { bytes, rows }) = size else { return String::new() };
    let bytes = impact::bytes(bytes);
    match rows {
        None => format!(" ({bytes})"),
        Some(1) => format!(" ({bytes}, 1 row)"),
        Some(rows) => format!(" ({bytes}, {rows} rows)"),
    }
}

fn summary(report: &ImpactReport) -> String {
    let files = match report.files.len() {
        1 => "1 file".to_owned(),
        many => format!("{many} files"),
    };
    let count = |class| report.findings.iter().filter(|finding| finding.class == class).count();
    let classes = [Class::Fails, Class::Loses, Class::Blocks, Class::Breaks, Class::Careless];
    let counts: Vec<String> = classes
        .into_iter()
        .filter(|class| count(*class) > 0)
        .map(|class| format!("{} {class}", count(class)))
        .collect();
    let found = match report.findings.len() {
        0 => format!("{files}, no finding"),
        1 => format!("{files}, 1 finding: {}", counts.join(", ")),
        many => format!("{files}, {many} findings: {}", counts.join(", ")),
    };
    let rest = match (report.complete, report.has_hidden_rows()) {
        (false, _) => ", not tried to the end",
        (true, true) => ", and rows that this role may not read",
        (true, false) => "",
    };
    format!("{found}{rest}{}", left_out(report))
}

/// What is known already.
fn left_out(report: &ImpactReport) -> String {
    match report.ignored + report.allowed {
        0 => String::new(),
        many => format!(" ({many} more accepted)"),
    }
}
