//! New columns, with all that belongs to them.

use super::steps::not_valid;
use super::{foreign_key, in_batches, key};
use crate::catalog::{Identity, Kind, Object};
use crate::impact::RowWork;
use crate::impact::finding::{Recipe, RecipeFile, together};
use crate::impact::look::HalfView;
use crate::impact::names::{bare, beside, made_of, mentions};
use crate::impact::rule::{is_checked_domain, is_new_name, not_null_files};

/// A column that a statement adds.
struct NewColumn<'a> {
    name: String,
    object: &'a Object,
    /// Whether its values differ from row to row, so that rows are filled a few at a time.
    is_filled: bool,
}

/// The columns that this statement adds to the table, or to the partitioned one that it is a part of, each with its values and
/// its constraints. `None` where it adds none, and where there is no such way.
pub(in crate::impact) fn new_columns(look: &HalfView<'_>, number: usize, table: &str) -> Option<Recipe> {
    let of = &look.whole(table);
    let columns = added(look, number, of);
    let has_way = |column: &NewColumn<'_>| {
        let is_stored = column.object.get("generated").is_some_and(|text| text.ends_with(" STORED"));
        !is_stored && !column.object.get("type").is_none_or(|name| is_checked_domain(look, name))
    };
    if columns.is_empty() || !columns.iter().all(has_way) {
        return None;
    }
    let add: Vec<String> = columns.iter().map(|column| column.add(look, of)).collect();
    let mut files = vec![together(add.join("\n"))];
    for column in columns.iter().filter(|column| column.is_filled) {
        let name = &column.name;
        files.push(in_batches(look, of, &format!("{name} = DEFAULT"), &format!("{name} IS NULL")));
    }
    for column in columns.iter().filter(|column| column.becomes_not_null()) {
        files.extend(not_null_files(look, of, &column.name));
    }
    files.extend(columns.iter().filter_map(|column| column.become_identity(of)));
    files.extend(constraints(look, number, of, &columns)?);
    Some(Recipe::of(files))
}

fn added<'a>(look: &HalfView<'a>, number: usize, of: &str) -> Vec<NewColumn<'a>> {
    let table = Identity { kind: Kind::Table, of: None, name: of.to_owned() };
    let Some(table) = look.after(&table) else { return Vec::new() };
    let rewrites = look.case.trace.statements.get(number).is_some_and(|statement| {
        statement
            .work
            .iter()
            .any(|work| matches!(work, RowWork::Rewrite(one) if look.whole(&look.name(one)) == of))
    });
    let columns = table.list("columns").into_iter().map(|column| look.column(of, &column));
    columns
        .filter_map(|name| {
            let identity = Identity { kind: Kind::Column, of: Some(of.to_owned()), name };
            let is_new = look.before(&identity).is_none()
                && !is_new_name(look, &identity)
                && adds(look, of, &identity.name) == Some(number);
            let object = look.after(&identity).filter(|_| is_new)?;
            let is_filled = object.get("identity").is_some()
                || rewrites && object.get("default").is_some_and(|default| !is_constant(default));
            Some(NewColumn { name: identity.name, object, is_filled })
        })
        .collect()
}

/// The statement that adds a new column: the first that knows it.
fn adds(look: &HalfView<'_>, of: &str, column: &str) -> Option<usize> {
    let mut statements = look.statements();
    statements
        .find(|(_, one)| mentions(&one.text, of) && mentions(&one.text, column))
        .map(|(number, _)| number)
}

/// Whether a default is the same for all rows, so that it is kept once.
pub(in crate::impact) fn is_constant(default: &str) -> bool {
    let words = ["true", "false", "now()", "current_timestamp", "current_date"];
    default.starts_with(|c: char| c.is_ascii_digit() || c == '\'' || c == '-')
        || words.contains(&default.to_ascii_lowercase().as_str())
}

