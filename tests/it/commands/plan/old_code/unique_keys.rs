//! Keys that `ON CONFLICT` uses.

use super::case;

const GIVEN: &str = "CREATE TABLE t (id int PRIMARY KEY, email text CONSTRAINT t_email UNIQUE);\n\
    CREATE TABLE i (email text); CREATE UNIQUE INDEX i_email ON i (email);\n\
    CREATE TABLE o (a int, b int, CONSTRAINT o_key UNIQUE (a, b));\n\
    CREATE TABLE d (email text CONSTRAINT d_email UNIQUE DEFERRABLE)";

#[test]
fn a_key_that_becomes_deferrable_is_none_that_on_conflict_can_use() {
    const INTO_T: &str = "INSERT INTO t VALUES (1, 'a') ON CONFLICT (email) DO NOTHING";
    const INTO_I: &str = "INSERT INTO i VALUES ('a') ON CONFLICT (email) DO NOTHING";
    const INTO_D: &str = "INSERT INTO d VALUES ('a')";
    let dropped = Some("dropped-unique-key");
    for case in [
        case(
            "ALTER TABLE t DROP CONSTRAINT t_email; ALTER TABLE t ADD CONSTRAINT t_email UNIQUE (email) DEFERRABLE",
            INTO_T,
            dropped,
        ),
        case(
            "ALTER TABLE t DROP CONSTRAINT t_email, ADD CONSTRAINT other UNIQUE (email) DEFERRABLE INITIALLY DEFERRED",
            INTO_T,
            dropped,
        ),
        case("ALTER TABLE i ADD CONSTRAINT i_email UNIQUE USING INDEX i_email DEFERRABLE", INTO_I, dropped),
        case("ALTER TABLE i ADD CONSTRAINT other UNIQUE USING INDEX i_email DEFERRABLE", INTO_I, dropped),
        case("ALTER TABLE i ADD CONSTRAINT other UNIQUE USING INDEX i_email", INTO_I, None),
        case("ALTER TABLE t ADD CONSTRAINT other UNIQUE (email) DEFERRABLE", INTO_T, dropped),
        case(
            "ALTER TABLE t DROP CONSTRAINT t_email; ALTER TABLE t ADD CONSTRAINT t_email UNIQUE (email) NOT DEFERRABLE",
            INTO_T,
            None,
        ),
        case(
            "CREATE UNIQUE INDEX beside ON i (email); ALTER TABLE i ADD UNIQUE USING INDEX i_email DEFERRABLE",
            INTO_I,
            dropped,
        ),
        case("ALTER TABLE t ADD CONSTRAINT other UNIQUE (id, email) DEFERRABLE", INTO_T, None),
        case(
            "ALTER TABLE o DROP CONSTRAINT o_key, ADD CONSTRAINT o_key UNIQUE (b, a)",
            "INSERT INTO o VALUES (1, 1) ON CONFLICT (a, b) DO NOTHING",
            None,
        ),
        case(
            "ALTER TABLE d DROP CONSTRAINT d_email; ALTER TABLE d ADD CONSTRAINT d_email UNIQUE (email) DEFERRABLE",
            INTO_D,
            None,
        ),
    ] {
        case.holds(GIVEN, "SELECT 1");
    }
}
