//! A column that takes the place of another one: both are there until all rows have the new value.

use super::in_batches;
use super::successor_column::Successor;
use super::successor_parts::SuccessorParts;
use crate::catalog::{Identity, Kind, Object};
use crate::impact::finding::{Recipe, together};
use crate::impact::identifiers::of_new_row;
use crate::impact::look::HalfView;
use crate::impact::names::{bare, beside, made_of};
use crate::impact::rule::{has_named_not_null, not_null_files, not_null_name};

impl Successor<'_> {
    /// The migrations; or, where something else than indexes and constraints stands in the way, what that is.
    pub fn recipe(&self, look: &HalfView<'_>, note: &str) -> Option<Recipe> {
        let Successor { of, old, meanwhile, last, value, .. } = self;
        let wanted = look.after(&self.identity(last))?;
        let parts = match SuccessorParts::of(look, self) {
            Ok(parts) => parts,
            Err(in_the_way) => {
                let them = in_the_way.join(", ");
                return Some(Recipe::note(format!(
                    "A new column beside {old}, filled a few rows at a time, can take its place when these have been made for it \
                     as well: {them}."
                )));
            }
        };
        let mut files = vec![together(self.prepare(look, wanted)?)];
        // Some types have no equality.
        let is_missing = format!("{meanwhile} IS NULL AND ({value}) IS NOT NULL");
        files.push(in_batches(look, of, &format!("{meanwhile} = {value}"), &is_missing));
        if wanted.get("not null").is_some() {
            files.extend(not_null_files(look, of, meanwhile));
        }
        files.extend(parts.files);
        let mut swap =
            format!("DROP TRIGGER {0} ON {of};\nDROP FUNCTION {1}();\n", self.trigger(), self.function());
        if let Some(default) = wanted.get("default") {
            swap += &format!("ALTER TABLE {of} ALTER COLUMN {meanwhile} SET DEFAULT {default};\n");
        }
        for sequence in owned(look, of, old) {
            swap += &format!("ALTER SEQUENCE {sequence} OWNED BY {of}.{meanwhile};\n");
        }
        swap += &parts.before_the_drop;
        swap += &format!("ALTER TABLE {of} DROP COLUMN {old};\n");
        if meanwhile != last {
            swap += &format!("ALTER TABLE {of} RENAME COLUMN {meanwhile} TO {last};\n");
            swap += &self.named_not_null(look, wanted);
        }
        swap += &parts.after_the_drop;
        swap += &identity_of(of, last, wanted);
        files.push(together(swap.trim_end()));
        files.push(together(format!("ANALYZE {of} ({last});")));
        Some(Recipe::of(files).with_note(note))
    }

    /// Since version 18 NOT NULL has a name, which is made of the column's.
    fn named_not_null(&self, look: &HalfView<'_>, wanted: &Object) -> String {
        if wanted.get("not null").is_none() || !has_named_not_null(look) {
            return String::new();
        }
        let of = self.of;
        let (own, usual) = (not_null_name(of, self.meanwhile), not_null_name(of, self.last));
        let name =
            wanted.get("not null constraint").and_then(|name| name.split(' ').next()).unwrap_or(&usual);
        format!("ALTER TABLE {of} RENAME CONSTRAINT {own} TO {name};\n")
    }

    fn trigger(&self) -> String {
        made_of(&[self.of, self.old, "kept_up"])
    }

    fn function(&self) -> String {
        beside(self.of, &self.trigger())
    }

    /// The column, and what keeps it up.
    fn prepare(&self, look: &HalfView<'_>, wanted: &Object) -> Option<String> {
        let Successor { of, meanwhile, value, .. } = self;
        let type_name = wanted.get("type")?;
        let collation = wanted.get("collation").map(|name| format!(" COLLATE {name}")).unwrap_or_default();
        let (trigger, function) = (self.trigger(), self.function());
        let body = self.kept_up.clone().unwrap_or_else(|| {
            let value = of_new_row(value, of, &columns(look, of));
            format!("    NEW.{meanwhile} := {value};")
        });
        Some(format!(
            "\
ALTER TABLE {of} ADD COLUMN {meanwhile} {type_name}{collation};
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{body}
    RETURN NEW;
END
$$;
CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {of} FOR EACH ROW EXECUTE FUNCTION {function}();"
        ))
    }
}

fn columns(look: &HalfView<'_>, of: &str) -> Vec<String> {
    let table = Identity { kind: Kind::Table, of: None, name: of.to_owned() };
    let names = look.before(&table).map(|table| table.list("columns")).unwrap_or_default();
    names.iter().map(|name| look.column(of, name)).collect()
}

/// The sequences that would go with the column.
fn owned(look: &HalfView<'_>, of: &str, column: &str) -> Vec<String> {
    let owner = format!("{of}.{column}");
    let is_identity = look
        .before(&Identity { kind: Kind::Column, of: Some(of.to_owned()), name: column.to_owned() })
        .is_some_and(|column| column.get("identity").is_some());
    let sequences = look.case.before.objects.iter().filter(|(identity, sequence)| {
        identity.kind == Kind::Sequence && sequence.get("owned by") == Some(&owner) && !is_identity
    });
    sequences.map(|(identity, _)| identity.name.clone()).collect()
}

/// The numbers go on after the highest one.
fn identity_of(of: &str, column: &str, wanted: &Object) -> String {
    let Some(kind) = wanted.get("identity") else { return String::new() };
    let (table, name) = (of.replace('\'', "''"), bare(column).replace('\'', "''"));
    format!(
        "ALTER TABLE {of} ALTER COLUMN {column} ADD GENERATED {} AS IDENTITY;\n\
         SELECT setval(pg_get_serial_sequence('{table}', '{name}'), max({column})) FROM {of};\n",
        kind.to_uppercase()
    )
}
