//! What a half may do on the target only as the owner of something, or with a privilege. On the scratch database everything belongs to
//! the role that runs it.

mod named;

use super::dependents::on_target;
use super::names::{bare, begins, mentions, parts, quoted, says};
use super::{FileTrace, Relation, StatementTrace};
use crate::catalog::{Change, Identity, Item, Kind};
pub(super) use named::named;

/// What a role may do with something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// What only its owner may do.
    Own,
    /// Dropping it: its owner may, and the owner of its schema.
    Drop,
    /// Making something in a schema, or a schema in the database.
    Create,
    /// Referring to a table by a foreign key.
    References,
    /// Making a trigger.
    Trigger,
    /// `TRUNCATE`.
    Truncate,
    /// `INSERT` and `COPY`.
    Insert,
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
}

impl Right {
    /// The privilege that gives it. None does of what only an owner may do.
    pub fn privilege(self) -> Option<&'static str> {
        match self {
            Right::Own | Right::Drop => None,
            Right::Create => Some("CREATE"),
            Right::References => Some("REFERENCES"),
            Right::Trigger => Some("TRIGGER"),
            Right::Truncate => Some("TRUNCATE"),
            Right::Insert => Some("INSERT"),
            Right::Update => Some("UPDATE"),
            Right::Delete => Some("DELETE"),
        }
    }
}

/// On what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RightOn {
    /// The database.
    Database,
    /// A schema, without quotes.
    Schema(String),
    /// A table, a view, an index, a sequence: its schema and its name, without quotes.
    Relation(String, String),
    /// A function or a procedure, as the catalog writes it.
    Function(String),
    /// A type, as the catalog writes it.
    Type(String),
}

/// A right that a half needs on what the target has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededRight {
    /// The number of the first statement that needs it, from 0.
    pub statement: usize,
    /// Which.
    pub right: Right,
    /// On what, by the names that the target has before the first half.
    pub on: RightOn,
}

/// A right that the role of the target's session does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingRight {
    /// What for.
    pub needed: NeededRight,
    /// The role.
    pub role: String,
    /// Whom the thing belongs to.
    pub owner: String,
}

/// What the last of these halves needs, which run one after the other: what its statements say plainly. From where one may make the
/// role another one, or give it rights, nothing is certain any more.
pub fn needed_rights(halves: &[FileTrace]) -> Vec<NeededRight> {
    let Some((half, earlier)) = halves.split_last() else { return Vec::new() };
    if earlier.iter().flat_map(|half| &half.statements).any(|one| may_give_rights(&one.text)) {
        return Vec::new();
    }
    let mut needed: Vec<NeededRight> = Vec::new();
    let before = half.statements.iter().take_while(|one| !may_give_rights(&one.text));
    for (number, statement) in before.enumerate() {
        let of_statement = on_relations(statement).into_iter().chain(on_changed(half, earlier, statement));
        for (right, on) in of_statement {
            if !needed.iter().any(|known| known.right == right && known.on == on) {
                needed.push(NeededRight { statement: number, right, on });
            }
        }
    }
    needed
}

/// Whether what comes after a statement may be done with other rights.
fn may_give_rights(text: &str) -> bool {
    const ANOTHER_ROLE: [&str; 8] = [
        "SET ROLE",
        "SET LOCAL ROLE",
        "SET SESSION ROLE",
        "SET SESSION AUTHORIZATION",
        "SET LOCAL SESSION AUTHORIZATION",
        "ALTER ROLE",
        "ALTER USER",
        "ALTER GROUP",
    ];
    let is_code = ["DO", "CALL", "SELECT"].iter().any(|word| begins(text, word));
    ANOTHER_ROLE.iter().any(|phrase| begins(text, phrase))
        // Of a role, not of what it may do with something.
        || begins(text, "GRANT") && !says(text, "ON")
        || is_code && ["GRANT", "ROLE", "AUTHORIZATION", "set_config"].iter().any(|word| mentions(text, word))
}

