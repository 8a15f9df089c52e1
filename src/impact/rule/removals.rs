//! Rules about what is dropped or gets another name.

use super::{About, Class, Rule};
use crate::catalog::{Change, Identity, Item, Kind};
use crate::impact::finding::{Finding, Recipe, together};
use crate::impact::look::Look;
use crate::impact::names::{bare, parts, quoted, says};
use crate::impact::recipe::Successor;
use crate::migration::sql::{Cursor, StandardStrings};

pub(super) const DROPPED_COLUMN: About = About {
    id: "dropped-column",
    class: Class::Breaks,
    title: "a column that goes away",
    text: "\
What runs today may still read or write the column, and many libraries name every column that they have once seen. First release \
code that does not know it, and drop it with a later release. Its values are gone for good.",
    given: "CREATE TABLE users (id bigint PRIMARY KEY, nickname text);",
    breaks: "ALTER TABLE users DROP COLUMN nickname;",
    safe: "",
};

pub(super) const DROPPED_TABLE: About = About {
    id: "dropped-table",
    class: Class::Breaks,
    title: "a table that goes away",
    text: "\
What runs today may still use the table. First release code that does not, and drop it with a later release. Its rows are gone \
for good. Renaming it first shows whether anybody misses it, and can be undone.",
    given: "CREATE TABLE drafts (id bigint PRIMARY KEY);",
    breaks: "DROP TABLE drafts;",
    safe: "",
};

pub(super) const DROPPED_OBJECT: About = About {
    id: "dropped-object",
    class: Class::Breaks,
    title: "a view, a function, a type or a schema that goes away",
    text: "\
What runs today may still use it. First release code that does not, and drop it with a later release. One that is dropped and \
made again in the same file is no finding.",
    given: "CREATE VIEW answers AS SELECT 42 AS answer;",
    breaks: "DROP VIEW answers;",
    safe: "",
};

pub(super) const RENAMED_COLUMN: About = About {
    id: "renamed-column",
    class: Class::Breaks,
    title: "a column that gets another name",
    text: "\
From then on, the old name is unknown, and what runs today fails. Add a column of the new name, keep both up by \
a trigger, release code that uses the new one, and drop the old one with a later release. A view of the old shape does it, too, \
where the table is renamed as well.",
    given: "CREATE TABLE users (id bigint PRIMARY KEY, mail text);",
    breaks: "ALTER TABLE users RENAME COLUMN mail TO email;",
    safe: "\
-- migrate:up
ALTER TABLE users ADD COLUMN email text;",
};

pub(super) const RENAMED_TABLE: About = About {
    id: "renamed-table",
    class: Class::Breaks,
    title: "a table that gets another name",
    text: "\
From then on, the old name is unknown, and what runs today fails. A view of the old name in the same transaction \
lets it go on: as long as it is a plain view of one table, rows can be written through it. Drop the view when nobody uses it.",
    given: "CREATE TABLE people (id bigint PRIMARY KEY);",
    breaks: "ALTER TABLE people RENAME TO persons;",
    safe: "\
-- migrate:up
ALTER TABLE people RENAME TO persons;
CREATE VIEW people AS SELECT * FROM persons;",
};

pub(super) fn find(look: &Look<'_>) -> Vec<Finding> {
    let items = look.case.trace.difference.items.iter();
    items
        .filter(|item| matches!(item.change, Change::Removed { .. }))
        .filter_map(|item| removed(look, item))
        .chain(replaced(look))
        .chain(columns_made_anew(look))
        .collect()
}

/// Tables that are dropped while another one has the name in the end: the two schemas look as if nothing was lost.
fn replaced(look: &Look<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, statement) in look.statements() {
        for table in statement.emptied.iter().filter(|one| one.is_dropped).map(|one| &one.table) {
            let name = look.name(table);
            let identity = Identity { kind: Kind::Table, of: None, name: name.clone() };
            let has_no_rows = look.stats_of(table).is_some_and(|stats| stats.rows == Some(0));
            if table.on_target.is_none()
                || is_gone(look, &name)
                || look.before(&identity).is_none()
                || has_no_rows
            {
                continue;
            }
            let what = format!(
                "{name} is dropped, and another table has its name afterwards: its rows cannot be brought back"
            );
            let note = "Let the old table have another name (RENAME TO) instead of dropping it, and drop it once nobody misses its rows.";
            let finding = look.finding(Rule::DroppedTable, Some(number), name, what);
            findings.push(finding.with_recipe(Recipe::note(note)));
        }
    }
    findings
}

/// Columns that are dropped and made anew under the same name.
fn columns_made_anew(look: &Look<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, statement) in look.statements() {
        for (table, column) in dropped_columns(&statement.text) {
            let is_it = |identity: &&Identity| {
                identity.kind == Kind::Column
                    && bare(&identity.name) == column
                    && identity.of.as_deref().is_some_and(|of| bare(of) == table)
            };
            let mut columns = look.case.before.objects.keys().map(AsRef::as_ref).filter(is_it);
            let Some(identity) = columns.find(|identity| look.after(identity).is_some()) else { continue };
            if !look.is_on_target(identity) {
                continue;
            }
            let object = format!("{}.{}", identity.of.as_deref().unwrap_or_default(), identity.name);
            let what = format!(
                "{object} is dropped, and another column has its name afterwards: its values cannot be brought back"
            );
            let note = "Let the old column have another name instead of dropping it, and drop it once nobody misses its values.";
            let finding = look.finding(Rule::DroppedColumn, Some(number), object, what);
            findings.push(finding.with_recipe(Recipe::note(note)));
        }
    }
    findings
}

