//! What pending statements do to something that no migration has made, before one of them meets it. Each rule that says that a file
//! fails for it asks here whether that is certain.

use super::code::{has_branches, is_code, names_function};
use super::names::{bare, begins, mentions, parts, quoted, says};
use super::{FileTrace, StatementTrace};
use crate::catalog::{Catalog, Identity, Kind, Object};

/// What may have become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// No statement touches it.
    Stays,
    /// It has another name or is in another schema, or what it belongs to.
    Moved,
    /// It is dropped, or what it belongs to.
    Gone,
    /// Code that names it may do so.
    InCode(String),
    /// It cannot be known; in words: `unless line 3 of 0002 takes it away`.
    Unknown(String),
}

impl Fate {
    /// Why it is not certain that it is still there.
    pub fn doubt(&self) -> Option<&str> {
        match self {
            Fate::InCode(doubt) | Fate::Unknown(doubt) => Some(doubt),
            Fate::Stays | Fate::Moved | Fate::Gone => None,
        }
    }
}

/// What becomes of the file that meets it, as far as that is certain.
pub(super) fn fails(line: Option<usize>, doubt: Option<&str>) -> String {
    let will = if doubt.is_some() { "fails" } else { "will fail" };
    let at = line.map(|line| format!(" at line {line}")).unwrap_or_default();
    let unless = doubt.map(|doubt| format!(", {doubt}")).unwrap_or_default();
    format!("this file {will}{at}{unless}")
}

/// What runs on the target before a statement does; code may do so itself.
pub(super) struct Preceding<'a> {
    earlier: Vec<&'a FileTrace>,
    half: &'a FileTrace,
    /// The number of the statement.
    number: usize,
    only_on_target: &'a Catalog,
}

impl<'a> Preceding<'a> {
    pub fn new(
        earlier: impl IntoIterator<Item = &'a FileTrace>,
        (half, number): (&'a FileTrace, usize),
        only_on_target: &'a Catalog,
    ) -> Preceding<'a> {
        Preceding { earlier: earlier.into_iter().collect(), half, number, only_on_target }
    }

    /// What has become of something that was made by hand: the most that one of the statements does to it.
    pub fn fate_of(&self, identity: &Identity) -> Fate {
        let thing = Thing::new(identity, self.only_on_target.objects.get(identity).map(AsRef::as_ref));
        let touches: Vec<(Touch, &FileTrace, &StatementTrace)> = self
            .statements()
            .filter_map(|(half, statement)| Some((touch(half, statement, &thing)?, half, statement)))
            .collect();
        let first = |touch: Touch| {
            let mut such = touches.iter().filter(|(one, ..)| *one == touch);
            such.next().map(|(_, half, one)| {
                format!("unless line {} of {} takes it away", one.location.line, half.version)
            })
        };
        let has = |touch: Touch| touches.iter().any(|(one, ..)| *one == touch);
        if has(Touch::Drops) {
            return Fate::Gone;
        }
        if has(Touch::Moves) {
            return Fate::Moved;
        }
        if let Some(doubt) = first(Touch::NamesInCode) {
            return Fate::InCode(doubt);
        }
        let may_take_away = || first(Touch::MayTakeAway);
        self.elsewhere()
            .or_else(|| self.own_branches())
            .or_else(may_take_away)
            .map_or(Fate::Stays, Fate::Unknown)
    }

    /// Whether they leave it there, and as it is. What other code may do besides, [`Preceding::fate_of`] says.
    pub fn leave_as_it_is(&self, identity: &Identity) -> bool {
        !matches!(self.fate_of(identity), Fate::Gone | Fate::InCode(_)) && !self.make_otherwise(identity)
    }

    /// Whether one of these statements, or the one itself, makes it otherwise: what it needs then is not known.
    fn make_otherwise(&self, identity: &Identity) -> bool {
        let thing = Thing::new(identity, None);
        let itself = self.itself().into_iter();
        self.statements().map(|(_, one)| one).chain(itself).any(|one| {
            let text = &one.text;
            let defines = ["CREATE", "ALTER", "DROP"].iter().any(|word| begins(text, word));
            let goes = || is_drop_of_table(text) && thing.table_is_named(text);
            defines && (thing.is_meant(text) && moved(text, &thing).is_none() || goes())
        })
    }

    /// Whether a statement makes a table of it that is no partition any more.
    pub fn detaches(&self, partition: &Identity) -> bool {
        let thing = Thing::new(partition, None);
        let detaches = |one: &StatementTrace| {
            mentions(&one.text, "DETACH") && thing.is_named(&one.text) && !has_branches(one)
        };
        self.statements().any(|(_, one)| detaches(one))
    }

