//! What a half may do on the target only as the owner of something, or with a privilege. On the scratch database everything belongs to
//! the role that runs it.

mod code;
mod history;
mod made;
mod named;
mod roles;
mod schemas;

use super::dependents::on_target;
use super::names::{bare, begins, mentions, parts};
use super::{FileTrace, Relation, StatementTrace};
use crate::catalog::{Change, Identity, Item, Kind};
use crate::migration::sql::{Cursor, StandardStrings};
pub use history::rights_on_history;
use made::schema_of;
use named::NameParts;
pub(super) use named::{NamedRelation, named};

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
    /// `LOCK TABLE` in a strong mode: who may change rows in some way may lock them.
    Lock,
    /// `REFRESH` and `REINDEX`: the owner's, and since 17 a privilege.
    Maintain,
    /// Making another role the owner of it: its members may.
    GiveAway,
    /// What the new owner needs: `CREATE` on its schema.
    TakeOver,
    /// Changing what is granted by default on what a role makes.
    ChangeDefaults,
    /// `GRANT` and `REVOKE`: a role that has no privilege on a thing is refused.
    Grant,
    /// Taking a role by `SET ROLE`.
    TakeRole,
    /// Becoming another user by `SET SESSION AUTHORIZATION`.
    BecomeUser,
    /// Making functions in a language.
    UseLanguage,
    /// What only a superuser may do.
    BeSuperuser,
}

impl Right {
    /// The privilege that gives it. None does of what only an owner may do.
    pub fn privilege(self) -> Option<&'static str> {
        match self {
            Right::Own
            | Right::Drop
            | Right::Lock
            | Right::Maintain
            | Right::GiveAway
            | Right::TakeOver
            | Right::ChangeDefaults
            | Right::Grant
            | Right::TakeRole
            | Right::BecomeUser
            | Right::UseLanguage
            | Right::BeSuperuser => None,
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
    /// A schema that may have to be made, without quotes.
    NewSchema(String),
    /// A relation that may have to be made: its schema and its name, without quotes.
    NewRelation(String, String),
    /// A table, a view, an index, a sequence: its schema and its name, without quotes.
    Relation(String, String),
    /// A function or a procedure, as the catalog writes it.
    Function(String),
    /// A type, as the catalog writes it.
    Type(String),
    /// A role, without quotes.
    Role(String),
    /// A language, without quotes.
    Language(String),
}

/// A right that a half needs on what the target has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededRight {
    /// The number of the first statement that needs it, from 0; `None` where it is the history that needs it.
    pub statement: Option<usize>,
    /// Which.
    pub right: Right,
    /// On what, by the names that the target has before the first half.
    pub on: RightOn,
    /// On each of these columns, without quotes; none where any will do.
    pub columns: Vec<String>,
    /// The role that becomes the owner.
    pub new_owner: Option<String>,
}

impl NeededRight {
    fn new(statement: usize, right: Right, on: RightOn) -> NeededRight {
        NeededRight { statement: Some(statement), ..NeededRight::of_history(right, on) }
    }

    fn of_history(right: Right, on: RightOn) -> NeededRight {
        NeededRight { statement: None, right, on, columns: Vec::new(), new_owner: None }
    }
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
    // Which role a file takes ends with it.
    if earlier.iter().flat_map(|half| &half.statements).any(|one| roles::may_give_rights(&one.text)) {
        return Vec::new();
    }
    let mut needed: Vec<NeededRight> = Vec::new();
    for (number, statement) in half.statements.iter().enumerate() {
        let of_statement = on_relations(half, number, statement)
            .into_iter()
            .chain(on_changed(half, earlier, number, statement))
            .chain(made::needs(half, earlier, number, statement))
            .chain(code::needs(number, statement))
            .chain(schemas::needs(half, earlier, number, statement))
            .chain(roles::needs(number, statement))
            .chain(roles::of_new_owner(half, earlier, number, statement));
        for one in of_statement {
            let is_same =
                |known: &NeededRight| NeededRight { statement: Some(number), ..known.clone() } == one;
            if !needed.iter().any(is_same) {
                needed.push(one);
            }
        }
        if roles::takes_role(&statement.text) || roles::may_give_rights(&statement.text) {
            break;
        }
    }
    needed
}

/// What a statement needs of the relations that it names, of those that the target has.
fn on_relations(half: &FileTrace, number: usize, statement: &StatementTrace) -> Vec<NeededRight> {
    let named = named(&statement.text).into_iter();
    named
        .filter_map(|NamedRelation { right, name, columns, new_owner, is_of_schema }| {
            let relation = relation(half, number, &name)?;
            let on_target = relation.on_target.as_ref()?;
            // Of what a file has moved, it is the schema where it is by then.
            let stays = relation.schema == on_target.schema;
            (stays || !is_of_schema && right != Right::TakeOver).then_some(())?;
            let on = match is_of_schema {
                true => RightOn::Schema(on_target.schema.clone()),
                false => RightOn::Relation(on_target.schema.clone(), on_target.name.clone()),
            };
            Some(NeededRight { columns, new_owner, ..NeededRight::new(number, right, on) })
        })
        .collect()
}

