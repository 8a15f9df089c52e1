//! What a statement needs of other roles: to take one, or to make one the owner of something.

use super::{NeededRight, Right, RightOn, is_named};
use crate::impact::names::{begins, mentions, parts, says};
use crate::impact::{FileTrace, StatementTrace};
use crate::migration::sql::{Cursor, StandardStrings, TakenRole, TokenKind, taken_role};

/// Whether what comes after a statement in the same file may be done as another role.
pub(super) fn takes_role(text: &str) -> bool {
    const ANOTHER_ROLE: [&str; 6] = [
        "SET ROLE",
        "SET LOCAL ROLE",
        "SET SESSION ROLE",
        "SET SESSION AUTHORIZATION",
        "SET SESSION SESSION AUTHORIZATION",
        "SET LOCAL SESSION AUTHORIZATION",
    ];
    ANOTHER_ROLE.iter().any(|phrase| begins(text, phrase)) || taken_role(text).is_some()
}

/// Whether what comes after a statement, also in later files, may be done with other rights.
pub(super) fn may_give_rights(text: &str) -> bool {
    let alters_roles = ["ALTER ROLE", "ALTER USER", "ALTER GROUP"].iter().any(|words| begins(text, words));
    let is_code = ["DO", "CALL", "SELECT"].iter().any(|word| begins(text, word));
    alters_roles
        // Of a role, not of what it may do with something.
        || begins(text, "GRANT") && !says(text, "ON")
        || is_code && ["GRANT", "ROLE", "AUTHORIZATION", "set_config"].iter().any(|word| mentions(text, word))
}

pub(super) fn needs(number: usize, statement: &StatementTrace) -> Option<NeededRight> {
    let defaults = of_defaults(&statement.text);
    if let Some(role) = defaults {
        return Some(NeededRight::new(number, Right::ChangeDefaults, RightOn::Role(role)));
    }
    let taken = taken_role(&statement.text)?;
    let right = match taken {
        TakenRole::Role(_) => Right::TakeRole,
        TakenRole::SessionUser(_) => Right::BecomeUser,
    };
    Some(NeededRight::new(number, right, RightOn::Role(taken.name().to_owned())))
}

/// The role in `ALTER DEFAULT PRIVILEGES FOR ROLE …`.
fn of_defaults(text: &str) -> Option<String> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    cursor.eat("ALTER DEFAULT PRIVILEGES").then_some(())?;
    ["FOR ROLE", "FOR USER"].iter().find_map(|words| {
        let mut cursor = cursor.clone();
        cursor.find(words).then(|| role(&mut cursor)).flatten()
    })
}

/// What `OWNER TO` in a statement needs for a thing.
pub(super) fn of_owner(text: &str, on: &RightOn) -> Vec<(Right, RightOn, Option<String>)> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    let role = if begins(text, "ALTER") && cursor.find("OWNER TO") { role(&mut cursor) } else { None };
    let need = |right, role: &String| (right, on.clone(), Some(role.clone()));
    role.iter().flat_map(|role| [need(Right::GiveAway, role), need(Right::TakeOver, role)]).collect()
}

/// What `OWNER TO` needs for something that a pending file has made, or the same one before: it belongs to the role that runs it.
pub(super) fn of_new_owner<'a>(
    half: &'a FileTrace,
    earlier: &'a [FileTrace],
    number: usize,
    statement: &'a StatementTrace,
) -> impl Iterator<Item = NeededRight> + use<'a> {
    let text = statement.text.as_str();
    let made = earlier.iter().chain([half]).flat_map(|half| &half.lineage.made);
    let made = made.filter(move |one| begins(text, "ALTER") && says(text, "OWNER TO") && is_named(text, one));
    let places = made.filter_map(|one| {
        let name = one.name.split('(').next()?;
        match parts(name).as_slice() {
            [schema, name] if one.of.is_none() => Some(RightOn::NewRelation(schema.clone(), name.clone())),
            _ => None,
        }
    });
    places
        .flat_map(move |on| of_owner(text, &on))
        .map(move |(right, on, new_owner)| NeededRight { new_owner, ..NeededRight::new(number, right, on) })
}

/// A role by its name. `None` for `CURRENT_USER` and the like.
pub(super) fn role(cursor: &mut Cursor<'_>) -> Option<String> {
    let is_plain = cursor.peek()?.0 == TokenKind::Word;
    let name = cursor.identifier()?;
    (!is_plain || !["current_user", "session_user", "current_role"].contains(&name.as_str())).then_some(name)
}
