//! A server on which every name of `pg_catalog` is shadowed: who leaves one to the search path is found out.
//!
//! In each new database a schema stands before `pg_catalog` on the search path, and mirrors it: an operator of each name and
//! each pair of types, a function of each name and its arguments, a type and a relation of each name. None of them can be used:
//! the server refuses a statement that names one when it reads it, also in a branch that never runs, and says so in its log.

use super::Server;
use super::database::{Rows, try_run_on};

/// The numbers are those of the server's own objects, below 16384, so that no command takes the mirror for a user's.
/// Operators without a function, procedures in the place of functions and types without a definition are what the server
/// refuses at once.
const MIRROR: &str = r#"
SET search_path = pg_catalog;
SET allow_system_table_mods = on;
SET client_min_messages = error;
CREATE SCHEMA trap;

CREATE FUNCTION trap.free(taken oid[]) RETURNS TABLE (place bigint, number oid) LANGUAGE sql
    SET search_path = pg_catalog AS $$
    SELECT row_number() OVER (), n::oid FROM generate_series(1, 16383) AS n WHERE n::oid <> ALL (taken)
$$;

CREATE TEMP TABLE operators AS SELECT * FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace;
UPDATE operators o SET oid = f.number, oprnamespace = 'trap'::regnamespace, oprcom = 0, oprnegate = 0, oprcode = 0,
    oprrest = 0, oprjoin = 0, oprcanmerge = false, oprcanhash = false
FROM (SELECT oid, row_number() OVER () AS place FROM operators) AS n
JOIN trap.free((SELECT array_agg(oid) FROM pg_operator)) AS f USING (place) WHERE n.oid = o.oid;
INSERT INTO pg_operator SELECT * FROM operators;

CREATE TEMP TABLE functions AS SELECT * FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace;
UPDATE functions o SET oid = f.number, pronamespace = 'trap'::regnamespace, prokind = 'p'
FROM (SELECT oid, row_number() OVER () AS place FROM functions) AS n
JOIN trap.free((SELECT array_agg(oid) FROM pg_proc)) AS f USING (place) WHERE n.oid = o.oid;
INSERT INTO pg_proc SELECT * FROM functions;

CREATE TEMP TABLE types AS SELECT * FROM pg_type
WHERE typnamespace = 'pg_catalog'::regnamespace AND typrelid = 0 AND typname !~ '^_';
UPDATE types o SET oid = f.number, typnamespace = 'trap'::regnamespace, typisdefined = false, typarray = 0, typtype = 'p'
FROM (SELECT oid, row_number() OVER () AS place FROM types) AS n
JOIN trap.free((SELECT array_agg(oid) FROM pg_type)) AS f USING (place) WHERE n.oid = o.oid;
INSERT INTO pg_type SELECT * FROM types;

DROP FUNCTION trap.free;
DROP TABLE operators, functions, types;
DO $$
DECLARE relation name;
BEGIN
    FOR relation IN SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v') LOOP
        EXECUTE format('CREATE VIEW trap.%I AS SELECT', relation);
    END LOOP;
END $$;
"#;

/// Such a server.
pub struct Trap {
    server: Server,
}

impl Trap {
    /// Statements that a good trap catches, and what the server says then.
    pub const BAITS: [(&str, &str); 8] = [
        ("SELECT 1 WHERE 'a' = 'b'", "operator is only a shell"),
        ("SELECT NULL WHERE false AND 1 < 2", "operator is only a shell"),
        ("SELECT CASE 1 WHEN 2 THEN 3 END", "operator is only a shell"),
        ("SELECT 1 IN (2, 3)", "operator is only a shell"),
        ("SELECT count(*)", "is a procedure"),
        ("SELECT lower('A')", "is a procedure"),
        ("SELECT 'a'::text", "type \"text\" is only a shell"),
        ("SELECT relname FROM pg_class", "column \"relname\" does not exist"),
    ];

    /// Starts the server and tries the trap.
    pub fn new() -> Trap {
        let server = Server::own();
        for database in ["template1", "postgres"] {
            server.sql(database, MIRROR);
        }
        server.sql("postgres", "ALTER ROLE ALL SET search_path = trap, pg_catalog");
        let trap = Trap { server };
        for (statement, complaint) in Trap::BAITS {
            let error = try_run_on(&trap.server.url("postgres"), statement).unwrap_err();
            let message = error.as_db_error().unwrap().message().to_owned();
            assert!(message.contains(complaint), "{statement}: {message}");
        }
        trap
    }

    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Runs SQL that is not pmdb's, outside of the trap.
    pub fn sql(&self, database: &str, sql: &str) -> Rows {
        self.server.sql(database, &format!("SET search_path = public, pg_catalog; {sql}"))
    }

    /// The errors in the log, each with its statement.
    pub fn errors(&self) -> Vec<String> {
        let log = self.server.log();
        let mut errors: Vec<String> = Vec::new();
        let mut is_part_of_one = false;
        for line in log.lines() {
            let begins = line.split_once("ERROR:  ").or_else(|| line.split_once("FATAL:  "));
            if let Some((_, message)) = begins {
                errors.push(message.to_owned());
                is_part_of_one = true;
            } else if is_part_of_one && !line.contains("LOG:  ") && !line.contains("WARNING:  ") {
                if let Some(error) = errors.last_mut() {
                    error.push('\n');
                    error.push_str(line);
                }
            } else {
                is_part_of_one = false;
            }
        }
        errors
    }
}
