//! What a statement needs where it puts something new: `CREATE` on a schema or the database.

use super::{NeededRight, Right, RightOn, changes, is_named};
use crate::catalog::{Identity, Kind};
use crate::impact::dependents::on_target;
use crate::impact::names::{bare, begins, mentions, parts, quoted, says};
use crate::impact::{FileTrace, StatementTrace};
use crate::migration::sql::{Cursor, StandardStrings};

/// By what it makes, finds there already, replaces or moves.
pub(super) fn needs<'a>(
    half: &'a FileTrace,
    earlier: &'a [FileTrace],
    number: usize,
    statement: &'a StatementTrace,
) -> impl Iterator<Item = NeededRight> + use<'a> {
    let text = statement.text.as_str();
    let made = half.lineage.made.iter().filter(move |one| begins(text, "CREATE") && is_named(text, one));
    let made = made.filter_map(move |one| place_of(half, earlier, one));
    let there = there_already(half, number, text).into_iter();
    let in_schemas = there.chain(replaced(half, text)).chain(moved_to(text));
    let in_schemas = in_schemas.filter_map(move |schema| on_schema(half, earlier, &schema));
    // Even where it is there already.
    let new_schema = begins(text, "CREATE SCHEMA") || begins(text, "CREATE PUBLICATION");
    let in_database = new_schema.then_some(RightOn::Database);
    let places = made.chain(in_schemas).chain(in_database);
    let all_tables = ["FOR ALL TABLES", "FOR TABLES IN SCHEMA"].iter().any(|words| says(text, words));
    let publishes_all = begins(text, "CREATE PUBLICATION") && all_tables;
    let superuser = publishes_all.then(|| NeededRight::new(number, Right::BeSuperuser, RightOn::Database));
    places.map(move |on| NeededRight::new(number, Right::Create, on)).chain(superuser)
}

/// Where something new is put, if the target has that.
fn place_of(half: &FileTrace, earlier: &[FileTrace], made: &Identity) -> Option<RightOn> {
    let whole = match made.kind {
        Kind::Schema => return Some(RightOn::Database),
        Kind::Table
        | Kind::View
        | Kind::MaterializedView
        | Kind::ForeignTable
        | Kind::Sequence
        | Kind::Function
        | Kind::Procedure
        | Kind::Aggregate
        | Kind::Enum
        | Kind::Domain
        | Kind::CompositeType
        | Kind::Range
        | Kind::Statistics => &made.name,
        Kind::Index => made.of.as_ref()?,
        _ => return None,
    };
    on_schema(half, earlier, &schema_of(whole)?)
}

/// The schema in the name of something, without quotes.
pub(super) fn schema_of(name: &str) -> Option<String> {
    parts(name.split('(').next()?).into_iter().next()
}

/// A schema by its name after the half, if the target has it.
pub(super) fn on_schema(half: &FileTrace, earlier: &[FileTrace], schema: &str) -> Option<RightOn> {
    let written = Identity { kind: Kind::Schema, of: None, name: quoted(schema) };
    let there = on_target(half.lineage.before(&written)?, earlier)?;
    Some(RightOn::Schema(bare(&there.name)))
}

/// The schema of what `IF NOT EXISTS` finds: the server looks at the right first. Without a schema in the statement, that of the
/// only thing of this name, as long as the file has no search path of its own.
fn there_already(half: &FileTrace, number: usize, text: &str) -> Option<String> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    let is_it = ["CREATE TABLE IF NOT EXISTS", "CREATE SEQUENCE IF NOT EXISTS"];
    is_it.iter().any(|words| cursor.eat(words)).then_some(())?;
    let name = cursor.name()?;
    // What is made of a query is looked for before the right.
    (!cursor.clone().find("AS")).then_some(())?;
    if let Some(schema) = name.schema {
        return Some(schema);
    }
    let sets_path = |one: &StatementTrace| mentions(&one.text, "search_path");
    (!half.statements.iter().take(number).any(sets_path)).then_some(())?;
    let before = half.stages.iter().rfind(|stage| stage.statements.start <= number)?;
    let objects = before.before.objects.keys();
    let mut of_name = objects.filter(|one| {
        matches!(one.kind, Kind::Table | Kind::Sequence | Kind::View | Kind::MaterializedView)
            && bare(&one.name) == name.name
    });
    match (of_name.next(), of_name.next()) {
        (Some(only), None) => schema_of(&only.name),
        _ => None,
    }
}

/// The schemas of functions that are replaced or get another name.
fn replaced<'a>(half: &'a FileTrace, text: &'a str) -> impl Iterator<Item = String> + use<'a> {
    let is_code = |one: &Identity| matches!(one.kind, Kind::Function | Kind::Procedure);
    let replaces = begins(text, "CREATE");
    let renames =
        (begins(text, "ALTER FUNCTION") || begins(text, "ALTER PROCEDURE")) && says(text, "RENAME TO");
    let changed = half.difference.items.iter().filter(move |item| replaces && changes(text, item));
    let changed = changed.map(|item| &item.identity).filter(move |one| is_code(one) && is_named(text, one));
    let renamed = half.lineage.renamed().map(|(_, new)| new);
    let renamed = renamed.filter(move |one| renames && is_code(one) && is_named(text, one));
    changed.chain(renamed).filter_map(|one| schema_of(&one.name))
}

/// The schema in `ALTER TABLE … SET SCHEMA`.
fn moved_to(text: &str) -> Option<String> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    let moves = cursor.eat("ALTER") && mentions(text, "SCHEMA") && cursor.find("SET SCHEMA");
    moves.then(|| cursor.identifier()).flatten()
}
