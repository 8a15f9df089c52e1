//! What the target still calls by an old name: an earlier half of the same run gives it the new one.

use super::{About, Question, bare, last_part, quoted};
use crate::impact::FileTrace;
use crate::impact::identifiers::with_columns;
use crate::migration::sql::{Cursor, StandardStrings};

/// A new name, without quotes.
enum Renaming {
    Table { old: String, new: String },
    Column { table: String, old: String, new: String },
}

/// The question by the names that the target has now.
pub(super) fn on_target(question: Question, earlier: &[FileTrace]) -> Question {
    let texts = earlier.iter().flat_map(|half| &half.statements).map(|statement| statement.text.as_str());
    let renamings: Vec<Renaming> = texts.filter_map(renaming).collect();
    renamings.iter().rev().fold(question, undone)
}

fn undone(question: Question, renaming: &Renaming) -> Question {
    match renaming {
        Renaming::Table { old, new } => {
            let about = match question.about {
                About::Orphans { name, columns, parent, parent_columns } => {
                    About::Orphans { name, columns, parent: table_undone(parent, old, new), parent_columns }
                }
                other => other,
            };
            Question { table: table_undone(question.table, old, new), about, ..question }
        }
        Renaming::Column { table, old, new } => {
            let other = |sql: String| with_columns(&sql, |name| (name == new).then(|| quoted(old)));
            let is_own = bare(last_part(&question.table)) == *table;
            let about = match question.about {
                About::Orphans { name, columns, parent, parent_columns } => {
                    let is_parent = bare(last_part(&parent)) == *table;
                    let columns = if is_own { columns.into_iter().map(other).collect() } else { columns };
                    let parent_columns = if is_parent {
                        parent_columns.into_iter().map(other).collect()
                    } else {
                        parent_columns
                    };
                    About::Orphans { name, columns, parent, parent_columns }
                }
                about if is_own => with_other_columns(about, other),
                about => about,
            };
            Question { about, ..question }
        }
    }
}

fn table_undone(table: String, old: &str, new: &str) -> String {
    let last = last_part(&table);
    if bare(last) != new {
        return table;
    }
    let schema = table.get(..table.len() - last.len()).unwrap_or_default();
    format!("{schema}{}", quoted(old))
}

/// The same with what `other` makes of each expression over columns.
fn with_other_columns(about: About, other: impl Fn(String) -> String) -> About {
    let all = |list: Vec<String>| -> Vec<String> { list.into_iter().map(&other).collect() };
    match about {
        About::Nulls { column } => About::Nulls { column: other(column) },
        About::DroppedColumn { column } => About::DroppedColumn { column: other(column) },
        About::Breaking { name, condition } => About::Breaking { name, condition: other(condition) },
        About::Misplaced { partition, condition } => {
            About::Misplaced { partition, condition: other(condition) }
        }
        About::Rounded { column, from, to } => About::Rounded { column: other(column), from, to },
        About::EnumValues { column, is_array, values } => {
            About::EnumValues { column: other(column), is_array, values }
        }
        About::Uncastable { column, from, to, using } => {
            About::Uncastable { column: other(column), from, to, using: using.map(&other) }
        }
        About::Duplicates { name, key, predicate, nulls_are_equal, with_partitions } => About::Duplicates {
            name,
            key: all(key),
            predicate: predicate.map(&other),
            nulls_are_equal,
            with_partitions,
        },
        About::Conflicts { name, keys, operators, predicate } => {
            About::Conflicts { name, keys: all(keys), operators, predicate: predicate.map(&other) }
        }
        same @ (About::NewColumn { .. } | About::DroppedTable | About::Orphans { .. }) => same,
    }
}

/// `ALTER TABLE t RENAME TO u`, and `ALTER TABLE t RENAME [COLUMN] a TO b`.
fn renaming(text: &str) -> Option<Renaming> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    if !cursor.eat("ALTER TABLE") {
        return None;
    }
    cursor.eat("IF EXISTS");
    cursor.eat("ONLY");
    let table = cursor.name()?.name;
    if !cursor.eat("RENAME") || cursor.eat("CONSTRAINT") {
        return None;
    }
    if cursor.eat("TO") {
        return Some(Renaming::Table { old: table, new: cursor.identifier()? });
    }
    cursor.eat("COLUMN");
    let old = cursor.identifier().filter(|_| cursor.eat("TO"))?;
    Some(Renaming::Column { table, old, new: cursor.identifier()? })
}
