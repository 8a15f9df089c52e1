//! What to ask of the target's rows before a file runs: whether they are in the way of it, and what goes away with it.

mod about;
mod changed_rows;
mod columns;
mod constraints;
mod deleted;
mod domains;
mod exclusion;
mod expressions;
mod new_values;
mod partitions;
mod place;
mod renamed;
mod statements;
mod taken_back;
mod too_wide;
mod types;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

pub use about::{About, ParentRows};
pub use changed_rows::ChangedRows;

use super::identifiers::with_schema_of_type;
use super::{FileTrace, HalfStage};
use crate::catalog::{Catalog, Change, Difference, Identity, Item, Kind, Lineage, Object};
use crate::migration::{Location, Version};
use renamed::Renamed;
pub(super) use statements::{Conversion, Statements};

/// A question about the rows of a table as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Question {
    /// The table, as SQL writes it: `public.users`.
    pub table: String,
    /// What rows are looked for.
    #[serde(flatten)]
    pub about: About,
    /// What it means when there are any.
    pub consequence: Consequence,
    /// The statement for which the rows matter, if it can be told.
    pub location: Option<Location>,
    /// What changes rows of the tables before they matter: then the answer may be another one by that time.
    pub changed_before: Option<ChangedBefore>,
    /// Columns that the target does not have as they will be when the rows matter: new ones, and those of another type.
    #[serde(skip)]
    pub new_values: Vec<NewValue>,
    /// Whether the rows of its children are left out, as the server leaves them out.
    #[serde(skip)]
    pub own_rows: bool,
    /// Whether what changes rows before may make such rows where the target has none.
    #[serde(skip)]
    pub may_come: bool,
    /// The half that makes what it is about: then the target cannot answer.
    #[serde(skip)]
    pub made_by: Option<Version>,
}

/// What a column will hold once the half has made it or given it another type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewValue {
    /// The column, without quotes.
    pub column: String,
    /// An expression over the columns that are there now.
    pub value: String,
}

/// A statement, of this half or of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ChangedBefore {
    /// The file.
    pub version: Version,
    /// Where it begins in the file.
    pub location: Location,
}

/// What it means when there are such rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Consequence {
    /// The file fails.
    Fails,
    /// Values are gone afterwards.
    Loses,
    /// What runs today fails.
    Breaks,
}

/// What the target answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RowAnswer {
    /// To what.
    #[serde(flatten)]
    pub question: Question,
    /// The answer.
    #[serde(flatten)]
    pub outcome: RowCount,
}

/// An answer, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "outcome", content = "detail", rename_all = "snake_case")]
pub enum RowCount {
    /// There are none.
    None,
    /// The number of rows; of [`About::Duplicates`] and [`About::Orphans`], that of values.
    Rows(u64),
    /// The same, and perhaps more.
    AtLeast(u64),
    /// It would have taken longer than the time limit.
    TimedOut,
    /// Another session has locked the table, or is waiting to.
    Locked,
    /// The role may not read the table, or only some of its rows.
    NotAllowed,
    /// Something that the question names is not there (yet).
    NotThere {
        /// What the server said.
        message: String,
    },
    /// The server said something else, or nothing.
    Unanswered {
        /// What the server said.
        message: String,
    },
}

impl RowCount {
    /// How many were found, at least. `None` where there is no answer.
    pub fn found(&self) -> Option<u64> {
        match self {
            RowCount::None => Some(0),
            RowCount::Rows(rows) | RowCount::AtLeast(rows) => Some(*rows),
            _ => None,
        }
    }
}

