//! Which statement a question is about, and what changes rows before it.

use std::collections::BTreeSet;

use super::{About, Consequence, Question, last_part};
use crate::catalog::schema::DisplayName;
use crate::impact::names::{bare, begins, says};
use crate::impact::{HeldLock, LockMode, Relation, RowWork, StatementTrace};
use crate::migration::sql::{Lexer, StandardStrings, TokenKind};

/// The statement for which the rows matter, as a place among these: one that names what the question is about and has the server
/// look at the rows, or else one that does either. The question is given by the names after them and before: a statement may use
/// either.
pub(super) fn statement(statements: &[StatementTrace], questions: [&Question; 2]) -> Option<usize> {
    let mut names: Vec<Vec<String>> = Vec::new();
    for question in questions {
        names.extend(self::names(&question.table, &question.about));
    }
    let says: Vec<bool> = statements
        .iter()
        .map(|statement| {
            let words = words(&statement.text);
            may_require(statement)
                && !names.is_empty()
                && names.iter().any(|all| all.iter().all(|name| words.contains(name)))
        })
        .collect();
    let does: Vec<bool> = statements
        .iter()
        .map(|statement| {
            let looks_for = |question: &Question| {
                statement.work.iter().any(|work| looks(work, &question.table, &question.about))
                    || question.about == About::DroppedTable && drops(statement, &question.table)
            };
            may_require(statement) && questions.into_iter().any(looks_for)
        })
        .collect();
    let both = says.iter().zip(&does).position(|(says, does)| *says && *does);
    both.or_else(|| says.iter().rposition(|says| *says)).or_else(|| does.iter().position(|does| *does))
}