/// What a statement needs of the relations that it names, of those that the target has.
fn on_relations(statement: &StatementTrace) -> Vec<(Right, RightOn)> {
    let relation = |name: &[String]| -> Option<&Relation> {
        let (name, schema) = name.split_last()?;
        let mut locked = statement.locks.iter().map(|lock| &lock.relation);
        locked.find(|one| one.name == *name && schema.last().is_none_or(|schema| one.schema == *schema))
    };
    let named = named(&statement.text).into_iter();
    named
        .filter_map(|(right, name)| {
            let on_target = relation(&name)?.on_target.as_ref()?;
            Some((right, RightOn::Relation(on_target.schema.clone(), on_target.name.clone())))
        })
        .collect()
}

/// What a statement needs for what it changes in the schema and names itself.
fn on_changed<'a>(
    half: &'a FileTrace,
    earlier: &'a [FileTrace],
    statement: &'a StatementTrace,
) -> impl Iterator<Item = (Right, RightOn)> + use<'a> {
    let text = statement.text.as_str();
    let is_named = |identity: &Identity| {
        let name = bare(identity.name.split('(').next().unwrap_or_default());
        mentions(text, &name)
    };
    let made = half.lineage.made.iter().filter(move |one| begins(text, "CREATE") && is_named(one));
    let made = made.filter_map(|one| place_of(half, earlier, one)).map(|place| (Right::Create, place));
    let gone = half.lineage.gone.iter().filter(move |one| begins(text, "DROP") && is_named(one));
    let gone = gone.filter_map(|one| code_or_type(on_target(one, earlier)?)).map(|on| (Right::Drop, on));
    let changed =
        half.difference.items.iter().filter(move |item| changes(text, item) && is_named(&item.identity));
    let changed = changed
        .filter_map(|item| code_or_type(on_target(half.lineage.before(&item.identity)?, earlier)?))
        .map(|on| (Right::Own, on));
    let keys = half.lineage.made.iter().filter(move |one| one.kind == Kind::Constraint && adds_keys(text));
    let parents =
        keys.filter_map(move |key| parent(half, earlier, text, key)).map(|on| (Right::References, on));
    made.chain(gone).chain(changed).chain(parents)
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
        | Kind::Range => &made.name,
        Kind::Index => made.of.as_ref()?,
        _ => return None,
    };
    let schema = parts(whole.split('(').next()?).into_iter().next()?;
    let written = Identity { kind: Kind::Schema, of: None, name: quoted(&schema) };
    let there = on_target(half.lineage.before(&written)?, earlier)?;
    Some(RightOn::Schema(bare(&there.name)))
}

/// A function or a type. Relations show in the locks.
fn code_or_type(identity: &Identity) -> Option<RightOn> {
    match identity.kind {
        Kind::Function | Kind::Procedure => Some(RightOn::Function(identity.name.clone())),
        Kind::Enum | Kind::Domain | Kind::CompositeType | Kind::Range => {
            Some(RightOn::Type(identity.name.clone()))
        }
        _ => None,
    }
}

/// Whether a statement with these words can be the one that changes it. What it is made of may change with something else.
fn changes(text: &str, item: &Item) -> bool {
    let phrases: &[&str] = match item.identity.kind {
        Kind::Function => &["CREATE OR REPLACE FUNCTION", "ALTER FUNCTION"],
        Kind::Procedure => &["CREATE OR REPLACE PROCEDURE", "ALTER PROCEDURE"],
        Kind::Enum | Kind::CompositeType => &["ALTER TYPE"],
        Kind::Domain => &["ALTER DOMAIN"],
        _ => &[],
    };
    matches!(item.change, Change::Changed { .. }) && phrases.iter().any(|phrase| begins(text, phrase))
}

fn adds_keys(text: &str) -> bool {
    (begins(text, "CREATE TABLE") || begins(text, "ALTER TABLE")) && mentions(text, "REFERENCES")
}

/// The table that a new foreign key refers to, if the target has it.
fn parent(half: &FileTrace, earlier: &[FileTrace], text: &str, key: &Identity) -> Option<RightOn> {
    let key = half.stages.iter().find_map(|stage| stage.after.objects.get(key))?;
    let name = key.get("references").filter(|name| mentions(text, &bare(name)))?;
    let table = Identity { kind: Kind::Table, of: None, name: name.to_owned() };
    let there = on_target(half.lineage.before(&table)?, earlier)?;
    match parts(&there.name).as_slice() {
        [schema, name] => Some(RightOn::Relation(schema.clone(), name.clone())),
        _ => None,
    }
}