/// What to ask before each of these halves runs, which run one after the other. Nothing is asked about what one of them makes;
/// what it gives another name is asked about by the one that the target has.
pub fn questions(halves: &[FileTrace]) -> Vec<Vec<Question>> {
    let mut stages: Vec<Making<'_>> = Vec::new();
    let mut all = Vec::new();
    for half in halves {
        let mut of_half: Vec<Question> = Vec::new();
        for stage in &half.stages {
            let making = Making::new(half, stage, &stages);
            for question in making.questions(&stages) {
                let is_same =
                    |known: &Question| known.table == question.table && known.about == question.about;
                if !of_half.iter().any(is_same) {
                    of_half.push(question);
                }
            }
            stages.push(making);
        }
        all.push(of_half);
    }
    all
}

fn tables_of(table: &str, about: &About) -> Vec<String> {
    match about {
        About::Orphans { parent, parent_rows, .. } if *parent_rows != ParentRows::None => {
            vec![parent.clone(), table.to_owned()]
        }
        About::Refreshed { tables, .. } => tables.clone(),
        // It can be locked by no name.
        About::OutOfRange { .. } => Vec::new(),
        _ => vec![table.to_owned()],
    }
}

/// A table, what to ask of it, and why.
type RowQuestion = (String, About, Consequence);

/// What questions are made from: a stage of a half.
struct Making<'a> {
    half: &'a FileTrace,
    stage: &'a HalfStage,
    /// The schema before it, by the names afterwards.
    before: Cow<'a, Catalog>,
    after: &'a Catalog,
    lineage: &'a Lineage,
    renamed: Renamed,
    statements: Statements,
    /// The types that the target does not have, or has otherwise.
    new_types: BTreeSet<Identity>,
}