/// The relation that a statement names: one that it has locked, or that an earlier one of the half has, as long as no name has come
/// to mean another one.
pub(super) fn relation<'a>(half: &'a FileTrace, number: usize, name: &NameParts) -> Option<&'a Relation> {
    let (name, schema) = name.split_last()?;
    let is_it =
        |one: &&Relation| one.name == *name && schema.last().is_none_or(|schema| one.schema == *schema);
    let locked = |statement: &'a StatementTrace| statement.locks.iter().map(|lock| &lock.relation);
    let own = half.statements.get(number).and_then(|statement| locked(statement).find(is_it));
    let names_stay = || {
        let gets_name = |one: &Identity| bare(&one.name) == *name;
        let new_names = half.lineage.renamed().map(|(_, new)| new);
        !half.lineage.made.iter().chain(new_names).any(gets_name)
            && !half
                .statements
                .iter()
                .any(|one| mentions(&one.text, "TEMP") || mentions(&one.text, "TEMPORARY"))
    };
    own.or_else(|| {
        let mut earlier = half.statements.iter().take(number).flat_map(locked).filter(is_it);
        earlier.next_back().filter(|_| names_stay())
    })
}

/// Whether a statement names this, with or without its schema.
fn is_named(text: &str, identity: &Identity) -> bool {
    let name = bare(identity.name.split('(').next().unwrap_or_default());
    mentions(text, &name)
}

/// What a statement needs for what it changes in the schema and names itself.
fn on_changed<'a>(
    half: &'a FileTrace,
    earlier: &'a [FileTrace],
    number: usize,
    statement: &'a StatementTrace,
) -> impl Iterator<Item = NeededRight> + use<'a> {
    let text = statement.text.as_str();
    let need = move |right, on| NeededRight::new(number, right, on);
    let gone = half.lineage.gone.iter().filter(move |one| begins(text, "DROP") && is_named(text, one));
    let gone =
        gone.filter_map(|one| code_or_type(on_target(one, earlier)?)).map(move |on| need(Right::Drop, on));
    let changed = half.difference.items.iter();
    let changed = changed.filter(move |item| changes(text, item) && is_named(text, &item.identity));
    let changed = changed
        .filter_map(|item| {
            let there = on_target(half.lineage.before(&item.identity)?, earlier)?;
            Some((code_or_type(there)?, schema_of(&there.name) == schema_of(&item.identity.name)))
        })
        .flat_map(move |(on, stays)| {
            let of_owner = roles::of_owner(text, &on).into_iter();
            let of_owner = of_owner.filter(move |(right, ..)| stays || *right != Right::TakeOver);
            of_owner.chain([(Right::Own, on, None)])
        })
        .map(move |(right, on, new_owner)| NeededRight { new_owner, ..need(right, on) });
    let keys = half.lineage.made.iter().filter(move |one| one.kind == Kind::Constraint && adds_keys(text));
    let parents = keys.filter_map(move |key| {
        let (on, columns) = parent(half, earlier, text, key)?;
        Some(NeededRight { columns, ..need(Right::References, on) })
    });
    let granted = half.difference.items.iter().filter(move |item| grants(text, item));
    let granted = granted.filter_map(move |item| {
        let there = on_target(half.lineage.before(&item.identity)?, earlier)?;
        Some(need(Right::Grant, grantable(there)?))
    });
    gone.chain(changed).chain(parents).chain(granted)
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

/// Whether a statement gives or takes privileges on the whole of something that it names.
fn grants(text: &str, item: &Item) -> bool {
    let Change::Changed { attributes } = &item.change else { return false };
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    let begins = cursor.eat("GRANT") || cursor.eat("REVOKE");
    begins
        && cursor.find("ON")
        && is_named(text, &item.identity)
        && attributes.iter().any(|one| one.attribute == "privileges")
}

fn grantable(identity: &Identity) -> Option<RightOn> {
    let relations = [Kind::Table, Kind::View, Kind::MaterializedView, Kind::ForeignTable, Kind::Sequence];
    match parts(&identity.name).as_slice() {
        [schema, name] if relations.contains(&identity.kind) => {
            Some(RightOn::Relation(schema.clone(), name.clone()))
        }
        [schema] if identity.kind == Kind::Schema => Some(RightOn::Schema(schema.clone())),
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

/// The table that a new foreign key refers to, if the target has it, and its columns.
fn parent(
    half: &FileTrace,
    earlier: &[FileTrace],
    text: &str,
    key: &Identity,
) -> Option<(RightOn, Vec<String>)> {
    let key = half.stages.iter().find_map(|stage| stage.after.objects.get(key))?;
    let name = key.get("references").filter(|name| mentions(text, &bare(name)))?;
    let table = Identity { kind: Kind::Table, of: None, name: name.to_owned() };
    let there = on_target(half.lineage.before(&table)?, earlier)?;
    match parts(&there.name).as_slice() {
        [schema, name] => {
            let on = RightOn::Relation(schema.clone(), name.clone());
            Some((on, key.list("referenced columns")))
        }
        _ => None,
    }
}
