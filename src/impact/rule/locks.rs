//! Rules about locks that last longer than they have to, or come at the wrong time.

use std::collections::HashMap;
use std::time::Duration;

use super::{Class, PlanRule, PlanRuleText};
use crate::impact::finding::{Finding, Recipe, together};
use crate::impact::look::HalfView;
use crate::impact::names::begins;
use crate::impact::{Blocking, Blocks, RowWork, cost};

pub(super) const WORK_UNDER_LOCK: PlanRuleText = PlanRuleText {
    id: "work-under-lock",
    class: Class::Blocks,
    title: "a table that is worked on as a whole under a lock",
    text: "\
The statement reads or writes every row of a table while others cannot read or write it, for a reason that no other rule names.",
    given: "\
CREATE TABLE posts (id bigint PRIMARY KEY, author bigint);
ALTER TABLE posts ADD CONSTRAINT author_given CHECK (author > 0) NOT VALID;",
    breaks: "ALTER TABLE posts ADD COLUMN title text, VALIDATE CONSTRAINT author_given;",
    safe: "\
-- migrate:up
ALTER TABLE posts ADD COLUMN title text;
-- migrate:up
ALTER TABLE posts VALIDATE CONSTRAINT author_given;",
};

pub(super) const LOCK_HELD_DURING_WORK: PlanRuleText = PlanRuleText {
    id: "lock-held-during-work",
    class: Class::Blocks,
    title: "a lock that is kept while something else is done",
    text: "\
A lock lives to the end of its transaction, and a migration is one transaction. So a short statement keeps \
everybody waiting until the last statement of the file is done, on whatever table that works. Put the two into migrations of \
their own.",
    given: "\
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE posts (id bigint PRIMARY KEY, author bigint);
ALTER TABLE posts ADD CONSTRAINT author_given CHECK (author > 0) NOT VALID;",
    breaks: "\
ALTER TABLE users ADD COLUMN name text;
ALTER TABLE posts VALIDATE CONSTRAINT author_given;",
    safe: "\
-- migrate:up
ALTER TABLE users ADD COLUMN name text;
-- migrate:up
ALTER TABLE posts VALIDATE CONSTRAINT author_given;",
};

pub(super) const LOCK_QUEUE: PlanRuleText = PlanRuleText {
    id: "lock-queue",
    class: Class::Blocks,
    title: "a lock that has to wait for a transaction that is open for long",
    text: "\
The target has a transaction that has been open for a while and uses the table. The statement waits for its end, and everybody \
who comes later waits for the statement, although they would not have to wait for the transaction. `pmdb up` gives up after \
`--lock-timeout` and tries again; it comes through only when the transaction has ended.",
    given: "CREATE TABLE users (id bigint PRIMARY KEY);",
    breaks: "ALTER TABLE users ADD COLUMN name text;",
    safe: "",
};

/// `explained` is what other rules have found about work.
pub(super) fn find(look: &HalfView<'_>, explained: &[Finding]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, _, work) in look.work_under_lock() {
        let waits_for_others = matches!(work, RowWork::IndexBuild { concurrently: true, .. });
        let is_own = look.lock_over(number, work.relation()).is_some_and(|lock| lock.from == number);
        if is_own && !waits_for_others && look.is_long(number, work) && !is_explained(explained, number) {
            let of = look.name(work.relation());
            let doing = format!("while the statement {} it", verb(work));
            findings.extend(look.blocking_finding(PlanRule::WorkUnderLock, number, work, of, &doing));
        }
    }
    let mut long = LongWork::default();
    findings.extend(look.locks().filter_map(|lock| held(look, lock, explained, &mut long)));
    findings.extend(look.locks().filter_map(|lock| queue(look, lock)));
    findings
}

/// The long work between two statements, without the first one's, the longest first: many locks last as long as each other.
#[derive(Default)]
struct LongWork<'l>(HashMap<(usize, usize), Vec<(usize, &'l RowWork)>>);

impl<'l> LongWork<'l> {
    fn after(&mut self, look: &HalfView<'l>, from: usize, to: usize) -> &[(usize, &'l RowWork)] {
        self.0.entry((from, to)).or_insert_with(|| {
            let waits_for_others =
                |work: &RowWork| matches!(work, RowWork::IndexBuild { concurrently: true, .. });
            let mut long: Vec<(usize, &RowWork)> = look
                .case
                .trace
                .work_during(from + 1, to)
                .filter(|(number, work)| !waits_for_others(work) && look.is_long(*number, work))
                .collect();
            long.sort_by_key(|(number, work)| look.time(*number, work).unwrap_or(Duration::MAX));
            long.reverse();
            long
        })
    }
}

