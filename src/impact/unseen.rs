//! What a scratch database cannot show, since its tables have no rows: what runs for each of them, and which rows refer to which.

use super::code::has_branches;
use super::foreign_keys::{Referring, referring};
use super::names::{bare, begins, mentions, quoted, says};
use super::{
    About, FileTrace, HalfStage, HeldLock, LockMode, ParentRows, Relation, RowAnswer, RowCount, RowWork,
    StatementTrace, TargetStats,
};
use crate::catalog::schema::DisplayName;
use crate::catalog::{Catalog, Kind};

/// What a half may do besides, each in a sentence.
pub fn unseen(half: &FileTrace, stats: Option<&TargetStats>) -> Vec<String> {
    let mut told = Vec::new();
    for stage in &half.stages {
        for statement in half.statements.get(stage.statements.clone()).unwrap_or_default() {
            let place = format!("line {} of {}", statement.location.line, half.version);
            for table in changed(statement) {
                told.extend(triggers(stage, statement, table).map(|trigger| {
                    format!("the trigger {trigger} runs its code for each row of {place}: what it does is not known")
                }));
                told.extend(refusing(stage, statement, table, stats).map(|key| {
                    let Referring { table: other, name, .. } = key;
                    format!("whether rows of {other} still refer to those that {place} deletes ({name}) is not known: then it fails")
                }));
            }
            told.extend(functions(stage, statement).map(|function| {
                format!("the function {function} runs for each row of {place}: what it does is not known")
            }));
            if acts_on_what_it_finds(stage, statement) {
                told.push(format!(
                    "what the code of {place} finds in the target's catalog, and does with it, is not known"
                ));
            }
            if makes_statements_of_rows(statement) {
                told.push(format!(
                    "which statements the code of {place} makes of the rows that are there is not known"
                ));
            } else if loops_over_rows(statement) {
                told.push(format!("what the code of {place} does for each row that it reads is not known"));
            } else if has_branches(statement) && reads_rows(statement) {
                told.push(format!(
                    "which way the code of {place} goes with the rows that are there is not known"
                ));
            }
        }
    }
    told
}

/// What the target has answered with "none" and a half may change before it matters, each in a sentence.
pub fn uncertain(half: &FileTrace, answers: &[RowAnswer]) -> Vec<String> {
    let of_new_parents = answers.iter().filter_map(|answer| of_new_parent(half, answer));
    let uncertain = answers.iter().filter(|answer| {
        answer.outcome == RowCount::None && answer.question.may_come && answer.question.made_by.is_none()
    });
    uncertain
        .filter_map(|RowAnswer { question, .. }| {
            let change = question.changed_before.as_ref()?;
            let fails = question.location.map_or_else(String::new, |place| format!(" at line {}", place.line));
            let (line, version) = (change.location.line, &change.version);
            Some(format!(
                "{question}: there are none now; whether line {line} of {version} makes some is not known, and then {} fails{fails}",
                half.version
            ))
        })
        .chain(of_new_parents)
        .collect()
}

/// A foreign key to a table that a pending file makes and may fill.
fn of_new_parent(half: &FileTrace, RowAnswer { question, .. }: &RowAnswer) -> Option<String> {
    let About::Orphans { columns, parent, parent_rows: ParentRows::OfFile, .. } = &question.about else {
        return None;
    };
    let (table, columns) = (&question.table, columns.join(", "));
    let line = question.location.map_or_else(String::new, |place| format!(" at line {}", place.line));
    Some(format!(
        "whether {parent}, which a pending file makes, has all values of {table} ({columns}) by then is not known: else {} fails{line}",
        half.version
    ))
}

/// Whether a statement runs code for rows of the target: that may change rows of any table.
pub(super) fn runs_code_for_rows(stage: &HalfStage, statement: &StatementTrace) -> bool {
    loops_over_rows(statement)
        || writes_by_function(stage, statement)
        || functions(stage, statement).next().is_some()
        || changed(statement).any(|table| triggers(stage, statement, table).next().is_some())
}

/// Whether code makes statements of what it reads in the catalog: a scratch database has neither the tables that were made by hand nor
/// those of other tenants.
fn acts_on_what_it_finds(stage: &HalfStage, statement: &StatementTrace) -> bool {
    const CATALOGS: [&str; 8] = [
        "information_schema",
        "pg_tables",
        "pg_class",
        "pg_namespace",
        "pg_attribute",
        "pg_constraint",
        "pg_indexes",
        "pg_inherits",
    ];
    let acts =
        |code: &str| mentions(code, "EXECUTE") && CATALOGS.iter().any(|catalog| mentions(code, catalog));
    let text = &statement.text;
    let calls = ["SELECT", "CALL", "DO"].iter().any(|word| begins(text, word));
    let called = [&stage.before, &stage.after].into_iter().flat_map(|schema| &schema.objects).filter(
        |(identity, _)| {
            let name = identity.name.split('(').next().unwrap_or_default();
            matches!(identity.kind, Kind::Function | Kind::Procedure) && is_called(text, &bare(name))
        },
    );
    let mut bodies = called.filter_map(|(_, function)| function.get("body"));
    begins(text, "DO") && acts(text) || calls && bodies.any(acts)
}

/// Whether a block makes statements of rows that it reads, without a loop.
fn makes_statements_of_rows(statement: &StatementTrace) -> bool {
    let is_block = begins(&statement.text, "DO") && mentions(&statement.text, "EXECUTE");
    is_block && !has_branches(statement) && reads_rows(statement)
}

fn loops_over_rows(statement: &StatementTrace) -> bool {
    begins(&statement.text, "DO") && mentions(&statement.text, "LOOP") && reads_rows(statement)
}

