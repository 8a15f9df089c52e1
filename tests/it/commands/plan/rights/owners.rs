//! Who becomes the owner of something, what is granted on it, keys, and schemas: what the role may not do is said before `up` fails.

use super::Deployed;
use crate::support::side_by_side;

/// What the role may do, and a migration.
const REFUSED: [(&str, &str); 13] = [
    (
        "GRANT CREATE ON SCHEMA public TO deployer",
        "CREATE TABLE notes (id int); ALTER TABLE notes OWNER TO quiet",
    ),
    (
        "GRANT CREATE ON SCHEMA public TO deployer",
        "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION one() OWNER TO postgres",
    ),
    (
        "GRANT CREATE ON SCHEMA public TO deployer; GRANT quiet TO deployer",
        "CREATE TABLE notes (id int); ALTER TABLE notes OWNER TO quiet",
    ),
    ("", "ALTER DEFAULT PRIVILEGES FOR ROLE quiet GRANT ALL ON TABLES TO PUBLIC"),
    ("", "ALTER DEFAULT PRIVILEGES IN SCHEMA public FOR USER quiet GRANT ALL ON TABLES TO PUBLIC"),
    ("", "GRANT SELECT ON users TO quiet"),
    ("", "GRANT USAGE ON SCHEMA other TO quiet"),
    ("ALTER TABLE users OWNER TO deployer", "ALTER TABLE users ADD UNIQUE (email)"),
    ("ALTER TABLE orders OWNER TO deployer", "ALTER TABLE orders ADD PRIMARY KEY (id)"),
    ("ALTER TABLE users OWNER TO deployer", "CREATE STATISTICS both_columns ON id, email FROM users"),
    ("ALTER SCHEMA other OWNER TO deployer", "ALTER SCHEMA other RENAME TO another"),
    ("", "DROP SCHEMA IF EXISTS other"),
    (
        "ALTER SCHEMA other OWNER TO deployer; GRANT CREATE ON DATABASE this TO deployer",
        "ALTER SCHEMA other OWNER TO quiet",
    ),
];

/// And where it goes well.
const ALLOWED: [(&str, &str); 12] = [
    (
        "GRANT CREATE ON SCHEMA public TO deployer; GRANT owner_of_all TO deployer",
        "CREATE TABLE notes (id int); ALTER TABLE notes OWNER TO owner_of_all",
    ),
    (
        "GRANT CREATE ON SCHEMA public TO deployer",
        "CREATE TABLE notes (id int); ALTER TABLE notes OWNER TO deployer; ALTER TABLE notes OWNER TO CURRENT_USER",
    ),
    (
        "GRANT CREATE ON DATABASE this TO deployer; GRANT quiet TO deployer",
        "CREATE SCHEMA app; CREATE TABLE app.notes (id int); ALTER SCHEMA app OWNER TO quiet; ALTER TABLE app.notes OWNER TO quiet",
    ),
    ("GRANT quiet TO deployer", "ALTER DEFAULT PRIVILEGES FOR ROLE quiet GRANT ALL ON TABLES TO PUBLIC"),
    ("", "ALTER DEFAULT PRIVILEGES FOR ROLE deployer GRANT ALL ON TABLES TO PUBLIC"),
    ("GRANT SELECT ON users TO deployer", "GRANT SELECT ON users TO quiet"),
    ("GRANT owner_of_all TO deployer", "GRANT SELECT ON users, orders TO quiet"),
    ("GRANT USAGE ON SCHEMA other TO deployer", "GRANT USAGE ON SCHEMA other TO quiet"),
    (
        "ALTER TABLE users OWNER TO deployer; GRANT CREATE ON SCHEMA public TO deployer",
        "ALTER TABLE users ADD UNIQUE (email); CREATE STATISTICS both_columns ON id, email FROM users",
    ),
    (
        "ALTER SCHEMA other OWNER TO deployer; ALTER TABLE users OWNER TO deployer",
        "CREATE STATISTICS other.both_columns ON id, email FROM users",
    ),
    (
        "ALTER SCHEMA other OWNER TO deployer; GRANT CREATE ON DATABASE this TO deployer",
        "ALTER SCHEMA other RENAME TO another",
    ),
    ("ALTER SCHEMA other OWNER TO deployer", "DROP SCHEMA other"),
];

#[test]
fn what_only_some_may_give_away_is_said_where_up_fails_and_nowhere_else() {
    let cases = REFUSED.iter().map(|case| (case, true)).chain(ALLOWED.iter().map(|case| (case, false)));
    let cases: Vec<_> = cases.collect();
    let wrong = side_by_side(&cases, |((rights, pending), fails)| {
        let deployed = Deployed::with(rights, pending);
        let said = deployed.findings("deployer", &[]);
        let up = deployed.run("deployer", &["up"]);
        let is = up.code != Some(0);
        let is_wrong = said.is_empty() == *fails || is != *fails;
        is_wrong.then(|| format!("{rights}; {pending}: plan says {said:?}, it is {is}: {}", up.stderr))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
