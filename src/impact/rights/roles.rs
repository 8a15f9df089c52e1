//! What a statement needs of other roles: to take one, or to make one the owner of something.

use super::{NeededRight, Right, RightOn};
use crate::impact::StatementTrace;
use crate::impact::names::{begins, mentions, says};
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
    let taken = taken_role(&statement.text)?;
    let right = match taken {
        TakenRole::Role(_) => Right::TakeRole,
        TakenRole::SessionUser(_) => Right::BecomeUser,
    };
    Some(NeededRight::new(number, right, RightOn::Role(taken.name().to_owned())))
}

/// What `OWNER TO` in a statement needs for a thing.
pub(super) fn of_owner(text: &str, on: &RightOn) -> Vec<(Right, RightOn, Option<String>)> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    let role = if begins(text, "ALTER") && cursor.find("OWNER TO") { role(&mut cursor) } else { None };
    let need = |right, role: &String| (right, on.clone(), Some(role.clone()));
    role.iter().flat_map(|role| [need(Right::GiveAway, role), need(Right::TakeOver, role)]).collect()
}

/// A role by its name. `None` for `CURRENT_USER` and the like.
pub(super) fn role(cursor: &mut Cursor<'_>) -> Option<String> {
    let is_plain = cursor.peek()?.0 == TokenKind::Word;
    let name = cursor.identifier()?;
    (!is_plain || !["current_user", "session_user", "current_role"].contains(&name.as_str())).then_some(name)
}