    fn statements(&self) -> impl Iterator<Item = (&'a FileTrace, &'a StatementTrace)> {
        let all = |half: &'a FileTrace, count: usize| {
            half.statements.iter().take(count).map(move |one| (half, one))
        };
        let itself = usize::from(self.itself().is_some_and(|one| begins(&one.text, "DO")));
        let earlier = self.earlier.clone().into_iter();
        earlier.flat_map(move |half| all(half, usize::MAX)).chain(all(self.half, self.number + itself))
    }

    fn itself(&self) -> Option<&'a StatementTrace> {
        self.half.statements.get(self.number)
    }

    /// What code does on a condition, it may not do on the target; and it may go on where the server refuses something.
    fn own_branches(&self) -> Option<String> {
        self.itself().is_some_and(has_branches).then(|| "unless its code goes another way there".to_owned())
    }

    /// A name without a schema is looked for in a schema that the scratch database does not have.
    fn elsewhere(&self) -> Option<String> {
        let schema = schema_of_path(self.only_on_target, self.half, self.number)?;
        Some(format!("unless its names are found in the {schema}, which no migration has made"))
    }
}

/// A schema that was made by hand and that the file puts into the search path before this statement.
pub(super) fn schema_of_path<'a>(
    only_on_target: &'a Catalog,
    half: &FileTrace,
    number: usize,
) -> Option<&'a Identity> {
    let mut schemas = only_on_target.objects.keys().filter(|one| one.kind == Kind::Schema);
    let sets = |one: &&StatementTrace| mentions(&one.text, "search_path");
    let paths: Vec<&StatementTrace> = half.statements.iter().take(number).filter(sets).collect();
    let is_in_one = |schema: &Identity| paths.iter().any(|one| mentions(&one.text, &bare(&schema.name)));
    schemas.find(|schema| is_in_one(schema)).map(AsRef::as_ref)
}

/// Something that was made by hand, by the names in which statements may mean it.
struct Thing {
    kind: Kind,
    name: String,
    /// What it goes away with, if these belong to the same table.
    columns: Vec<String>,
    /// The table that it belongs to.
    table: Option<String>,
    schema: Option<String>,
    /// Whether it is a partition or a child of another table.
    has_parents: bool,
}

impl Thing {
    fn new(identity: &Identity, object: Option<&Object>) -> Thing {
        let without_arguments = identity.name.split('(').next().unwrap_or(&identity.name);
        let whole = identity.of.as_deref().unwrap_or(without_arguments);
        let schema = match parts(whole).as_slice() {
            [schema, _] => Some(quoted(schema)),
            _ => None,
        };
        Thing {
            kind: identity.kind,
            // No operator has a dot in it.
            name: match identity.kind {
                Kind::Operator => without_arguments.rsplit('.').next().unwrap_or_default().to_owned(),
                _ => bare(without_arguments),
            },
            columns: object.map(|object| object.list("columns")).unwrap_or_default(),
            table: identity.of.as_deref().map(bare),
            schema,
            has_parents: object.is_none_or(|object| !object.list("inherits").is_empty()),
        }
    }

    /// Whether the `CASCADE` of something else may take it along. A table goes with its schema or the table above alone.
    fn may_go_along(&self, text: &str) -> bool {
        match self.kind {
            Kind::Schema | Kind::Extension | Kind::Enum | Kind::Publication | Kind::EventTrigger => false,
            Kind::Table => self.has_parents && mentions(text, "TABLE"),
            _ => true,
        }
    }

    /// Whether a `DROP` of its own is there for it; of a table's columns and constraints, `ALTER TABLE` drops them.
    fn is_dropped_by_name(&self) -> bool {
        !matches!(self.kind, Kind::Column | Kind::Constraint)
    }

    fn is_named(&self, text: &str) -> bool {
        mentions(text, &self.name)
    }

    /// Whether it is named, and its table where it needs that to be known.
    fn is_meant(&self, text: &str) -> bool {
        let stands_alone = self.table.is_none() || self.kind == Kind::Index;
        self.is_named(text) && (stands_alone || self.table_is_named(text))
    }

    fn table_is_named(&self, text: &str) -> bool {
        self.table.as_ref().is_some_and(|table| mentions(text, table))
    }

    fn schema_is_named(&self, text: &str) -> bool {
        self.schema.as_ref().is_some_and(|schema| mentions(text, schema))
    }