impl NewColumn<'_> {
    /// Adds it without touching a row.
    fn add(&self, look: &HalfView<'_>, of: &str) -> String {
        let (name, object) = (&self.name, self.object);
        let type_name = object.get("type").unwrap_or_default();
        let collation = object.get("collation").map(|name| format!(" COLLATE {name}")).unwrap_or_default();
        let add = format!("ALTER TABLE {of} ADD COLUMN {name} {type_name}{collation}");
        if let Some(expression) = object.get("generated").and_then(|text| text.strip_suffix(" VIRTUAL")) {
            return format!("{add} GENERATED ALWAYS AS ({expression}) VIRTUAL;");
        }
        let not_null =
            if object.get("not null").is_some() && !self.becomes_not_null() { " NOT NULL" } else { "" };
        match object.get("default") {
            Some(default) if self.is_filled => {
                let (sequence, owner) = sequence(look, of, name, type_name, default);
                format!(
                    "{sequence}{add};\nALTER TABLE {of} ALTER COLUMN {name} SET DEFAULT {default};{owner}"
                )
            }
            Some(default) => format!("{add} DEFAULT {default}{not_null};"),
            None if self.is_identity() => {
                let sequence = self.sequence(of);
                let literal = sequence.replace('\'', "''");
                format!(
                    "CREATE SEQUENCE {sequence};\n{add};\n\
                     ALTER TABLE {of} ALTER COLUMN {name} SET DEFAULT nextval('{literal}');"
                )
            }
            None => format!("{add}{not_null};"),
        }
    }

    fn is_identity(&self) -> bool {
        self.object.get("identity").is_some()
    }

    fn becomes_not_null(&self) -> bool {
        let has_value = self.object.get("default").is_some() && !self.is_filled;
        self.object.get("not null").is_some() && !has_value
    }

    /// Gives the numbers until the column is an identity.
    fn sequence(&self, of: &str) -> String {
        beside(of, &made_of(&[of, &self.name, "fill"]))
    }

    /// The column goes on where the sequence ends.
    fn become_identity(&self, of: &str) -> Option<RecipeFile> {
        let kind = self.object.get("identity")?.to_uppercase();
        let (name, sequence) = (&self.name, self.sequence(of));
        let (table, column) = (of.replace('\'', "''"), bare(name).replace('\'', "''"));
        Some(together(format!(
            "ALTER TABLE {of} ALTER COLUMN {name} DROP DEFAULT, ALTER COLUMN {name} ADD GENERATED {kind} AS IDENTITY;\n\
             SELECT setval(pg_get_serial_sequence('{table}', '{column}'), last_value, is_called) FROM {sequence};\n\
             DROP SEQUENCE {sequence};"
        )))
    }
}

/// What makes the sequence of `nextval('public.users_n_seq'::regclass)` before the column, if the half makes it, and what
/// gives it to the column afterwards.
fn sequence(look: &HalfView<'_>, of: &str, column: &str, type_name: &str, default: &str) -> (String, String) {
    let name = || default.split_once("nextval('")?.1.split_once('\'').map(|(name, _)| name);
    let Some(name) = name() else { return Default::default() };
    let is_known = |name: &str| {
        let identity = Identity { kind: Kind::Sequence, of: None, name: name.to_owned() };
        look.before(&identity).is_some()
    };
    if is_known(name) || is_known(&beside(of, name)) {
        return Default::default();
    }
    let of_type = if type_name == "bigint" { String::new() } else { format!(" AS {type_name}") };
    let owner = format!("\nALTER SEQUENCE {name} OWNED BY {of}.{column};");
    (format!("CREATE SEQUENCE {name}{of_type};\n"), owner)
}

/// The constraints that the statement gives these columns.
fn constraints(
    look: &HalfView<'_>,
    number: usize,
    of: &str,
    columns: &[NewColumn<'_>],
) -> Option<Vec<RecipeFile>> {
    let text = &look.case.trace.statements.get(number)?.text;
    let mut files = Vec::new();
    for (identity, object) in look.added_to(of, Kind::Constraint) {
        let kind = object.get("type")?;
        let words = match kind {
            "foreign key" => "references",
            "primary key" => "primary",
            "exclude" => return None,
            kind => kind,
        };
        let is_of_them =
            object.list("columns").iter().any(|column| columns.iter().any(|new| bare(&new.name) == *column));
        let is_of_another =
            look.statements().any(|(other, one)| other != number && mentions(&one.text, &identity.name));
        if !is_of_them || is_of_another || !mentions(text, words) {
            continue;
        }
        let (name, definition) = (&identity.name, object.get("definition")?);
        files.extend(match kind {
            "foreign key" => foreign_key(look, of, name, object)?,
            "check" => not_valid(of, name, definition),
            _ => key(look, of, name, object)?,
        });
    }
    Some(files)
}
