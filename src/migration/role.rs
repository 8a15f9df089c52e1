//! Which roles migrations make. Roles belong to the whole server, not to a database.

use std::collections::BTreeSet;

use super::Migration;
use super::sql::{Cursor, Strings};

/// The roles that the up halves make with `CREATE ROLE` and the like, written as the server has them. What a `DO` block
/// makes is not seen.
pub fn roles_made(migrations: &[Migration]) -> BTreeSet<String> {
    let statements = migrations.iter().flat_map(|migration| {
        let source = migration.up.source();
        migration.up.statements().filter_map(move |statement| source.get(statement.span))
    });
    statements.filter_map(role_made).collect()
}

fn role_made(statement: &str) -> Option<String> {
    let mut cursor = Cursor::new(statement.as_bytes(), Strings::Standard);
    if !cursor.eat("create") || cursor.eat("user mapping") {
        return None;
    }
    let makes_a_role = cursor.eat("role") || cursor.eat("user") || cursor.eat("group");
    makes_a_role.then(|| cursor.identifier()).flatten()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_roles_that_a_migration_makes_are_known_by_name() {
        let sql = "-- migrate:up\nCREATE ROLE Reader NOLOGIN;\ncreate user \"a \"\"b\"\"\";\nCREATE /* a */ GROUP g;\n\
                   CREATE USER MAPPING FOR al SERVER s;\nALTER ROLE other SET x = 1;\nCREATE TABLE role ();\n\
                   -- migrate:down\nCREATE ROLE down;\n";
        let migration = Migration::parse(Path::new("1.sql"), sql.as_bytes()).unwrap();
        let made: Vec<String> = roles_made(&[migration]).into_iter().collect();
        assert_eq!(made, ["a \"b\"", "g", "reader"]);
    }
}
