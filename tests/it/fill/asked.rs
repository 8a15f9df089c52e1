//! How many rows a table gets, and what says why it cannot have as many.

use crate::support::{Database, Project};

/// What `fill` says for these arguments in a database with this schema, and the database.
fn filled(schema: &str, arguments: &[&str]) -> (String, Database) {
    let db = Database::new();
    db.sql(schema);
    let outcome = Project::new().pmdb(&[&["fill"], arguments].concat()).database(&db).run();
    (format!("{}{}", outcome.stdout, outcome.stderr), db)
}

fn counts(db: &Database, tables: &[&str]) -> Vec<String> {
    tables.iter().map(|table| db.value(&format!("SELECT count(*) FROM {table}"))).collect()
}

const USERS: &str = "CREATE TABLE u (id int PRIMARY KEY);";

#[test]
fn tables_that_nobody_has_named_get_as_many_rows_as_the_keys_of_the_others_need() {
    for (schema, asked, tables, rows) in [
        (
            "CREATE TABLE p (id int PRIMARY KEY REFERENCES u); CREATE TABLE posts (id int PRIMARY KEY, author int NOT NULL REFERENCES p)",
            "posts=500",
            ["u", "p", "posts"],
            ["50", "50", "500"],
        ),
        (
            "CREATE TABLE p (id int PRIMARY KEY, u_id int NOT NULL UNIQUE REFERENCES u); \
             CREATE TABLE posts (id int PRIMARY KEY, author int NOT NULL REFERENCES p)",
            "posts=500",
            ["u", "p", "posts"],
            ["50", "50", "500"],
        ),
        (
            "CREATE TABLE k (id boolean PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, k boolean NOT NULL REFERENCES k)",
            "t=500",
            ["u", "k", "t"],
            ["0", "2", "500"],
        ),
        (
            "CREATE TABLE v (id int PRIMARY KEY); CREATE TABLE l (u int REFERENCES u, v int REFERENCES v, k boolean, PRIMARY KEY (u, k), UNIQUE (v, k))",
            "l=60",
            ["u", "v", "l"],
            ["60", "60", "60"],
        ),
    ] {
        let (said, db) = filled(&format!("{USERS} {schema}"), &[asked]);
        assert_eq!(counts(&db, &tables), rows, "{schema}: {said}");
    }
}

#[test]
fn a_partial_unique_index_allows_any_number_of_rows_outside_of_it() {
    for (column, predicate) in [("current boolean NOT NULL", "current"), ("gone timestamptz", "gone IS NULL")]
    {
        let schema = format!(
            "{USERS} CREATE TABLE b (id int PRIMARY KEY, u int NOT NULL REFERENCES u, {column}); \
             CREATE UNIQUE INDEX ON b (u) WHERE {predicate}"
        );
        let (said, db) = filled(&schema, &["u=10", "b=50"]);
        assert_eq!(counts(&db, &["u", "b"]), ["10", "50"], "{said}");
        let (said, db) = filled(&schema, &["--rows", "500"]);
        assert_eq!(counts(&db, &["u", "b"]), ["100", "400"], "{said}");
    }
    let (said, db) = filled(
        &format!(
            "{USERS} CREATE TABLE b (u int NOT NULL REFERENCES u); CREATE UNIQUE INDEX b_u ON b (u) WHERE u > 0"
        ),
        &["u=10", "b=50"],
    );
    assert!(said.contains("b cannot be filled: b_u cannot be met"), "{said}");
    assert_eq!(counts(&db, &["u", "b"]), ["0", "0"]);
}

#[test]
fn a_table_that_another_one_refers_to_is_not_emptied_alone() {
    let schema = format!(
        "{USERS} CREATE TABLE b (id int PRIMARY KEY, u int NOT NULL REFERENCES u); INSERT INTO u VALUES (1); INSERT INTO b VALUES (1, 1)"
    );
    let (said, db) = filled(&schema, &["u=10", "--truncate"]);
    assert!(said.contains("u cannot be emptied: b_u_fkey of b refers to it\n"), "{said}");
    assert!(said.contains("name it too, as in b=1000"), "{said}");
    assert_eq!(counts(&db, &["u", "b"]), ["1", "1"]);
    Project::new().pmdb(&["fill", "u=10", "b=20", "--truncate"]).database(&db).run().success();
    assert_eq!(counts(&db, &["u", "b"]), ["10", "20"]);
}