/// A lock of an earlier statement, and the longest work under it that is not spoken of as this table's own.
fn held<'l>(
    look: &HalfView<'l>,
    lock: &Blocking<'_>,
    explained: &[Finding],
    long: &mut LongWork<'l>,
) -> Option<Finding> {
    let mut later = long.after(look, lock.from, lock.to).iter();
    let later =
        later.find(|(number, work)| work.relation() != lock.relation || !is_explained(explained, *number));
    let statements = &look.case.trace.statements;
    let line = |number: usize| statements.get(number).map_or(0, |one| one.location.line);
    let of = look.name(lock.relation);
    let (number, finding) = match later {
        Some((number, work)) => {
            let doing = format!("while line {} {} {}", line(*number), verb(work), look.name(work.relation()));
            (*number, look.finding_under(lock, PlanRule::LockHeldDuringWork, *number, work, of, &doing))
        }
        None => slow(look, lock)?,
    };
    let finding = Finding {
        statement: Some(lock.from),
        location: statements.get(lock.from).map(|one| one.location),
        ..finding
    };
    let lock_statement = statements.get(lock.from).map(|one| one.text.as_str()).unwrap_or_default();
    if begins(lock_statement, "DROP") && is_made_anew(look, lock) {
        let of = look.name(lock.relation);
        return Some(finding.with_recipe(Recipe::note(format!(
            "Make the new {of} beside the old one, under another name, with its indexes and privileges. Then, in a migration of its own, \
             drop the old one and give the new one its name: in two migrations, {of} would not be there in between."
        ))));
    }
    if begins(lock_statement, "LOCK") {
        return Some(finding.with_recipe(Recipe::note(
            "The lock is asked for by LOCK, and is there to protect what comes after it: the two belong together. Do as much of it \
             as can be done before the lock, a few rows at a time, and only the rest under it.",
        )));
    }
    Some(finding.with_recipe(cut(look, lock, number, explained)))
}

/// Whether something else has the name of what is locked afterwards.
fn is_made_anew(look: &HalfView<'_>, lock: &Blocking<'_>) -> bool {
    let name = look.name(lock.relation);
    let mut gone = look.case.trace.lineage.gone.iter().filter(|one| one.of.is_none() && one.name == name);
    gone.any(|one| look.case.trace.lineage.is_taken_over(one))
}

fn is_explained(explained: &[Finding], statement: usize) -> bool {
    explained.iter().any(|finding| finding.statement == Some(statement))
}

/// The transaction in two, before the work; where there is a safe way for the work itself, that stands in its place.
fn cut(look: &HalfView<'_>, lock: &Blocking<'_>, work: usize, explained: &[Finding]) -> Recipe {
    let statements = &look.case.trace.statements;
    let is_frame =
        |text: &str| ["BEGIN", "START TRANSACTION", "COMMIT", "END"].iter().any(|words| begins(text, words));
    let text = |from: usize, to: usize| {
        let own = statements.iter().take(to.min(lock.to + 1)).skip(from);
        let own = own.filter(|one| Some(one.transaction) == statements.get(work).map(|one| one.transaction));
        let texts = own.map(|one| one.text.trim_end().trim_end_matches(';')).filter(|text| !is_frame(text));
        texts.map(|text| format!("{text};")).collect::<Vec<_>>().join("\n")
    };
    let of_work: Vec<&Finding> = explained.iter().filter(|finding| finding.statement == Some(work)).collect();
    let safe_way = match &of_work[..] {
        [only] => only.recipe.as_ref().map(|recipe| recipe.files.clone()).unwrap_or_default(),
        _ => Vec::new(),
    };
    let rest = if safe_way.is_empty() { work } else { work + 1 };
    let before = together(text(0, work));
    let files = [before].into_iter().chain(safe_way).chain([together(text(rest, statements.len()))]);
    Recipe::of(files.filter(|file| !file.sql.is_empty()))
}

/// What takes long where hardly a table has rows takes long on the target, too.
fn slow(look: &HalfView<'_>, lock: &Blocking<'_>) -> Option<(usize, Finding)> {
    let later = look.statements().filter(|(number, _)| (lock.from + 1..=lock.to).contains(number));
    let (number, slowest) = later.filter(|(_, one)| one.is_slow()).max_by_key(|(_, one)| one.took)?;
    let doing = format!("while line {} runs", slowest.location.line);
    let finding = look.finding_during(lock, PlanRule::LockHeldDuringWork, number, &doing, slowest.took);
    Some((number, finding))
}

fn verb(work: &RowWork) -> &'static str {
    match work {
        RowWork::Rewrite(_) => "writes anew",
        RowWork::Scan(_) => "reads every row of",
        RowWork::IndexBuild { .. } => "builds an index of",
        RowWork::ForeignKeyCheck { .. } => "looks up the keys of",
        RowWork::ChangedRows(_) => "changes rows of",
        RowWork::Query(_) => "reads rows of",
    }
}

fn queue(look: &HalfView<'_>, lock: &Blocking<'_>) -> Option<Finding> {
    let open = look.waits_for(lock.relation, lock.blocks)?;
    let of = look.name(lock.relation);
    let who = match lock.blocks {
        Blocks::ReadsAndWrites => "reads and writes",
        _ => "writes",
    };
    let what = format!(
        "{who} of {of} will wait for this statement, which waits for a transaction of {:?} (pid {}) that has been open for {}",
        open.application,
        open.pid,
        cost::magnitude(open.age)
    );
    let note =
        format!("Run it when that transaction has ended: SELECT pg_terminate_backend({}) ends it.", open.pid);
    let recipe = (open.pid != 0).then(|| Recipe::note(note));
    Some(look.finding(PlanRule::LockQueue, Some(lock.from), of, what).with_recipe(recipe))
}
