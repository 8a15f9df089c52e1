//! What the server says of its work is the same in every version, and together with what else is seen it names all work that
//! grows with the number of rows. `PMDB_PG_BIN` chooses the version.

use super::{files, pending, work};

/// A statement, what it needs before it in the same file, and its work.
const STATEMENTS: [(&str, &str); 34] = [
    ("ALTER TABLE users ADD a int", ""),
    ("ALTER TABLE users ADD a timestamptz DEFAULT now()", ""),
    ("ALTER TABLE users ADD a uuid DEFAULT gen_random_uuid()", "rewrite users"),
    ("ALTER TABLE users ADD a int GENERATED ALWAYS AS IDENTITY", "rewrite users"),
    ("ALTER TABLE users ADD a serial", "rewrite users"),
    ("ALTER TABLE users ADD a int GENERATED ALWAYS AS (id * 2) STORED", "rewrite users"),
    ("ALTER TABLE users ALTER id TYPE bigint", "rewrite users"),
    ("ALTER TABLE users ALTER email TYPE varchar", ""),
    ("ALTER TABLE users ALTER email TYPE varchar(20)", "rewrite users"),
    ("ALTER TABLE users ALTER email SET NOT NULL", "scan users"),
    ("ALTER TABLE users ALTER email DROP NOT NULL", ""),
    ("ALTER TABLE users ADD CONSTRAINT c CHECK (email <> '')", "scan users"),
    ("ALTER TABLE users ADD CONSTRAINT c CHECK (email <> '') NOT VALID", ""),
    ("ALTER TABLE posts ADD FOREIGN KEY (user_id) REFERENCES users", "foreign_key_check posts"),
    ("ALTER TABLE posts ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID", ""),
    ("ALTER TABLE users ADD UNIQUE (email)", "index_build users"),
    ("CREATE INDEX ON users (email)", "index_build users"),
    ("CREATE UNIQUE INDEX ON users (lower(email)) WHERE id > 7", "index_build users"),
    ("REINDEX TABLE users", "index_build users"),
    ("CLUSTER users USING users_pkey", "rewrite users"),
    ("ALTER TABLE users SET UNLOGGED", "rewrite users"),
    ("TRUNCATE users", ""),
    ("UPDATE users SET email = '' WHERE id = 7", "changed_rows users"),
    ("DELETE FROM users", "changed_rows users"),
    ("SELECT count(*) FROM users", "query users"),
    ("INSERT INTO users (id) SELECT id FROM posts", "changed_rows users, query posts"),
    ("DO $$ BEGIN UPDATE users SET email = ''; END $$", "changed_rows users"),
    ("CREATE TABLE copy AS SELECT * FROM users", "scan users"),
    ("CREATE MATERIALIZED VIEW m AS SELECT * FROM users", "scan users"),
    ("ALTER TABLE users RENAME email TO mail", ""),
    ("ALTER TABLE users DROP email", ""),
    ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", ""),
    ("COMMENT ON TABLE users IS 'them'", ""),
    ("LOCK TABLE users", ""),
];

#[test]
fn the_work_of_a_statement_is_seen_on_empty_tables() {
    for (statement, expected) in STATEMENTS {
        let setup = pending(&format!("-- migrate:up\n{statement};\n"));
        let found = files(&setup, &[]);
        let file = &found[0];
        assert!(file["error"].is_null(), "{statement}: {}", file["error"]);
        assert_eq!(work(file), [expected], "{statement}");
    }
}

#[test]
fn a_proof_in_an_earlier_transaction_spares_the_scan() {
    let setup =
        pending("-- migrate:up\nALTER TABLE users ADD CONSTRAINT c CHECK (email IS NOT NULL) NOT VALID;\n");
    setup.project.migration("0003_valid.sql", "-- migrate:up\nALTER TABLE users VALIDATE CONSTRAINT c;\n");
    setup.project.migration("0004_null.sql", "-- migrate:up\nALTER TABLE users ALTER email SET NOT NULL;\n");
    let found = files(&setup, &[]);
    let work: Vec<Vec<String>> = found.iter().map(work).collect();
    assert_eq!(work, [[""], ["scan users"], [""]]);
}

#[test]
fn what_the_server_does_not_speak_of_is_seen_too() {
    let setup = pending(
        "-- migrate:up\nCREATE DOMAIN mail AS text;\nCREATE TABLE parts (id int) PARTITION BY RANGE (id);\n\
         CREATE TABLE others PARTITION OF parts DEFAULT;\nALTER TABLE users ALTER email TYPE mail;\n",
    );
    setup.up().success();
    setup.project.migration(
        "0003_more.sql",
        "-- migrate:up\nALTER DOMAIN mail ADD CHECK (VALUE <> '');\n\
         CREATE TABLE ones PARTITION OF parts FOR VALUES FROM (1) TO (2);\n",
    );
    let found = files(&setup, &[]);
    assert_eq!(work(&found[0]), ["scan users", "scan others"]);
}