/// Whether a statement may be one that rows have to suit. What a function says happens where it is called; and one that reads or
/// changes rows, or copies them to another table, takes them as they are.
fn may_require(statement: &StatementTrace) -> bool {
    const OF_ROWS: [&str; 8] = ["INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "TRUNCATE", "WITH", "COMMENT"];
    let text = &statement.text;
    let is_definition =
        begins(text, "CREATE") && (says(text, "AS") || says(text, "FUNCTION") || says(text, "PROCEDURE"));
    let defines = |lock: &HeldLock| lock.mode > LockMode::RowExclusive;
    let only_reads = begins(text, "SELECT") && !statement.locks.iter().any(defines);
    !is_definition && !only_reads && !OF_ROWS.iter().any(|word| begins(text, word))
}

/// The tables whose rows a question is about, by what changes them.
pub(super) struct Changed {
    /// These are the tables.
    pub own: Vec<String>,
    /// With rows of these that are deleted or updated, a foreign key takes rows of the others along.
    pub by_action: Vec<String>,
}

impl Changed {
    /// Whether a statement changes rows of the tables.
    pub fn by(&self, statement: &StatementTrace) -> bool {
        let is_one = |relation: &Relation| self.own.iter().any(|table| is_table(relation, table));
        statement.emptied.iter().any(|emptied| is_one(&emptied.table))
            || changed_rows(statement).any(is_one)
            || self.has_action(statement)
    }

    /// Whether rows of the tables change with those of another one.
    pub fn has_action(&self, statement: &StatementTrace) -> bool {
        let acts_on_one = |relation: &Relation| self.by_action.iter().any(|table| is_table(relation, table));
        !only_adds(statement) && changed_rows(statement).any(acts_on_one)
    }

    /// Whether a statement that changes rows of them may make some that a question looks for. What it deletes is in nobody's way, unless
    /// others refer to it; and what it sets matters where the question looks at it.
    pub fn may_bring(&self, statement: &StatementTrace, question: &Question) -> bool {
        if question.consequence == Consequence::Loses {
            return false;
        }
        let of_question = changed_rows(statement).any(|relation| is_table(relation, &question.table));
        match &statement.text {
            text if begins(text, "DELETE") || begins(text, "TRUNCATE") => {
                !of_question || self.has_action(statement)
            }
            text if begins(text, "UPDATE") => {
                let set = words(text);
                question.about.all_expressions().iter().any(|sql| !words(sql).is_disjoint(&set))
            }
            _ if only_adds(statement) => of_question,
            _ => true,
        }
    }
}

fn changed_rows(statement: &StatementTrace) -> impl Iterator<Item = &Relation> {
    statement.work.iter().filter_map(|work| match work {
        RowWork::ChangedRows(relation) => Some(relation),
        _ => None,
    })
}

fn only_adds(statement: &StatementTrace) -> bool {
    ["INSERT", "COPY"].iter().any(|word| begins(&statement.text, word))
}

/// Whether the server looks at the rows for what the question is about.
fn looks(work: &RowWork, table: &str, about: &About) -> bool {
    match (work, about) {
        (
            RowWork::IndexBuild { index, .. },
            About::Duplicates { name, .. }
            | About::Conflicts { name, .. }
            | About::TooWide { name, .. }
            | About::Unindexable { name, .. },
        ) => *index == bare(name),
        (RowWork::ForeignKeyCheck { table: looked_at, .. }, About::Orphans { .. }) => {
            is_table(looked_at, table)
        }
        (
            RowWork::Scan(looked_at) | RowWork::Rewrite(looked_at),
            About::Nulls { .. }
            | About::Misplaced { .. }
            | About::NewColumn { .. }
            | About::Breaking { .. }
            | About::Uncastable { .. }
            | About::Uncomputable { .. }
            | About::Rounded { .. },
        ) => is_table(looked_at, table),
        _ => false,
    }
}

fn drops(statement: &StatementTrace, table: &str) -> bool {
    statement.emptied.iter().any(|emptied| emptied.is_dropped && is_table(&emptied.table, table))
}

/// By which names the statement may be known: each list, all of it.
fn names(table: &str, about: &About) -> Vec<Vec<String>> {
    let all = |names: &[String]| names.iter().map(|name| bare(name)).collect::<Vec<_>>();
    match about {
        About::Nulls { column }
        | About::NewColumn { column }
        | About::Uncomputable { column, .. }
        | About::DroppedColumn { column } => vec![vec![bare(column)]],
        About::Uncastable { column, .. } | About::Rounded { column, .. } => {
            vec![vec![bare(column), "type".to_owned()]]
        }
        About::Duplicates { name, key, .. } => vec![vec![bare(name)], all(key)],
        About::Orphans { name, columns, .. } => vec![vec![bare(name)], all(columns)],
        About::Misplaced { partition, .. } => vec![vec![bare(last_part(partition))]],
        About::Breaking { name, .. }
        | About::Conflicts { name, .. }
        | About::Refreshed { name, .. }
        | About::TooWide { name, .. }
        | About::Unindexable { name, .. } => vec![vec![bare(name)]],
        About::DroppedTable => vec![vec![bare(last_part(table))]],
        About::EnumValues { .. } | About::Used { .. } | About::OutOfRange { .. } => Vec::new(),
    }
}

/// The names and keywords of a statement, also those in the body of a DO block.
fn words(text: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for token in Lexer::new(text.as_bytes(), 0, text.len(), StandardStrings::On) {
        let token_text = text.get(token.span).unwrap_or_default();
        match token.kind {
            TokenKind::Word => {
                words.insert(token_text.to_lowercase());
            }
            TokenKind::QuotedIdentifier => {
                words.insert(bare(token_text));
            }
            TokenKind::DollarBody => {
                let inside = token_text.split(|c: char| !c.is_alphanumeric() && c != '_');
                words.extend(inside.map(str::to_lowercase));
            }
            _ => {}
        }
    }
    words
}

fn is_table(relation: &Relation, table: &str) -> bool {
    let wanted = DisplayName::from_sql(table);
    relation.schema == wanted.schema && relation.name == wanted.name
}