/// Whether code that goes this way or that may change rows of these tables, although it has changed none where there are none.
pub(super) fn may_change_others(statement: &StatementTrace, tables: &[String]) -> bool {
    let calls = ["EXECUTE", "PERFORM", "CALL"];
    let is_named = |table: &String| mentions(&statement.text, &DisplayName::from_sql(table).name);
    has_branches(statement)
        && (tables.iter().any(is_named) || calls.iter().any(|word| mentions(&statement.text, word)))
}

fn reads_rows(statement: &StatementTrace) -> bool {
    // What is read by an index shows in the lock alone.
    let reads = |lock: &HeldLock| lock.mode == LockMode::AccessShare && lock.relation.on_target.is_some();
    read(statement).is_some() || statement.locks.iter().any(reads)
}

/// The tables of the target in which a statement changes rows.
pub(super) fn changed(statement: &StatementTrace) -> impl Iterator<Item = &Relation> {
    statement.work.iter().filter_map(|work| match work {
        RowWork::ChangedRows(table) if table.on_target.is_some() => Some(table),
        _ => None,
    })
}

/// A table of the target of which a statement reads rows.
pub(super) fn read(statement: &StatementTrace) -> Option<&Relation> {
    statement.work.iter().find_map(|work| match work {
        RowWork::Query(table) if table.on_target.is_some() => Some(table),
        _ => None,
    })
}

/// Those that fire for each row of a table. One for rows that stand in the statement has been fired.
fn triggers<'a>(
    stage: &'a HalfStage,
    statement: &StatementTrace,
    table: &Relation,
) -> impl Iterator<Item = String> + use<'a> {
    triggers_in(&stage.before, statement, Some(written(table)))
}

/// Those of a catalog, of the table of this name.
pub(super) fn triggers_in<'a>(
    catalog: &'a Catalog,
    statement: &StatementTrace,
    of: Option<String>,
) -> impl Iterator<Item = String> + use<'a> {
    let events: &[&str] = match &statement.text {
        text if begins(text, "UPDATE") => &["UPDATE"],
        text if begins(text, "DELETE") => &["DELETE"],
        text if begins(text, "INSERT") && read(statement).is_some() => &["INSERT"],
        text if begins(text, "MERGE") || begins(text, "WITH") => &["INSERT", "UPDATE", "DELETE"],
        _ => &[],
    };
    let all = catalog.objects.iter().filter(|(identity, _)| identity.kind == Kind::Trigger);
    all.filter(move |(identity, trigger)| {
        let definition = trigger.get("definition").unwrap_or_default();
        let before_table = definition.split(" ON ").next().unwrap_or_default();
        of.is_some()
            && identity.of == of
            && matches!(trigger.get("enabled"), Some("yes" | "always"))
            && says(definition, "FOR EACH ROW")
            && events.iter().any(|event| mentions(before_table, event))
    })
    .map(|(identity, _)| format!("{} of {}", identity.name, identity.of.as_deref().unwrap_or_default()))
}

/// The keys of other tables that keep rows from being deleted.
fn refusing<'a>(
    stage: &'a HalfStage,
    statement: &StatementTrace,
    table: &Relation,
    stats: Option<&'a TargetStats>,
) -> impl Iterator<Item = Referring<'a>> {
    let deletes = begins(&statement.text, "DELETE");
    let keys = referring(&stage.before, written(table)).filter(move |_| deletes);
    keys.filter(move |key| key.refuses() && key.rows(stats) != Some(0))
}

/// Functions of users that may write and that are called where rows are read.
fn functions<'a>(stage: &'a HalfStage, statement: &'a StatementTrace) -> impl Iterator<Item = &'a str> {
    let calls = ["SELECT", "INSERT", "CREATE", "WITH", "UPDATE", "DELETE"];
    let works = statement.work.iter().any(|work| work.relation().on_target.is_some());
    let reads = works && calls.iter().any(|word| begins(&statement.text, word));
    let all = stage.before.objects.iter().filter(|(identity, _)| identity.kind == Kind::Function);
    all.filter(move |(identity, function)| {
        let name = identity.name.split('(').next().unwrap_or_default();
        reads && function.get("volatility").is_none() && is_called(&statement.text, &bare(name))
    })
    .map(|(identity, _)| identity.name.as_str())
}

/// Whether a function is called that locks a table of the target as one that changes rows does: without rows it changes none.
fn writes_by_function(stage: &HalfStage, statement: &StatementTrace) -> bool {
    let writes = |lock: &HeldLock| lock.mode == LockMode::RowExclusive && lock.relation.on_target.is_some();
    let is_called = |name: &str| {
        let name = name.split('(').next().unwrap_or_default();
        is_called(&statement.text, &bare(name))
    };
    let mut functions = stage.after.objects.keys().filter(|identity| identity.kind == Kind::Function);
    begins(&statement.text, "SELECT")
        && statement.locks.iter().any(writes)
        && functions.any(|function| is_called(&function.name))
}

fn is_called(statement: &str, name: &str) -> bool {
    let parts =
        statement.match_indices('(').map(|(at, _)| statement.get(..at).unwrap_or_default().trim_end());
    mentions(statement, name)
        && parts.into_iter().any(|before| {
            let before = before.to_lowercase();
            before.ends_with(&name.to_lowercase()) || before.ends_with(&quoted(name))
        })
}

/// As the catalog writes it.
pub(super) fn written(table: &Relation) -> String {
    format!("{}.{}", quoted(&table.schema), quoted(&table.name))
}

/// As the target's catalog writes it; `None` where a pending file has made it.
pub(super) fn written_on_target(table: &Relation) -> Option<String> {
    let there = table.on_target.as_ref()?;
    Some(format!("{}.{}", quoted(&there.schema), quoted(&there.name)))
}
