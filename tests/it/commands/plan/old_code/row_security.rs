//! Tables of which nobody sees a row any more.

use super::case;

/// The role that asks for `seen` has an error where there is no row.
const GIVEN: &str = "CREATE TABLE t (id int); CREATE POLICY p ON t USING (true); CREATE POLICY q ON t USING (id > 0); ALTER TABLE t ENABLE ROW LEVEL SECURITY;\n\
    CREATE TABLE one (id int); CREATE POLICY p ON one USING (true); ALTER TABLE one ENABLE ROW LEVEL SECURITY;\n\
    CREATE TABLE off (id int); CREATE POLICY p ON off USING (true);\n\
    CREATE TABLE none (id int); ALTER TABLE none ENABLE ROW LEVEL SECURITY;\n\
    CREATE TABLE own (id int); ALTER TABLE own OWNER TO pg_monitor; ALTER TABLE own ENABLE ROW LEVEL SECURITY;\n\
    GRANT SELECT ON t, one, off, none TO pg_monitor";

const ROWS: &str = "INSERT INTO t VALUES (1); INSERT INTO one VALUES (1); INSERT INTO off VALUES (1); INSERT INTO none VALUES (1); INSERT INTO own VALUES (1)";

#[test]
fn the_last_policy_that_goes_while_row_security_stays_on_is_told() {
    const FROM_T: &str = "SET LOCAL ROLE pg_monitor; SELECT 1 / count(*) FROM t";
    const FROM_ONE: &str = "SET LOCAL ROLE pg_monitor; SELECT 1 / count(*) FROM one";
    const FROM_OFF: &str = "SET LOCAL ROLE pg_monitor; SELECT 1 / count(*) FROM off";
    const FROM_OWN: &str = "SET LOCAL ROLE pg_monitor; SELECT 1 / count(*) FROM own";
    let closed = Some("row-security-without-policy");
    for case in [
        case("DROP POLICY p ON one", FROM_ONE, closed),
        case("DROP POLICY p ON t; DROP POLICY q ON t", FROM_T, closed),
        case("DO $$ BEGIN DROP POLICY p ON one; END $$", FROM_ONE, closed),
        case("DROP POLICY p ON one; CREATE POLICY p ON one AS RESTRICTIVE USING (true)", FROM_ONE, closed),
        case(
            "ALTER TABLE one RENAME TO z; DROP POLICY p ON z; ALTER TABLE z RENAME TO one",
            FROM_ONE,
            closed,
        ),
        case("DROP POLICY p ON off; ALTER TABLE off ENABLE ROW LEVEL SECURITY", FROM_OFF, closed),
        case("ALTER TABLE own FORCE ROW LEVEL SECURITY", FROM_OWN, closed),
        case("DROP POLICY p ON t", FROM_T, None),
        case("DROP POLICY p ON one; CREATE POLICY r ON one USING (id = 1)", FROM_ONE, None),
        case("DROP POLICY p ON one; ALTER TABLE one DISABLE ROW LEVEL SECURITY", FROM_ONE, None),
        case("DROP POLICY p ON off", FROM_OFF, None),
        case("ALTER TABLE off FORCE ROW LEVEL SECURITY", FROM_OFF, None),
        case("ALTER TABLE none ADD n int", "SELECT 1", None),
    ] {
        case.holds(GIVEN, ROWS);
    }
}