    /// Whether it is named as something of its table, as far as it has one.
    fn is_named_in_its_table(&self, text: &str) -> bool {
        let is_column = |column: &String| mentions(text, column);
        match self.table {
            None => self.is_named(text),
            Some(_) => {
                self.table_is_named(text) && (self.is_named(text) || self.columns.iter().any(is_column))
            }
        }
    }
}

/// What a statement does to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Touch {
    Drops,
    Moves,
    NamesInCode,
    MayTakeAway,
}

fn touch(half: &FileTrace, statement: &StatementTrace, thing: &Thing) -> Option<Touch> {
    let text = &statement.text;
    if begins(text, "DROP") || begins(text, "ALTER") {
        return touch_by_definition(text, thing);
    }
    is_code(schemas(half)?, text).then(|| touch_by_code(schemas(half)?, statement, thing)).flatten()
}

/// The first and the last that a half has.
fn schemas(half: &FileTrace) -> Option<[&Catalog; 2]> {
    Some([&half.stages.first()?.before, &half.stages.last()?.after])
}

fn is_drop_of_table(text: &str) -> bool {
    const TABLES: [&str; 4] = ["DROP TABLE", "DROP VIEW", "DROP MATERIALIZED VIEW", "DROP FOREIGN TABLE"];
    TABLES.iter().any(|words| begins(text, words))
}

fn touch_by_definition(text: &str, thing: &Thing) -> Option<Touch> {
    let drops = if begins(text, "DROP") {
        thing.is_named(text) && thing.is_dropped_by_name()
            || is_drop_of_table(text) && thing.table_is_named(text)
            || begins(text, "DROP SCHEMA") && thing.schema_is_named(text)
    } else {
        says(text, "DROP") && thing.is_named_in_its_table(text)
    };
    if drops {
        return Some(Touch::Drops);
    }
    if let Some(touch) = moved(text, thing) {
        return Some(touch);
    }
    let cascades = says(text, "CASCADE") && (begins(text, "DROP") || says(text, "DROP"));
    (cascades && thing.may_go_along(text) || begins(text, "DROP OWNED")).then_some(Touch::MayTakeAway)
}

/// `ALTER … RENAME` and `SET SCHEMA`.
fn moved(text: &str, thing: &Thing) -> Option<Touch> {
    let (renames, changes_schema) = (says(text, "RENAME"), says(text, "SET SCHEMA"));
    if !begins(text, "ALTER") || !renames && !changes_schema {
        return None;
    }
    // Without the new name, or the new schema.
    let end = if changes_schema { " set schema" } else { " to " };
    let lower = text.to_lowercase();
    let old = lower.rsplit_once(end).map_or(lower.as_str(), |(old, _)| old);
    if begins(text, "ALTER SCHEMA") {
        return (thing.schema_is_named(old) || thing.kind == Kind::Schema && thing.is_named(old))
            .then_some(Touch::Moves);
    }
    let of_whole = changes_schema || says(text, "RENAME TO");
    let is_one_of_its_own = matches!(thing.kind, Kind::Index | Kind::Trigger | Kind::Policy | Kind::Rule);
    let moves_itself = match thing.table {
        None => of_whole && thing.is_named(old),
        Some(_) => thing.is_named(old) && (is_one_of_its_own || thing.table_is_named(old)),
    };
    match moves_itself {
        true => Some(Touch::Moves),
        // An index keeps its name where its table gets another one. Which statements name its table then is not followed.
        false if of_whole && thing.table_is_named(old) && thing.kind == Kind::Index => {
            Some(Touch::MayTakeAway)
        }
        false => (of_whole && thing.table_is_named(old)).then_some(Touch::Moves),
    }
}

fn touch_by_code(schemas: [&Catalog; 2], statement: &StatementTrace, thing: &Thing) -> Option<Touch> {
    let text = &statement.text;
    let is_named = thing.is_meant(text) || thing.table_is_named(text) && mentions(text, "TABLE");
    let schema_goes = mentions(text, "SCHEMA") && thing.schema_is_named(text);
    let takes_away = ["DROP", "RENAME", "SCHEMA", "DETACH"].iter().any(|word| mentions(text, word));
    if takes_away && (is_named || schema_goes) {
        let is_certain =
            begins(text, "DO") && !has_branches(statement) && thing.is_meant(text) && mentions(text, "DROP");
        return Some(if is_certain { Touch::Drops } else { Touch::NamesInCode });
    }
    let calls = ["EXECUTE", "CALL", "PERFORM"].iter().any(|word| mentions(text, word))
        || names_function(schemas, text);
    let cascades = mentions(text, "CASCADE") && thing.may_go_along(text);
    (calls || !begins(text, "DO") || cascades).then_some(Touch::MayTakeAway)
}
