//! What a statement needs to change a schema, or to drop it.

use super::made::on_schema;
use super::{NeededRight, Right, RightOn, roles};
use crate::impact::{FileTrace, StatementTrace};
use crate::migration::sql::{Cursor, StandardStrings};

pub(super) fn needs(
    half: &FileTrace,
    earlier: &[FileTrace],
    number: usize,
    statement: &StatementTrace,
) -> Vec<NeededRight> {
    let mut cursor = Cursor::new(statement.text.as_bytes(), StandardStrings::On);
    let need = |right, on| NeededRight::new(number, right, on);
    let on = |name: Option<String>| name.and_then(|name| on_schema(half, earlier, &name));
    if cursor.eat("DROP SCHEMA") {
        cursor.eat("IF EXISTS");
        let mut names: Vec<Option<String>> = vec![cursor.identifier()];
        while cursor.eat_sign(",") {
            names.push(cursor.identifier());
        }
        return names.into_iter().filter_map(on).map(|schema| need(Right::Drop, schema)).collect();
    }
    if !cursor.eat("ALTER SCHEMA") {
        return Vec::new();
    }
    let Some(schema) = on(cursor.identifier()) else { return Vec::new() };
    let new_owner = if cursor.eat("OWNER TO") { roles::role(&mut cursor) } else { None };
    let to_owner =
        new_owner.map(|role| NeededRight { new_owner: Some(role), ..need(Right::GiveAway, schema.clone()) });
    let own = [need(Right::Own, schema), need(Right::Create, RightOn::Database)];
    own.into_iter().chain(to_owner).collect()
}
