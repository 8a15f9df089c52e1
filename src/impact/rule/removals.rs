//! Rules about what is dropped or gets another name.

use super::{Class, PlanRule, PlanRuleText};
use crate::catalog::{Identity, Kind, Object};
use crate::impact::finding::{Finding, Recipe, together};
use crate::impact::identifiers::lists_column;
use crate::impact::look::HalfView;
use crate::impact::names::{bare, mentions, parts, quoted, says};
use crate::impact::recipe::Successor;
use crate::impact::sequence_values::owner;
use crate::migration::sql::{Cursor, StandardStrings};

pub(super) const DROPPED_COLUMN: PlanRuleText = PlanRuleText {
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

pub(super) const DROPPED_TABLE: PlanRuleText = PlanRuleText {
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

pub(super) const DROPPED_OBJECT: PlanRuleText = PlanRuleText {
    id: "dropped-object",
    class: Class::Breaks,
    title: "a view, a function, a sequence, a type or a schema that goes away",
    text: "\
What runs today may still use it. First release code that does not, and drop it with a later release. One that is dropped and \
made again in the same file is no finding, nor is a function whose calls find another one there.",
    given: "CREATE VIEW answers AS SELECT 42 AS answer;",
    breaks: "DROP VIEW answers;",
    safe: "",
};

pub(super) const RENAMED_COLUMN: PlanRuleText = PlanRuleText {
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

pub(super) const RENAMED_TABLE: PlanRuleText = PlanRuleText {
    id: "renamed-table",
    class: Class::Breaks,
    title: "a table that gets another name",
    text: "\
From then on, the old name is unknown, and what runs today fails. A view of the old name in the same transaction \
lets it go on: as long as it is a plain view of one table, rows can be written through it, once it has the privileges that the table has. \
`TRUNCATE`, `COPY … FROM` and `GROUP BY` of the primary key alone need the table. Drop the view when nobody uses it.",
    given: "CREATE TABLE people (id bigint PRIMARY KEY);",
    breaks: "ALTER TABLE people RENAME TO persons;",
    safe: "\
-- migrate:up
ALTER TABLE people RENAME TO persons;
CREATE VIEW people AS SELECT * FROM persons;",
};

pub(super) fn find(look: &HalfView<'_>) -> Vec<Finding> {
    let lineage = &look.case.trace.lineage;
    let gone = lineage.gone.iter().map(|old| (old, None));
    let renamed = lineage.renamed().map(|(old, new)| (old, Some(new)));
    let was_there = gone.chain(renamed).filter(|(old, _)| look.is_on_target(old) || look.loses_stand_in(old));
    was_there.filter_map(|(old, new)| taken_away(look, old, new)).collect()
}

/// `new` is its name from now on; `None` where it is gone.
fn taken_away(look: &HalfView<'_>, old: &Identity, new: Option<&Identity>) -> Option<Finding> {
    match (old.kind, new) {
        (Kind::Column, Some(new)) => renamed_column(look, old, new),
        (Kind::Column, None) => dropped_column(look, old),
        (Kind::Table | Kind::ForeignTable, Some(new)) => renamed_table(look, old, new),
        (Kind::Table | Kind::ForeignTable, None) => dropped_table(look, old),
        (
            Kind::View
            | Kind::MaterializedView
            | Kind::Function
            | Kind::Procedure
            | Kind::Aggregate
            | Kind::Sequence
            | Kind::Enum
            | Kind::Domain
            | Kind::CompositeType
            | Kind::Schema,
            new,
        ) => object(look, old, new),
        _ => None,
    }
}

/// What a column is a part of and its name, where the column is told by itself: an inherited one is told with its parent.
fn told_column<'i>(look: &HalfView<'_>, column: &'i Identity, kinds: &[Kind]) -> Option<(&'i str, &'i str)> {
    let of = column.of.as_deref()?;
    let named = |kind: &Kind| look.before(&Identity { kind: *kind, of: None, name: of.to_owned() });
    kinds.iter().find_map(named)?;
    let is_inherited = look.before(column)?.get("inherited") == Some("only");
    (!is_inherited).then_some((of, &column.name))
}

fn renamed_column(look: &HalfView<'_>, old: &Identity, new: &Identity) -> Option<Finding> {
    const WITH_COLUMNS: [Kind; 5] =
        [Kind::Table, Kind::ForeignTable, Kind::View, Kind::MaterializedView, Kind::CompositeType];
    let (of, name) = told_column(look, old, &WITH_COLUMNS)?;
    // What has another name with its table is told with that.
    if new.name == old.name || look.after(old).is_some() || !look.is_called_so_today(old) {
        return None;
    }
    let recipe = told_column(look, old, &[Kind::Table]).and_then(|_| expand(look, of, name, &new.name));
    let (object, new) = (format!("{of}.{name}"), &new.name);
    let what = format!("{object} is called {new} from now on: what runs today fails");
    let finding = look.finding(PlanRule::RenamedColumn, look.statement_naming(&[of, name]), object, what);
    Some(finding.with_recipe(recipe))
}

fn dropped_column(look: &HalfView<'_>, old: &Identity) -> Option<Finding> {
    // That of a view is told with it.
    let (of, name) = told_column(look, old, &[Kind::Table])?;
    let lineage = &look.case.trace.lineage;
    let table = lineage.after(&Identity { kind: Kind::Table, of: None, name: of.to_owned() })?.name.clone();
    let object = format!("{of}.{name}");
    let drops = |(_, column): &(String, String)| *column == bare(name);
    let mut dropping = look.statements().filter(|(_, one)| dropped_columns(&one.text).iter().any(drops));
    let statement = dropping.next().map(|(number, _)| number).or_else(|| look.statement_naming(&[of, name]));
    if lineage.is_taken_over(&Identity { of: Some(table), ..old.clone() }) {
        let what = format!(
            "{object} is dropped, and another column has its name afterwards: its values cannot be brought back"
        );
        let note = "Let the old column have another name instead of dropping it, and drop it once nobody misses its values.";
        return Some(
            look.finding(PlanRule::DroppedColumn, statement, object, what).with_recipe(Recipe::note(note)),
        );
    }
    if !look.is_called_so_today(old) {
        return only_lost(look, (PlanRule::DroppedColumn, statement), (of, object), "values");
    }
    let along: String = shared_with_others(look, of, name)
        .iter()
        .map(|identity| format!(", and with it the {identity}"))
        .collect();
    let what = format!(
        "{object} goes away{along}: what runs today may still use it, and its values cannot be brought back"
    );
    let note = "First release code that does not use it. Then, with a later release:";
    let own = format!("ALTER TABLE {of} DROP COLUMN {name}");
    let drop = Recipe::of([together(drop_statement(look, statement, &own))]).with_note(note);
    Some(look.finding(PlanRule::DroppedColumn, statement, object, what).with_recipe(drop))
}

/// What goes with a column although it is of others, too, and that no statement names: an index, a constraint. Of a key and its
/// index, the key.
fn shared_with_others<'l>(look: &'l HalfView<'_>, of: &str, column: &str) -> Vec<&'l Identity> {
    let gone = look.case.trace.lineage.gone.iter().filter(|one| one.of.as_deref() == Some(of));
    let is_shared = |identity: &&Identity| {
        let Some(object) = look.before(identity) else { return false };
        let columns = object.list("columns");
        let mut parts = columns.iter().map(String::as_str).chain(object.get("predicate"));
        matches!(identity.kind, Kind::Index | Kind::Constraint)
            && parts.any(|part| lists_column(part, column))
            && columns.iter().any(|part| !lists_column(part, column))
            && object.get("constraint").is_none()
            && !look.statements().any(|(_, one)| mentions(&one.text, &identity.name))
    };
    gone.filter(is_shared).collect()
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

/// What drops it: with CASCADE, if that is how the file does it.
fn drop_statement(look: &HalfView<'_>, statement: Option<usize>, sql: &str) -> String {
    let text =
        statement.and_then(|number| look.case.trace.statements.get(number)).map(|one| one.text.as_str());
    let cascade = if text.is_some_and(|text| says(text, "CASCADE")) { " CASCADE" } else { "" };
    format!("{sql}{cascade};")
}

/// A new column beside the old one, both kept up by a trigger.
fn expand(look: &HalfView<'_>, of: &str, old: &str, new: &str) -> Option<Recipe> {
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

fn renamed_table(look: &HalfView<'_>, identity: &Identity, renamed: &Identity) -> Option<Finding> {
    if !look.is_called_so_today(identity) {
        return None;
    }
    let (old, new) = (&identity.name, &renamed.name);
    let statement = look.statement_naming(&[old]);
    if let Some(other) = look.after(identity) {
        // A table that was built beside the old one and takes its place has all that the old one had.
        let lacking = lacking(look, identity, other)?;
        let what = format!(
            "{old} is called {new} from now on, and the table that has its name then has no {lacking}: what runs today fails"
        );
        return Some(look.finding(PlanRule::RenamedTable, statement, old, what));
    }
    if let Some(view) = look.after(&Identity { kind: Kind::View, of: None, name: old.clone() }) {
        return lacking(look, identity, view).map(|lacking| {
            let what = format!(
                "{old} is called {new} from now on, and the view that has its name then has no {lacking}: what runs today fails"
            );
            look.finding(PlanRule::RenamedTable, statement, old, what)
        });
    }
    let what = format!("{old} is called {new} from now on: what runs today fails");
    let sql = format!("{}CREATE VIEW {old} AS SELECT * FROM {new};", renaming(look, old, new));
    let note = "Grant on the view what is granted on the table, and release code that uses the new name before the last migration.";
    let files = [together(sql), together(format!("DROP VIEW {old};"))];
    let finding = look.finding(PlanRule::RenamedTable, statement, old, what);
    Some(finding.with_recipe(Recipe::of(files).with_note(note)))
}

/// The columns of a table that what is in its place has not.
fn lacking(look: &HalfView<'_>, table: &Identity, other: &Object) -> Option<String> {
    let others = other.list("columns");
    let columns = look.before(table)?.list("columns").into_iter();
    let lacking: Vec<String> = columns.filter(|column| !others.contains(column)).collect();
    (!lacking.is_empty()).then(|| lacking.join(", "))
}

fn dropped_table(look: &HalfView<'_>, identity: &Identity) -> Option<Finding> {
    let old = &identity.name;
    let lineage = &look.case.trace.lineage;
    // The rows of partitions are told with the whole.
    let is_gone = |whole: &String| {
        lineage.gone.contains(&Identity { kind: Kind::Table, of: None, name: whole.clone() })
    };
    if look.parent(old).is_some_and(|whole| look.is_partitioned(&whole) && is_gone(&whole)) {
        return None;
    }
    let mut dropping = look.statements().filter(|(_, one)| {
        one.emptied.iter().any(|emptied| emptied.is_dropped && look.name(&emptied.table) == *old)
    });
    let statement = dropping.next().map(|(number, _)| number).or_else(|| look.statement_naming(&[old]));
    if lineage.is_taken_over(identity) {
        let what = format!(
            "{old} is dropped, and another table has its name afterwards: its rows cannot be brought back"
        );
        let note = "Let the old table have another name (RENAME TO) instead of dropping it, and drop it once nobody misses its rows.";
        return Some(
            look.finding(PlanRule::DroppedTable, statement, old, what).with_recipe(Recipe::note(note)),
        );
    }
    if !look.is_called_so_today(identity) && !look.loses_stand_in(identity) {
        return only_lost(look, (PlanRule::DroppedTable, statement), (old, old.clone()), "rows");
    }
    let what =
        format!("{old} goes away: what runs today may still use it, and its rows cannot be brought back");
    let note = "First release code that does not use it. Then, with a later release:";
    let drop =
        Recipe::of([together(drop_statement(look, statement, &format!("DROP TABLE {old}")))]).with_note(note);
    Some(look.finding(PlanRule::DroppedTable, statement, old, what).with_recipe(drop))
}

/// What an earlier file has given another name no code of today uses.
fn only_lost(
    look: &HalfView<'_>,
    (rule, statement): (PlanRule, Option<usize>),
    (table, object): (&str, String),
    data: &str,
) -> Option<Finding> {
    let stats = look.relation(table).and_then(|table| look.stats_of(table));
    if stats.is_some_and(|stats| stats.rows == Some(0)) {
        return None;
    }
    let what = format!("{object} goes away: its {data} cannot be brought back");
    let note = format!("Drop it with a later release, once nobody misses its {data}.");
    let finding = look.finding(rule, statement, object, what).with_recipe(Recipe::note(note));
    Some(Finding { class: Class::Loses, ..finding })
}

/// Another schema, another name, or both.
fn renaming(look: &HalfView<'_>, old: &str, new: &str) -> String {
    let (mut sql, mut name) = (String::new(), old.to_owned());
    if let (Some(new_schema), true) = (schema(new), schema(old) != schema(new)) {
        let identity = Identity { kind: Kind::Schema, of: None, name: new_schema.clone() };
        if look.case.trace.lineage.is_new_name(&identity) {
            // That of another table may do so first.
            sql += &format!("CREATE SCHEMA IF NOT EXISTS {new_schema};\n");
        }
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

fn object(look: &HalfView<'_>, identity: &Identity, new: Option<&Identity>) -> Option<Finding> {
    let name = &identity.name;
    // What CASCADE takes along is told with it, and what is made again can be used as before.
    let cascades = look.statements().any(|(_, one)| says(&one.text, "CASCADE"));
    let is_told = cascades && super::dependents::taken_along(look).any(|other| other == identity);
    if !look.is_called_so_today(identity) && !look.loses_stand_in(identity) {
        return None;
    }
    let bare_name = name.split('(').next().unwrap_or(name);
    let statement = look.statement_naming(&[bare_name]);
    if let Some(other) = in_its_place(look, identity) {
        return lacking(look, identity, other).map(|lacking| {
            let what = format!(
                "the {identity} is made anew and has no {lacking} any more: what runs today may still use it"
            );
            look.finding(PlanRule::DroppedObject, statement, name, what)
        });
    }
    if is_told || goes_with_column(look, identity, new) || super::calls::finds_another(look, identity) {
        return None;
    }
    let what = match new {
        Some(new) => {
            format!("the {identity} is called {} from now on: what runs today may still use it", new.name)
        }
        None => format!("the {identity} goes away: what runs today may still use it"),
    };
    let note = "First release code that does not use it, and drop it with a later release.";
    let recipe = new.is_none().then(|| Recipe::note(note));
    Some(look.finding(PlanRule::DroppedObject, statement, name, what).with_recipe(recipe))
}

/// What has the name of something afterwards. A view, a materialized one and a table are read by the same words.
fn in_its_place<'a>(look: &HalfView<'a>, identity: &Identity) -> Option<&'a Object> {
    let readable = [Kind::View, Kind::MaterializedView, Kind::Table, Kind::ForeignTable];
    let others = readable.iter().filter(|_| readable.contains(&identity.kind));
    let same_name = others.map(|kind| Identity { kind: *kind, ..identity.clone() });
    look.after(identity).or_else(|| same_name.into_iter().find_map(|name| look.after(&name)))
}

/// Whether a sequence is dropped or moved with its column: that is told with it.
fn goes_with_column(look: &HalfView<'_>, sequence: &Identity, new: Option<&Identity>) -> bool {
    let object = look.before(sequence).filter(|_| sequence.kind == Kind::Sequence);
    let Some(column) = object.and_then(owner) else { return false };
    let is_identity = look.before(&column).is_some_and(|column| column.get("identity").is_some());
    let moves_along = new.is_some_and(|new| bare(&new.name) == bare(&sequence.name));
    is_identity || moves_along || look.case.trace.lineage.after(&column).is_none()
}

/// Whether a column has had another name before.
pub(in crate::impact) fn is_new_name(look: &HalfView<'_>, identity: &Identity) -> bool {
    look.case.trace.lineage.is_new_name(identity)
}
