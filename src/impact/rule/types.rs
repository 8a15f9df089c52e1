//! Rules about a column that gets another type.

use super::{About, Class, Rule};
use crate::catalog::{AttributeChange, Change, Identity, Item, Kind};
use crate::impact::Work;
use crate::impact::backfill::batches;
use crate::impact::finding::{Finding, Recipe, RecipeFile, apart, together};
use crate::impact::look::Look;
use crate::impact::names::{beside, made_of, mentions};

pub(super) const TYPE_CHANGE_REWRITES: About = About {
    id: "type-change-rewrites",
    class: Class::Blocks,
    title: "a type change that writes every row again",
    text: "\
Where the new type is stored in another way, the server writes the whole table and all its indexes again, and nobody can read \
or write it meanwhile. A new column beside the old one can be filled a few rows at a time, while a trigger keeps it up with \
what changes; then the two change places. Type changes that only lift a limit (`varchar(20)` to `varchar(40)` or `text`) \
write nothing and are no finding.",
    given: "CREATE TABLE payments (id bigint PRIMARY KEY, amount integer);",
    breaks: "ALTER TABLE payments ALTER COLUMN amount TYPE bigint;",
    safe: "\
-- migrate:up
ALTER TABLE payments ADD COLUMN amount_big bigint;",
};

pub(super) const NARROWER_TYPE: About = About {
    id: "narrower-type",
    class: Class::Breaks,
    title: "a type that takes less than the one before",
    text: "\
What runs today may write values that the new type does not take, and read values as the old type. First release code that \
writes only what both types take. A type that takes all that the old one took is no finding.",
    given: "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(40));",
    breaks: "ALTER TABLE users ALTER COLUMN name TYPE varchar(20);",
    safe: "\
-- migrate:up
ALTER TABLE users ALTER COLUMN name TYPE varchar(60);",
};

/// Types, each of which takes all that those before it take.
const WIDENING: &[&[&str]] = &[
    &["smallint", "integer", "bigint", "numeric"],
    &["real", "double precision"],
    &["character varying", "text"],
    &["date", "timestamp without time zone", "timestamp with time zone"],
    &["inet"],
    &["json", "jsonb"],
];

/// A column, its type before and after.
struct TypeChange<'a> {
    of: &'a str,
    column: &'a str,
    before: &'a str,
    after: &'a str,
}

pub(super) fn find(look: &Look<'_>) -> Vec<Finding> {
    let changes: Vec<TypeChange<'_>> = look.items(Kind::Column).filter_map(type_change).collect();
    let mut findings = Vec::new();
    for (number, statement, work) in look.work_under_lock() {
        let (Work::Rewrite(table) | Work::IndexBuild { table, .. }) = work else { continue };
        let of = look.name(table);
        let mine =
            changes.iter().filter(|change| change.of == of && mentions(&statement.text, change.column));
        for change in mine {
            if matches!(work, Work::IndexBuild { index, .. } if is_new_index(look, &of, index)) {
                continue;
            }
            findings.extend(rewrites(look, number, work, change));
        }
    }
    for change in &changes {
        let identity =
            Identity { kind: Kind::Column, of: Some(change.of.to_owned()), name: change.column.to_owned() };
        if look.is_on_target(&identity) && !takes_all(change.before, change.after) {
            let what = format!(
                "{}.{} becomes {} and was {}: what runs today may write what that does not take",
                change.of, change.column, change.after, change.before
            );
            let statement = look.statement_naming(&[change.of, change.column]);
            let object = format!("{}.{}", change.of, change.column);
            let note = "First release code that writes only values which both types take.";
            findings.push(
                look.finding(Rule::NarrowerType, statement, object, what).with_recipe(Recipe::note(note)),
            );
        }
    }
    findings
}

fn is_new_index(look: &Look<'_>, of: &str, index: &str) -> bool {
    look.added_to(of, Kind::Index).any(|(identity, _)| crate::impact::names::bare(&identity.name) == index)
}

fn type_change(item: &Item) -> Option<TypeChange<'_>> {
    let Change::Changed { attributes } = &item.change else { return None };
    let change: &AttributeChange = attributes.iter().find(|change| change.attribute == "type")?;
    Some(TypeChange {
        of: item.identity.of.as_deref()?,
        column: &item.identity.name,
        before: change.before.as_deref()?,
        after: change.after.as_deref()?,
    })
}

/// Whether the second type takes all that the first one takes.
fn takes_all(before: &str, after: &str) -> bool {
    let ((one, limit), (other, other_limit)) = (split(before), split(after));
    let family = WIDENING.iter().find_map(|family| {
        let place = |wanted: &str| family.iter().position(|name| *name == wanted);
        place(&one).zip(place(&other))
    });
    match family {
        _ if one == other => fits(&limit, &other_limit),
        Some((one, other)) => one < other && other_limit.is_empty(),
        None => false,
    }
}