#[test]
fn what_takes_no_row_is_left_alone_and_told_where_it_is_named() {
    let schema = "CREATE TABLE m (id int) PARTITION BY RANGE (id); CREATE TABLE s (id int) PARTITION BY RANGE (id); \
                  CREATE TABLE s1 PARTITION OF s FOR VALUES FROM (1) TO (9) PARTITION BY RANGE (id); CREATE TABLE o (id int)";
    let (said, db) = filled(schema, &["--rows", "10"]);
    assert_eq!(counts(&db, &["o"]), ["10"], "{said}");
    for table in ["m=10", "s=10"] {
        let (said, _) = filled(schema, &[table]);
        assert!(said.contains("cannot be filled: it has no partition\n"), "{said}");
    }
}

#[test]
fn where_there_is_nothing_to_fill_the_reason_is_told() {
    for (schema, what) in [
        ("", "there is no table to fill\n"),
        (
            "CREATE TABLE a (id int); INSERT INTO a VALUES (1)",
            "there is no empty table to fill: all have rows\n",
        ),
        (
            "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a); ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES b",
            "a_id_fkey cannot be met: its columns refer to each other in a circle\n",
        ),
    ] {
        let (said, _) = filled(schema, &["--rows", "100"]);
        assert!(said.contains(what), "{schema}: {said}");
    }
}

#[test]
fn fewer_rows_than_somebody_asked_for_are_told() {
    let (said, db) = filled(
        "CREATE TABLE a (b boolean NOT NULL UNIQUE); CREATE TABLE c (b boolean NOT NULL UNIQUE)",
        &["--rows", "100"],
    );
    let note =
        "note: 4 rows instead of 100: no table can have more (a_b_key allows a 2, c_b_key allows c 2)\n";
    assert!(said.contains(note), "{said}");
    assert_eq!(counts(&db, &["a", "c"]), ["2", "2"]);
}

#[test]
fn where_a_key_takes_null_the_rows_beyond_its_values_have_it() {
    for (schema, asked, nulls) in [
        ("CREATE TABLE t (id int PRIMARY KEY, k boolean UNIQUE)", &["t=50"][..], "48"),
        ("CREATE TABLE t (id int PRIMARY KEY, k int UNIQUE REFERENCES u)", &["u=2", "t=50"], "48"),
        (
            "CREATE TABLE t (id int PRIMARY KEY, k boolean, n boolean NOT NULL, UNIQUE (k, n))",
            &["t=50"],
            "46",
        ),
        (
            "CREATE TABLE t (id int PRIMARY KEY, k int4range CHECK (upper(k) <= 51), EXCLUDE USING gist (k WITH &&))",
            &["t=50"],
            "25",
        ),
    ] {
        let (said, db) = filled(&format!("{USERS} {schema}"), asked);
        let rows = "SELECT count(*) || ' ' || count(*) FILTER (WHERE k IS NULL) FROM t";
        assert_eq!(db.value(rows), format!("50 {nulls}"), "{schema}: {said}");
    }
    // Not so where NULL breaks a check, or where others refer to the column.
    for more in ["CHECK (k IS NOT NULL)", "); CREATE TABLE c (k boolean NOT NULL REFERENCES t (k)"] {
        let schema = format!("CREATE TABLE t (id int PRIMARY KEY, k boolean UNIQUE, CHECK (true) {more})")
            .replace("(true) CHECK", "(true), CHECK");
        let (said, _) = filled(&schema, &["t=50"]);
        assert!(said.contains("t cannot have 50 rows: t_k_key allows 2"), "{said}");
    }
}

#[test]
fn rows_on_top_have_the_combinations_that_are_left() {
    let schema = format!(
        "{USERS} CREATE TABLE l (a int REFERENCES u, b int REFERENCES u, k text CHECK (k IN ('x', 'y')), PRIMARY KEY (a, b, k)); \
         INSERT INTO u SELECT generate_series(1, 5); INSERT INTO l SELECT a, a, 'x' FROM generate_series(1, 5) AS a"
    );
    let (said, db) = filled(&schema, &["l=46"]);
    assert!(said.contains("allows 45"), "{said}");
    for rows in ["30", "15"] {
        Project::new().pmdb(&["fill", &format!("l={rows}")]).database(&db).run().success();
    }
    assert_eq!(counts(&db, &["l"]), ["50"]);
    let full = Project::new().pmdb(&["fill", "l=1"]).database(&db).run().fails(1);
    assert!(full.stderr.contains("l cannot have one more row: l_pkey"), "{}", full.stderr);
    assert!(full.stderr.contains("hint: its rows have all values"), "{}", full.stderr);
}

#[test]
fn a_tree_whose_children_have_names_of_their_own_has_a_root_and_no_circle() {
    for key in ["UNIQUE (parent, name)", "UNIQUE (parent, pos)", "UNIQUE (parent)"] {
        let (said, db) = filled(
            &format!(
                "CREATE TABLE t (id int PRIMARY KEY, parent int REFERENCES t, name text NOT NULL, pos int NOT NULL, {key})"
            ),
            &["--rows", "300"],
        );
        let reached = "WITH RECURSIVE r AS (SELECT id FROM t WHERE parent IS NULL UNION ALL SELECT t.id FROM t JOIN r ON parent = r.id) \
                       SELECT count(*) FROM r";
        assert_eq!(db.value(reached), "300", "{key}: {said}");
    }
}