/// What `ALTER TABLE t … DROP [COLUMN] c` names: the table and each column, without quotes.
fn dropped_columns(text: &str) -> Vec<(String, String)> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    let mut dropped = Vec::new();
    if !cursor.eat("ALTER TABLE") {
        return dropped;
    }
    cursor.eat("IF EXISTS");
    cursor.eat("ONLY");
    let Some(table) = cursor.name().map(|name| name.name) else { return dropped };
    let mut begins_an_action = true;
    while cursor.peek().is_some() {
        if begins_an_action && cursor.eat("DROP") {
            let is_constraint = cursor.eat("CONSTRAINT");
            cursor.eat("COLUMN");
            cursor.eat("IF EXISTS");
            let column = cursor.identifier().filter(|_| !is_constraint);
            dropped.extend(column.map(|column| (table.clone(), column)));
        }
        begins_an_action = cursor.eat_sign(",");
        if !begins_an_action && cursor.peek().is_some() {
            cursor.skip();
        }
    }
    dropped
}

fn removed(look: &Look<'_>, item: &Item) -> Option<Finding> {
    let identity = &item.identity;
    if !look.is_on_target(identity) {
        return None;
    }
    match identity.kind {
        Kind::Column => column(look, identity),
        Kind::Table | Kind::ForeignTable => table(look, identity),
        Kind::View
        | Kind::MaterializedView
        | Kind::Function
        | Kind::Procedure
        | Kind::Aggregate
        | Kind::Enum
        | Kind::Domain
        | Kind::CompositeType
        | Kind::Schema => object(look, identity),
        _ => None,
    }
}

fn column(look: &Look<'_>, identity: &Identity) -> Option<Finding> {
    let (of, name) = (identity.of.as_deref()?, &identity.name);
    let table = Identity { kind: Kind::Table, of: None, name: of.to_owned() };
    // A view's or a type's columns are told with it, an inherited one with its parent.
    look.before(&table)?;
    if look.before(identity)?.get("inherited") == Some("only") {
        return None;
    }
    let object = format!("{of}.{name}");
    let statement = look.statement_naming(&[of, name]);
    if let Some(new) = new_name_of_column(look, identity) {
        let what = format!("{object} is called {new} from now on: what runs today fails");
        let recipe = expand(look, of, name, &new);
        return Some(look.finding(Rule::RenamedColumn, statement, object, what).with_recipe(recipe));
    }
    let what = format!(
        "{object} goes away: what runs today may still use it, and its values cannot be brought back"
    );
    let note = "First release code that does not use it. Then, with a later release:";
    let own = format!("ALTER TABLE {of} DROP COLUMN {name}");
    let drop = Recipe::of([together(drop_statement(look, statement, &own))]).with_note(note);
    Some(look.finding(Rule::DroppedColumn, statement, object, what).with_recipe(drop))
}

/// What drops it: with CASCADE, if that is how the file does it.
fn drop_statement(look: &Look<'_>, statement: Option<usize>, sql: &str) -> String {
    let text =
        statement.and_then(|number| look.case.trace.statements.get(number)).map(|one| one.text.as_str());
    let cascade = if text.is_some_and(|text| says(text, "CASCADE")) { " CASCADE" } else { "" };
    format!("{sql}{cascade};")
}

/// A new column beside the old one, both kept up by a trigger.
fn expand(look: &Look<'_>, of: &str, old: &str, new: &str) -> Option<Recipe> {
    let identity = Identity { kind: Kind::Column, of: Some(of.to_owned()), name: new.to_owned() };
    look.after(&identity)?;
    let kept_up = format!(
        "    IF TG_OP = 'INSERT' THEN
        NEW.{new} := coalesce(NEW.{new}, NEW.{old});
        NEW.{old} := NEW.{new};
    ELSIF NEW.{new} IS DISTINCT FROM OLD.{new} THEN
        NEW.{old} := NEW.{new};
    ELSE
        NEW.{new} := NEW.{old};
    END IF;"
    );
    let successor = Successor { of, old, meanwhile: new, last: new, value: old, kept_up: Some(kept_up) };
    successor
        .recipe(look, &format!("Release code that uses {new} alone before the migration that drops {old}."))
}