/// Whether limits such as `(10,2)` become none, or larger ones with the same number of digits after the point.
fn fits(before: &[u32], after: &[u32]) -> bool {
    match (before, after) {
        (_, []) => true,
        ([before], [after]) => before <= after,
        ([before, scale], [after, other]) => {
            other >= scale && after - other.min(after) >= before - scale.min(before)
        }
        _ => false,
    }
}

/// A type without its limits, and these: `numeric(10,2)`, `timestamp(3) without time zone`.
fn split(name: &str) -> (String, Vec<u32>) {
    let Some((before, rest)) = name.split_once('(') else { return (name.to_owned(), Vec::new()) };
    let Some((limits, after)) = rest.split_once(')') else { return (name.to_owned(), Vec::new()) };
    let limits = limits.split(',').filter_map(|limit| limit.trim().parse().ok()).collect();
    (format!("{before}{after}"), limits)
}

fn rewrites(look: &Look<'_>, number: usize, work: &Work, change: &TypeChange<'_>) -> Option<Finding> {
    let TypeChange { of, column, before, after } = change;
    let doing = format!("while every row is written again to turn {column} from {before} into {after}");
    let doing = match work {
        Work::Rewrite(_) => doing,
        _ => format!("while indexes of {column} are built anew for the type {after}"),
    };
    let object = format!("{of}.{column}");
    let finding = look.blocking_finding(Rule::TypeChangeRewrites, number, work, object, &doing)?;
    Some(finding.with_recipe(recipe(look, change)))
}

/// A new column, a trigger that keeps it up, a backfill, and a swap.
fn recipe(look: &Look<'_>, change: &TypeChange<'_>) -> Option<Recipe> {
    let TypeChange { of, column, after, .. } = change;
    let identity = Identity { kind: Kind::Column, of: Some((*of).to_owned()), name: (*column).to_owned() };
    let wanted = look.after(&identity)?;
    let new = made_of(&[column, "new"]);
    let function = beside(of, &made_of(&[of, column, "new"]));
    let trigger = made_of(&[of, column, "new"]);
    let prepare = format!(
        "\
ALTER TABLE {of} ADD COLUMN {new} {after};
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.{new} := NEW.{column}::{after};
    RETURN NEW;
END
$$;
CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {of} FOR EACH ROW EXECUTE FUNCTION {function}();"
    );
    let fill = batches(
        of,
        &format!("{new} = {column}::{after}"),
        &format!("{new} IS NULL AND {column} IS NOT NULL"),
    );
    let mut files: Vec<RecipeFile> = vec![together(prepare), apart(fill)];
    if wanted.get("not null").is_some() {
        files.extend(super::not_null::files(look, of, &new));
    }
    let mut swap = format!("DROP TRIGGER {trigger} ON {of};\nDROP FUNCTION {function}();\n");
    if let Some(default) = wanted.get("default") {
        swap += &format!("ALTER TABLE {of} ALTER COLUMN {new} SET DEFAULT {default};\n");
    }
    swap +=
        &format!("ALTER TABLE {of} DROP COLUMN {column};\nALTER TABLE {of} RENAME COLUMN {new} TO {column};");
    files.push(together(swap));
    let mut note = format!(
        "{column} stands last in the table afterwards. The cast in the trigger and in the batches is that of the type: \
         write what stands after USING there, if the migration has one."
    );
    let users = users(look, of, column);
    if !users.is_empty() {
        note += &format!(
            "\nBefore the two change places, build CONCURRENTLY on {new}, and afterwards rename, what uses {column}: {}.",
            users.join(", ")
        );
    }
    Some(Recipe::of(files).with_note(note))
}

/// The indexes and constraints that use a column.
fn users(look: &Look<'_>, of: &str, column: &str) -> Vec<String> {
    let bare = crate::impact::names::bare(column);
    let objects = look.case.after.objects.iter();
    objects
        .filter(|(identity, _)| matches!(identity.kind, Kind::Index | Kind::Constraint))
        .filter(|(identity, object)| {
            identity.of.as_deref() == Some(of) && object.list("columns").contains(&bare)
                || object.get("references") == Some(of) && object.list("referenced columns").contains(&bare)
        })
        .map(|(identity, _)| identity.to_string())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_takes_all_of_the_old_one_breaks_nothing() {
        for (before, after) in [
            ("integer", "bigint"),
            ("smallint", "numeric"),
            ("character varying(20)", "character varying(40)"),
            ("character varying(20)", "character varying"),
            ("character varying(20)", "text"),
            ("numeric(10,2)", "numeric(12,2)"),
            ("numeric(10,2)", "numeric"),
            ("timestamp(3) without time zone", "timestamp without time zone"),
        ] {
            assert!(takes_all(before, after), "{before} {after}");
            assert!(before == after || !takes_all(after, before), "{after} {before}");
        }
        assert!(!takes_all("text", "integer") && !takes_all("numeric(10,2)", "numeric(10,4)"));
    }
}