impl<'a> Making<'a> {
    fn new(half: &'a FileTrace, stage: &'a HalfStage, earlier: &[Making<'_>]) -> Making<'a> {
        let renamed = Renamed::by(&stage.lineage);
        let before = match renamed.is_empty() {
            true => Cow::Borrowed(stage.before.as_ref()),
            false => Cow::Owned(renamed.catalog(&stage.before)),
        };
        let mut new_types = earlier.last().map_or_else(BTreeSet::new, |last| last.new_types.clone());
        new_types.extend(new_values::new_types(stage));
        let statements = Statements::of(half.statements.get(stage.statements.clone()).unwrap_or_default());
        Making {
            half,
            stage,
            before,
            after: &stage.after,
            lineage: &stage.lineage,
            renamed,
            statements,
            new_types,
        }
    }
}

impl Making<'_> {
    /// What the stage asks of the rows that the target has before the earlier ones.
    fn questions(&self, earlier: &[Making<'_>]) -> Vec<Question> {
        let items = Difference::between(&self.before, self.after).items;
        let asked = items.iter().flat_map(|item| self.asked(item));
        let asked = asked.chain(self.types_made_anew()).chain(self.constraints_made_anew());
        asked.filter_map(|asked| self.question(asked, earlier)).collect()
    }

    fn asked(&self, item: &Item) -> Vec<RowQuestion> {
        match (item.identity.kind, &item.change) {
            (Kind::Column, _) => self.column(item),
            (Kind::Constraint, Change::Added { .. } | Change::Changed { .. }) => self.constraint(item),
            (Kind::Index, Change::Added { .. } | Change::Changed { .. }) => self.index(item),
            (Kind::Domain, Change::Changed { attributes }) => self.domain(&item.identity, attributes),
            (Kind::Table, Change::Added { .. } | Change::Changed { .. }) => self.partition(&item.identity),
            (Kind::Table, Change::Removed { .. }) => self.dropped_table(&item.identity).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Whether rows of children may be what they like: a foreign key holds for those of partitions only.
    fn is_of_own_rows(&self, of: &str, about: &About) -> bool {
        let has_partitions = self.table_before(of).is_some_and(|of| of.get("partition by").is_some());
        let is_for_one = |name: &String| {
            let identity = Identity { kind: Kind::Constraint, of: Some(of.to_owned()), name: name.clone() };
            let definition = self.object_after(&identity).and_then(|constraint| constraint.get("definition"));
            definition.is_some_and(|definition| definition.contains(" NO INHERIT"))
        };
        match about {
            About::Orphans { .. } | About::Unindexable { .. } | About::TooWide { .. } => !has_partitions,
            About::Breaking { name, .. } => is_for_one(name),
            About::Nulls { column } => self.leaves_child_nullable(of, column),
            _ => false,
        }
    }

    /// Whether a column may be NULL in a child of a table whose own becomes NOT NULL. A child that becomes so, too, is asked by itself.
    fn leaves_child_nullable(&self, of: &str, column: &str) -> bool {
        let tables = self.after.objects.iter().filter(|(identity, _)| identity.kind == Kind::Table);
        let mut children =
            tables.filter(|(_, child)| child.list("inherits").iter().any(|parent| parent == of));
        children.any(|(child, _)| {
            let own = self.object_after(&column_of(&child.name, column));
            own.is_some_and(|own| own.get("not null").is_none())
                || self.leaves_child_nullable(&child.name, column)
        })
    }

    /// The tables whose rows take rows of these along: by a foreign key that says ON DELETE CASCADE or the like.
    fn changed_by_action(&self, tables: &[String]) -> Vec<String> {
        const ACTIONS: [&str; 4] =
            ["ON DELETE CASCADE", "ON DELETE SET", "ON UPDATE CASCADE", "ON UPDATE SET"];
        let mut reached = tables.to_vec();
        let keys = || self.before.objects.iter().filter(|(identity, _)| identity.kind == Kind::Constraint);
        let acts = |key: &Object| {
            key.get("definition").is_some_and(|text| ACTIONS.iter().any(|action| text.contains(action)))
        };
        loop {
            let of_reached = keys().filter(|(identity, key)| {
                identity.of.as_ref().is_some_and(|of| reached.contains(of)) && acts(key)
            });
            let parents = of_reached.filter_map(|(_, key)| key.get("references").map(str::to_owned));
            let new: BTreeSet<String> = parents.filter(|parent| !reached.contains(parent)).collect();
            if new.is_empty() {
                return reached.split_off(tables.len());
            }
            reached.extend(new);
        }
    }

    /// How a column gets this other type. Both names are those after the half.
    fn conversion(&self, table: &str, column: &str, to: &str) -> Conversion {
        match self.statements.conversion(table, column) {
            Conversion::Using(expression) => Conversion::Using(with_schema_of_type(&expression, to)),
            other => other,
        }
    }

    fn object_before(&self, identity: &Identity) -> Option<&Object> {
        self.before.objects.get(identity).map(AsRef::as_ref)
    }

    fn object_after(&self, identity: &Identity) -> Option<&Object> {
        self.after.objects.get(identity).map(AsRef::as_ref)
    }

    /// The table before the half, if it has rows of its own or in partitions.
    fn table_before(&self, name: &str) -> Option<&Object> {
        self.object_before(&table(name))
    }

    /// The columns that have this type before the half, with the name of their table: those of tables that stay.
    fn columns_of_type(&self, wanted: impl Fn(&str) -> bool) -> Vec<(String, String, String)> {
        let columns = self.before.objects.iter().filter(|(identity, _)| identity.kind == Kind::Column);
        columns
            .filter_map(|(identity, column)| {
                let table_name = identity.of.clone()?;
                let type_name = column.get("type").filter(|name| wanted(name))?;
                let stays = self.table_before(&table_name).is_some() && self.object_after(identity).is_some();
                // The parent's rows include those of its children.
                let own = column.get("inherited").is_none();
                (stays && own).then(|| (table_name, identity.name.clone(), type_name.to_owned()))
            })
            .collect()
    }
}

fn table(name: &str) -> Identity {
    Identity { kind: Kind::Table, of: None, name: name.to_owned() }
}

fn column_of(table: &str, column: &str) -> Identity {
    Identity { kind: Kind::Column, of: Some(table.to_owned()), name: column.to_owned() }
}

/// A name without its schema, as SQL writes it.
pub(super) fn last_part(name: &str) -> &str {
    let (mut in_quotes, mut start) = (false, 0);
    for (at, letter) in name.char_indices() {
        match letter {
            '"' => in_quotes = !in_quotes,
            '.' if !in_quotes => start = at + 1,
            _ => {}
        }
    }
    name.get(start..).unwrap_or(name)
}

impl Question {
    /// The tables whose rows are looked at.
    pub fn tables(&self) -> Vec<String> {
        tables_of(&self.table, &self.about)
    }

    /// What was found, with its number: `1 row of users has no email`.
    pub fn counted(&self, count: u64) -> String {
        format!("{count} {}", self.sentence(count == 1))
    }

    fn sentence(&self, is_one: bool) -> String {
        let number = |one, many| if is_one { one } else { many };
        let (rows, values, are) = (number("row", "rows"), number("value", "values"), number("is", "are"));
        let have = number("has", "have");
        let table = &self.table;
        match &self.about {
            About::Nulls { column } => format!("{rows} of {table} {have} no {column}"),
            About::NewColumn { column } => {
                format!(
                    "{rows} of {table} would have no {column}, which has to have a value and has no default"
                )
            }
            About::Duplicates { key, .. } => {
                format!("{values} of {} {are} more than once in {table}", key.join(", "))
            }
            About::Refreshed { key, .. } => {
                format!(
                    "{values} of {} {are} more than once in what the query of {table} gives",
                    key.join(", ")
                )
            }
            About::Orphans { columns, parent, deleted, parent_rows, .. } => {
                let when = match (parent_rows, deleted.is_empty()) {
                    (ParentRows::None, _) => ", which the file makes and leaves empty",
                    (_, true) => "",
                    (_, false) => " once the rows are deleted that the file deletes",
                };
                format!("{values} of {table} ({}) {are} not in {parent}{when}", columns.join(", "))
            }
            About::Conflicts { name, .. } => {
                let pairs = number("pair", "pairs");
                format!("{pairs} of rows of {table} {} by {name}", number("is excluded", "are excluded"))
            }
            About::Misplaced { partition, .. } if partition == table => {
                format!("{rows} of {table} {} not fit its bound", number("does", "do"))
            }
            About::Misplaced { partition, .. } => {
                format!("{rows} of {table} {} into {partition}", number("belongs", "belong"))
            }
            About::Breaking { name, .. } => {
                format!("{rows} of {table} {} {name}", number("breaks", "break"))
            }
            About::Uncastable { column, to, .. } => {
                format!("{values} of {table}.{column} cannot become {to}")
            }
            About::Uncomputable { column, .. } => {
                format!("{rows} of {table} {have} no {column}: what it is generated from fails")
            }
            About::Unindexable { name, .. } => {
                format!("{rows} of {table} cannot be indexed by {name}: an expression or its condition fails")
            }
            About::TooWide { name, .. } => {
                format!(
                    "{rows} of {table} {are} too large for the index {name}, which holds no more than 2704 bytes of one"
                )
            }
            About::Rounded { column, to, .. } => {
                let turn = number("it becomes", "they become");
                format!("{values} of {table}.{column} {are} rounded or cut when {turn} {to}")
            }
            About::EnumValues { column, values, .. } => {
                format!("{rows} of {table} {have} a {column} that goes away: {}", values.join(", "))
            }
            About::DroppedColumn { column } => {
                format!("{rows} of {table} {have} a value in {column}, which is dropped")
            }
            About::DroppedTable => format!("{rows} {are} in {table}, which is dropped"),
            About::Used { column, sequence, .. } => {
                format!("{rows} of {table} {have} a {column} that {sequence} gives again")
            }
            About::OutOfRange { minimum, maximum, .. } => {
                format!("{values} of {table} {are} not between {minimum} and {maximum}")
            }
        }
    }
}

impl fmt::Display for Question {
    /// What was looked for, as of several: `rows of users have no email`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence(false))
    }
}