fn table(look: &Look<'_>, identity: &Identity) -> Option<Finding> {
    let old = &identity.name;
    // The rows of partitions are told with the whole.
    if look.parent(old).is_some_and(|whole| look.is_partitioned(&whole) && is_gone(look, &whole)) {
        return None;
    }
    let statement = look.statement_naming(&[old]);
    if let Some(new) = new_name_of_table(look, old) {
        let has_view = look.after(&Identity { kind: Kind::View, of: None, name: old.clone() }).is_some();
        if has_view {
            return None;
        }
        let what = format!("{old} is called {new} from now on: what runs today fails");
        let sql = format!("{}CREATE VIEW {old} AS SELECT * FROM {new};", renaming(old, &new));
        let note = "Release code that uses the new name before the last migration.";
        let files = [together(sql), together(format!("DROP VIEW {old};"))];
        let finding = look.finding(Rule::RenamedTable, statement, old, what);
        return Some(finding.with_recipe(Recipe::of(files).with_note(note)));
    }
    let what =
        format!("{old} goes away: what runs today may still use it, and its rows cannot be brought back");
    let note = "First release code that does not use it. Then, with a later release:";
    let drop =
        Recipe::of([together(drop_statement(look, statement, &format!("DROP TABLE {old}")))]).with_note(note);
    Some(look.finding(Rule::DroppedTable, statement, old, what).with_recipe(drop))
}

fn is_gone(look: &Look<'_>, table: &str) -> bool {
    look.after(&Identity { kind: Kind::Table, of: None, name: table.to_owned() }).is_none()
}

/// Another schema, another name, or both.
fn renaming(old: &str, new: &str) -> String {
    let (mut sql, mut name) = (String::new(), old.to_owned());
    if let (Some(new_schema), true) = (schema(new), schema(old) != schema(new)) {
        sql += &format!("ALTER TABLE {old} SET SCHEMA {new_schema};\n");
        name = format!("{new_schema}.{}", quoted(&bare(old)));
    }
    if bare(old) != bare(new) {
        sql += &format!("ALTER TABLE {name} RENAME TO {};\n", quoted(&bare(new)));
    }
    sql
}

/// The schema of a name, as SQL writes it.
fn schema(name: &str) -> Option<String> {
    match parts(name).as_slice() {
        [schema, _] => Some(quoted(schema)),
        _ => None,
    }
}

fn object(look: &Look<'_>, identity: &Identity) -> Option<Finding> {
    let name = &identity.name;
    // What CASCADE takes along is told with it.
    let cascades = look.statements().any(|(_, one)| says(&one.text, "CASCADE"));
    if cascades && super::dependents::taken_along(look).any(|other| other == identity) {
        return None;
    }
    let what = format!("the {identity} goes away: what runs today may still use it");
    let bare_name = name.split('(').next().unwrap_or(name);
    let statement = look.statement_naming(&[bare_name]);
    let note = "First release code that does not use it, and drop it with a later release.";
    Some(look.finding(Rule::DroppedObject, statement, name, what).with_recipe(Recipe::note(note)))
}

/// Whether a column has had another name before.
pub(in crate::impact) fn is_new_name(look: &Look<'_>, identity: &Identity) -> bool {
    let of = identity.of.as_deref().unwrap_or_default();
    look.statements().any(|(_, one)| renames(&one.text, of).any(|(_, new)| new == bare(&identity.name)))
}

/// What a column that is gone is called now.
fn new_name_of_column(look: &Look<'_>, identity: &Identity) -> Option<String> {
    let of = identity.of.as_deref()?;
    let old = bare(&identity.name);
    let new = look
        .statements()
        .find_map(|(_, one)| renames(&one.text, of).find(|(name, _)| *name == old).map(|(_, new)| new))?;
    Some(look.column(of, &new))
}

/// What a table that is gone is called now: it has the same columns, and its name stands after RENAME TO or SET SCHEMA.
fn new_name_of_table(look: &Look<'_>, old: &str) -> Option<String> {
    let columns =
        look.before(&Identity { kind: Kind::Table, of: None, name: old.to_owned() })?.get("columns");
    let added = look.items(Kind::Table).filter(|item| matches!(item.change, Change::Added { .. }));
    let new =
        added.filter(|item| look.after(&item.identity).is_some_and(|table| table.get("columns") == columns));
    let is_named = |new: &str| {
        look.statements().any(|(_, one)| {
            (says(&one.text, "RENAME TO") || says(&one.text, "SET SCHEMA"))
                && crate::impact::names::mentions(&one.text, old)
                && (crate::impact::names::mentions(&one.text, new) || says(&one.text, "SET SCHEMA"))
        })
    };
    new.map(|item| item.identity.name.clone()).find(|new| is_named(new))
}

/// `ALTER TABLE t RENAME [COLUMN] a TO b`: the old name and the new one.
fn renames<'t>(text: &'t str, of: &str) -> impl Iterator<Item = (String, String)> + use<'t> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    let mut found = None;
    if cursor.eat("ALTER TABLE") {
        cursor.eat("IF EXISTS");
        cursor.eat("ONLY");
        let is_it = cursor.name().is_some_and(|name| name.name == bare(of));
        if is_it && cursor.eat("RENAME") {
            cursor.eat("COLUMN");
            if let Some(old) = cursor.identifier().filter(|_| cursor.eat("TO")) {
                found = cursor.identifier().map(|new| (old, new));
            }
        }
    }
    found.into_iter()
}
