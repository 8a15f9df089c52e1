//! Rows that the role of the deploy may not read: whether they make the file fail is not known, and a pipeline hears of it.

use super::Deployed;

#[test]
fn a_question_that_row_security_keeps_from_being_asked_ends_a_check_with_three() {
    let policies = "ALTER TABLE users OWNER TO deployer; ALTER TABLE users ENABLE ROW LEVEL SECURITY; \
        ALTER TABLE users FORCE ROW LEVEL SECURITY; CREATE POLICY own ON users USING (email = current_user); \
        INSERT INTO users VALUES (1, NULL)";
    let deployed = Deployed::with(policies, "ALTER TABLE users ALTER email SET NOT NULL");
    let checked = deployed.run("deployer", &["plan", "--check"]).fails(3).stdout;
    assert!(checked.contains("not known: whether rows of public.users have no email"), "{checked}");
    assert!(
        checked.trim_end().ends_with("1 file, no finding, and rows that this role may not read"),
        "{checked}"
    );
    deployed.run("deployer", &["up"]).fails(1);
    let deployed = Deployed::with(policies, "ALTER TABLE users ADD COLUMN name text");
    deployed.run("deployer", &["plan", "--check"]).success();
}