#[test]
fn the_table_that_a_hint_names_can_be_typed_as_it_stands_there() {
    let schema = "CREATE SCHEMA auth; CREATE TABLE auth.users (id boolean PRIMARY KEY); CREATE TABLE users (id boolean PRIMARY KEY); \
                  CREATE TABLE \"odd ' name\" (id boolean PRIMARY KEY)";
    for asked in ["users=10", "auth.users=10", "odd ' name=10"] {
        let (said, db) = filled(schema, &[asked]);
        let hint = said.split("hint: ").nth(1).and_then(|hint| hint.strip_suffix(" is the most\n"));
        let hint = hint.unwrap_or_else(|| panic!("{said}"));
        // A shell knows what it means.
        let shell =
            std::process::Command::new("sh").args(["-c", &format!("printf %s {hint}")]).output().unwrap();
        let typed = String::from_utf8(shell.stdout).unwrap();
        assert_eq!(typed, asked.replace("10", "2"));
        Project::new().pmdb(&["fill", &typed]).database(&db).run().success();
    }
}

#[test]
fn a_table_is_named_as_in_sql_and_once() {
    let schema = "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE \"a.b\" (id int PRIMARY KEY); CREATE SCHEMA a; CREATE TABLE a.b (id int PRIMARY KEY)";
    let (_, db) = filled(schema, &["a.b=1"]);
    for (asked, in_schema, in_public) in [
        ("\"a\".\"b\"=1", "2", "0"),
        ("public.\"a.b\"=1", "2", "1"),
        ("\"a.b\"=1", "2", "2"),
        ("\"a\"=1", "2", "2"),
    ] {
        Project::new().pmdb(&["fill", asked]).database(&db).run().success();
        assert_eq!(counts(&db, &["a.b", "\"a.b\""]), [in_schema, in_public], "{asked}");
    }
    for (asked, said) in
        [(&["a=1", "public.a=2"][..], "public.a is named twice"), (&["=5"], "a table is wanted")]
    {
        let refused = Project::new().pmdb(&[&["fill"], asked].concat()).database(&db).run().fails(2);
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
}

#[test]
fn what_a_role_may_not_do_is_told_by_name_and_stops_no_other_table() {
    let db = Database::new();
    let role = format!("filler_{}", db.name());
    db.sql(&format!(
        "CREATE ROLE {role} LOGIN; CREATE TABLE mine (id int PRIMARY KEY); CREATE TABLE other (id int PRIMARY KEY);
         CREATE TABLE hidden (id int PRIMARY KEY); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; ALTER TABLE mine OWNER TO {role};
         GRANT SELECT, INSERT ON hidden TO {role}; GRANT CREATE, USAGE ON SCHEMA public TO {role}"
    ));
    let url = db.url().replace("postgres@", &format!("{role}@"));
    let fill =
        |arguments: &[&str]| Project::new().pmdb(&[&["fill", "--url", &url], arguments].concat()).run();
    let refused = fill(&["hidden=5"]).fails(1);
    assert!(
        refused.stderr.contains("hidden cannot be filled: row security applies to this role"),
        "{}",
        refused.stderr
    );
    // Where there are rows, the policy is asked for them.
    db.sql("CREATE POLICY own ON hidden USING (id = current_setting('app.tenant')::int); INSERT INTO hidden VALUES (1)");
    let refused = fill(&["hidden=5"]).fails(1).stderr;
    assert!(refused.contains("hidden cannot be filled: row security applies to this role"), "{refused}");
    fill(&["mine=5"]).success();
    db.sql("TRUNCATE mine");
    let told = fill(&["--rows", "50"]).success().stderr;
    assert!(told.contains("hidden is left alone: row security applies to this role"), "{told}");
    db.sql(&format!(
        "CREATE TABLE below (hidden_id int NOT NULL REFERENCES hidden); ALTER TABLE below OWNER TO {role}; TRUNCATE mine"
    ));
    let refused = fill(&["--rows", "50"]).fails(1).stderr;
    assert!(refused.contains("hidden cannot be filled: row security applies to this role"), "{refused}");
    db.sql("DROP TABLE below, hidden; TRUNCATE mine");
    fill(&["--rows", "50"]).success();
    assert_eq!(counts(&db, &["mine", "other"]), ["50", "0"]);
    let refused = fill(&["other=5"]).fails(1);
    assert!(refused.stderr.contains("permission denied for table other"), "{}", refused.stderr);
    db.sql(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
}
