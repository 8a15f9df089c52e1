//! The actions of an `ALTER TABLE`: the server does them in an order of its own, what drops something first.

use crate::migration::sql::{Cursor, StandardStrings, split_at_commas};

/// Each as it is written. Of another statement there are none.
pub(super) fn table_actions(statement: &str) -> Vec<&str> {
    let mut cursor = Cursor::new(statement.as_bytes(), StandardStrings::On);
    if !cursor.eat("ALTER TABLE") && !cursor.eat("ALTER FOREIGN TABLE") {
        return Vec::new();
    }
    cursor.eat("IF EXISTS");
    cursor.eat("ONLY");
    while cursor.identifier().is_some() && cursor.eat_sign(".") {}
    cursor.eat_sign("*");
    split_at_commas(cursor)
}

/// The column or the constraint that an action drops, without quotes.
pub(super) fn dropped_by(action: &str) -> Option<String> {
    let mut cursor = Cursor::new(action.as_bytes(), StandardStrings::On);
    if !cursor.eat("DROP CONSTRAINT") {
        cursor.eat("DROP").then_some(())?;
        cursor.eat("COLUMN");
    }
    cursor.eat("IF EXISTS");
    cursor.identifier()
}

/// What an action makes or changes, without quotes. `None` where it gives no name.
pub(super) fn made_or_changed(action: &str) -> Option<String> {
    const UNNAMED: [&str; 6] = ["PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "CHECK", "EXCLUDE", "GENERATED"];
    let mut cursor = Cursor::new(action.as_bytes(), StandardStrings::On);
    let begins = ["ADD", "ALTER", "DROP", "VALIDATE"].iter().any(|word| cursor.eat(word));
    if !begins || UNNAMED.iter().any(|words| cursor.clone().eat(words)) {
        return None;
    }
    let _ = cursor.eat("CONSTRAINT") || cursor.eat("COLUMN");
    let _ = cursor.eat("IF NOT EXISTS") || cursor.eat("IF EXISTS");
    cursor.identifier()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_split_at_the_commas_between_them() {
        for (sql, expected) in [
            ("ALTER TABLE a.\"B\" ADD c int", &["ADD c int"][..]),
            (
                "alter table if exists only t * drop a, add b numeric(3, 1) default (1), add c int[] default array[1, 2];",
                &["drop a", "add b numeric(3, 1) default (1)", "add c int[] default array[1, 2]"],
            ),
            (
                "ALTER TABLE t ADD c text DEFAULT 'a,b' , ADD d int",
                &["ADD c text DEFAULT 'a,b'", "ADD d int"],
            ),
            ("ALTER TABLE t", &[]),
            ("CREATE TABLE t (a int, b int)", &[]),
        ] {
            assert_eq!(table_actions(sql), expected, "{sql}");
        }
    }

    #[test]
    fn what_an_action_makes_or_changes_is_known_where_it_is_named() {
        for (action, expected) in [
            ("ADD COLUMN IF NOT EXISTS a int", Some("a")),
            ("ADD CONSTRAINT \"C\" CHECK (a > 0)", Some("C")),
            ("ADD UNIQUE (a)", None),
            ("ALTER COLUMN a SET NOT NULL", Some("a")),
            ("DROP IF EXISTS a", Some("a")),
            ("OWNER TO b", None),
        ] {
            assert_eq!(made_or_changed(action).as_deref(), expected, "{action}");
        }
    }

    #[test]
    fn an_action_that_drops_names_what() {
        for (action, expected) in [
            ("DROP COLUMN IF EXISTS a CASCADE", Some("a")),
            ("drop \"B\"", Some("B")),
            ("DROP CONSTRAINT IF EXISTS c", Some("c")),
            ("ALTER a DROP NOT NULL", None),
            ("ADD a int", None),
        ] {
            assert_eq!(dropped_by(action).as_deref(), expected, "{action}");
        }
    }
}
