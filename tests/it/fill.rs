//! `pmdb fill`: rows for every table, all constraints kept, the same rows for the same seed.

mod asked;
mod followed;
mod interrupted;
mod on_top;
mod other_relations;
mod random_schemas;
mod same_bytes;
mod sequences;
mod trees;
mod triggers;
mod types;
mod widths;

use std::fmt::Write;

use crate::support::{Database, Project, side_by_side};

/// Schemas that are hard to fill, as `-- case: name` or `-- case: name -- refused: what the error says`.
const SCHEMAS: &str = include_str!("../testdata/fill/hard_schemas.sql");

struct Case<'a> {
    name: &'a str,
    refused: Option<&'a str>,
    sql: &'a str,
}

fn cases() -> Vec<Case<'static>> {
    let parts = SCHEMAS.split("\n-- case: ").skip(1);
    let parts = parts.map(|part| {
        let (head, sql) = part.split_once('\n').unwrap();
        let (name, refused) =
            head.split_once(" -- refused: ").map_or((head, None), |(name, what)| (name, Some(what)));
        Case { name, refused, sql }
    });
    parts.collect()
}

/// A database with the example schema, by a project that has its migrations inside the program.
fn bundled() -> (Project, Database) {
    let (project, db) = (Project::new(), Database::new());
    project.pmdb(&["up", "--bundled"]).database(&db).run().success();
    (project, db)
}

/// A table with rows in one database, and the same without any in another, which is filled after it.
fn filled_after(original: &Database, schema: &str) -> Database {
    original.sql("ANALYZE");
    let copy = Database::new();
    copy.sql(schema);
    Project::new().pmdb(&["fill", "--like", original.url()]).database(&copy).run().success();
    copy
}

/// A sum over all that stands in the tables, in the order of the rows.
fn sum(db: &Database) -> String {
    let mut sums = String::new();
    for table in ["users", "user_profiles", "projects", "tasks", "project_members"] {
        let rows = db.value(&format!("SELECT md5(string_agg(t::text, ',' ORDER BY ctid)) FROM {table} t"));
        let _ = writeln!(sums, "{table} {rows}");
    }
    sums
}

#[test]
fn hard_schemas_are_filled_or_refused_by_name_before_a_row_is_written() {
    let cases = cases();
    assert!(cases.len() >= 40, "{}", cases.len());
    let wrong = side_by_side(&cases, |Case { name, refused, sql }| {
        let db = Database::new();
        db.sql(sql);
        let before = all_rows(&db);
        // Enough that values which are alike by chance come twice.
        let outcome = Project::new().pmdb(&["fill", "--rows", "12000"]).database(&db).run();
        let said = format!("{}{}", outcome.stdout, outcome.stderr);
        let is_right = match refused {
            Some(what) => outcome.code == Some(1) && said.contains(what) && all_rows(&db) == before,
            None => outcome.code == Some(0) && all_rows(&db) > before,
        };
        if is_right { String::new() } else { format!("{name}: {said}\n") }
    });
    assert_eq!(wrong.concat(), "");
}

/// How many rows all tables have.
fn all_rows(db: &Database) -> u64 {
    let tables = "SELECT coalesce(string_agg(format('SELECT FROM %s', oid::regclass), ' UNION ALL '), '') FROM pg_class \
                  WHERE relkind = 'r' AND relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' \
                  AND nspname <> 'information_schema')";
    match db.value(tables).as_str() {
        "" => 0,
        all => db.value(&format!("SELECT count(*) FROM ({all}) AS rows")).parse().unwrap(),
    }
}

#[test]
fn the_same_seed_gives_the_same_rows_whatever_works_side_by_side() {
    let rows = |arguments: &[&str]| {
        let (project, db) = bundled();
        project.pmdb(&[&["fill", "--rows", "5000"], arguments].concat()).database(&db).run().success();
        sum(&db)
    };
    let one = rows(&["--jobs", "1"]);
    assert_eq!(rows(&["--jobs", "8"]), one);
    assert_eq!(rows(&["--seed", "1"]), one);
    assert_ne!(rows(&["--seed", "2"]), one);
}

#[test]
fn rows_are_spread_over_the_tables_and_all_foreign_keys_hold() {
    let (project, db) = bundled();
    let outcome = project.pmdb(&["fill", "--rows", "5000"]).database(&db).run().success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
      131  users
      527  projects
      121  user_profiles
    2,111  project_members
    2,110  tasks
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 5,000 rows in 5 tables in [DURATION]
    ----- stderr
    ");
    assert_eq!(
        db.value("SELECT count(*) FROM tasks LEFT JOIN projects p ON p.id = project_id WHERE p.id IS NULL"),
        "0"
    );
    assert_eq!(db.value("SELECT count(*) FROM pg_constraint WHERE NOT convalidated"), "0");
    assert_eq!(db.value("SELECT count(*) FROM users WHERE updated_at < created_at"), "0");
    assert_eq!(
        db.value("SELECT count(*) > 2 FROM tasks GROUP BY project_id ORDER BY count(*) DESC LIMIT 1"),
        "t"
    );
}

#[test]
fn a_table_that_is_named_gets_its_rows_and_the_empty_ones_that_it_refers_to_get_some() {
    let (project, db) = bundled();
    project.pmdb(&["fill", "tasks=1k"]).database(&db).run().success();
    let count = |table: &str| db.value(&format!("SELECT count(*) FROM {table}"));
    assert_eq!(["tasks", "projects", "users", "user_profiles"].map(count), ["1000", "100", "100", "0"]);
    // On top of those that are there.
    project.pmdb(&["fill", "tasks=500", "users=5"]).database(&db).run().success();
    assert_eq!(["tasks", "projects", "users"].map(count), ["1500", "100", "105"]);
    // Instead of them.
    project.pmdb(&["fill", "tasks=10", "--truncate"]).database(&db).run().success();
    assert_eq!(["tasks", "projects", "users"].map(count), ["10", "100", "105"]);
}

#[test]
fn tables_with_rows_are_left_alone() {
    let (project, db) = bundled();
    project.pmdb(&["fill", "users=10"]).database(&db).run().success();
    project.pmdb(&["fill", "--rows", "1000"]).database(&db).run().success();
    assert_eq!(db.value("SELECT count(*) FROM users"), "10");
    assert_eq!(db.value("SELECT count(*) > 0 FROM tasks"), "t");
    let nothing = project.pmdb(&["fill"]).database(&db).run().fails(1);
    assert!(nothing.stderr.contains("there is no empty table to fill: all have rows"), "{}", nothing.stderr);
}

#[test]
fn a_dry_run_says_how_many_rows_and_writes_none() {
    let (project, db) = bundled();
    let outcome = project.pmdb(&["fill", "--rows", "500", "--dry-run"]).database(&db).run().success();
    assert!(outcome.stdout.contains("500 rows in 5 tables would be made"), "{}", outcome.stdout);
    assert!(has_no_row_but_the_history(&db));
    let json =
        project.pmdb(&["fill", "--rows", "500", "--dry-run", "--json"]).database(&db).run().success().json();
    assert_eq!(json["tables"].as_array().unwrap().len(), 5, "{json}");
    assert_eq!(json["dry_run"], true);
}

fn has_no_row_but_the_history(db: &Database) -> bool {
    db.value("SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM tasks)") == "0"
}

#[test]
fn a_protected_database_is_filled_only_by_force() {
    let (project, db) = bundled();
    db.sql(&format!("ALTER DATABASE \"{}\" SET pmdb.protected = on", db.name()));
    let outcome = project.pmdb(&["fill"]).database(&db).run().fails(1);
    assert!(outcome.stderr.contains("protected"), "{}", outcome.stderr);
    project.pmdb(&["fill", "--rows", "50", "--force"]).database(&db).run().success();
}

#[test]
fn more_rows_than_a_key_allows_are_refused_with_its_name() {
    let db = Database::new();
    db.sql("CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE p (u_id int PRIMARY KEY REFERENCES u)");
    let outcome = Project::new().pmdb(&["fill", "u=10", "p=11"]).database(&db).run().fails(1);
    assert!(outcome.stderr.contains("p cannot have 11 rows: p_pkey allows 10"), "{}", outcome.stderr);
    let unknown = Project::new().pmdb(&["fill", "uu=1"]).database(&db).run().fails(1);
    assert!(
        unknown.stderr.contains("there is no table uu") && unknown.stderr.contains("did you mean u?"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn a_narrower_foreign_key_refers_to_what_it_can_hold() {
    let db = Database::new();
    db.sql("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p_id smallint NOT NULL REFERENCES p)");
    Project::new().pmdb(&["fill", "p=40000", "c=50000"]).database(&db).run().success();
    assert_eq!(db.value("SELECT count(*) || ' ' || (count(DISTINCT p_id) > 1000) FROM c"), "50000 true");
    Project::new().pmdb(&["fill", "p=40000", "c=100", "--truncate"]).database(&db).run().success();
    assert_eq!(db.value("SELECT count(*) FROM c"), "100");
}

#[test]
fn rows_that_are_there_already_are_referred_to_where_a_narrower_key_can_hold_them() {
    for (key, rows, narrower, most) in [
        ("bigint", "n FROM generate_series(30001, 70000) n", "smallint", "32767"),
        (
            "bigint",
            "3000000000 - 5 * n FROM generate_series(1::bigint, 500000000, 10000000) n",
            "int",
            "2147483647",
        ),
        ("numeric", "n / 2.0 FROM generate_series(1, 100) n", "int", "50"),
        ("text", "repeat('x', n) FROM generate_series(1, 9) n", "varchar(3)", "xxx"),
    ] {
        let db = Database::new();
        db.sql(&format!(
            "CREATE TABLE p (id {key} PRIMARY KEY); INSERT INTO p SELECT {rows}; CREATE TABLE other (id int PRIMARY KEY); \
             CREATE TABLE c (id int PRIMARY KEY, p_id {narrower} NOT NULL REFERENCES p)"
        ));
        Project::new().pmdb(&["fill", "c=100", "other=10"]).database(&db).run().success();
        assert_eq!(
            db.value(&format!("SELECT count(*) || ' ' || (max(p_id) <= '{most}') FROM c")),
            "100 true",
            "{key} {narrower}"
        );
    }
}

#[test]
fn keys_that_refer_to_each_other_in_a_circle_are_refused_by_name() {
    let db = Database::new();
    db.sql(
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a);
         ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES b DEFERRABLE INITIALLY DEFERRED;",
    );
    let outcome = Project::new().pmdb(&["fill", "a=10", "b=10"]).database(&db).run().fails(1);
    assert!(outcome.stderr.contains("a_id_fkey cannot be met"), "{}", outcome.stderr);
    assert_eq!(all_rows(&db), 0);
}

/// What the planner does for a query, step by step.
fn plan_nodes(db: &Database, query: &str) -> Vec<String> {
    let plan = db.sql(&format!("EXPLAIN (COSTS OFF) {query}"));
    let lines = plan.iter().map(|row| row[0].clone().unwrap());
    let nodes = lines.filter(|line| line.contains("->") || !line.starts_with(' '));
    let name = |line: String| {
        let line = line.trim_start_matches([' ', '-', '>']).to_owned();
        line.split(" on ").next().unwrap().split(" using ").next().unwrap().to_owned()
    };
    nodes.map(name).collect()
}

#[test]
fn like_another_database_the_planner_does_the_same_and_no_text_is_taken_over() {
    let (project, production) = bundled();
    // What is not flushed yet is not marked as visible to all by VACUUM.
    let flushed = "SET synchronous_commit = on; ";
    production.sql(&format!("{flushed}{}", include_str!("../testdata/fill/production.sql")));
    // The indexes of a copy are new and dense. Those that grew with their rows are larger, which can tip the scales.
    production.sql("REINDEX SCHEMA public");
    production.sql("VACUUM ANALYZE");
    let (_, copy) = bundled();
    let file = project.path().join("shape.json");
    let path = file.to_str().unwrap();
    let saved = project.pmdb(&["fill", "--save-shape", path]).database(&production).run().success();
    assert_eq!(saved.stdout, format!("{path}\n"));
    project.pmdb(&["fill", "--like", path]).database(&copy).run().success();
    let one = |db: &Database, query: &str| db.value(query);
    for table in ["users", "user_profiles", "projects", "tasks", "project_members"] {
        let count = format!("SELECT count(*) FROM {table}");
        assert_eq!(one(&copy, &count), one(&production, &count), "{table}");
    }
    for query in [
        "SELECT * FROM tasks WHERE status = 'in_progress'",
        "SELECT * FROM tasks WHERE status = 'completed'",
        "SELECT * FROM tasks WHERE status = 'pending' AND due_date IS NULL",
        "SELECT count(*) FROM tasks WHERE assigned_to IS NULL",
        // By an index alone, as rows that all can see let the planner choose.
        "SELECT project_id, count(*) FROM tasks GROUP BY project_id",
        "SELECT count(*) FROM users WHERE created_at IS NOT NULL",
        "SELECT p.name, count(*) FROM projects p JOIN tasks t ON t.project_id = p.id GROUP BY p.id, p.name ORDER BY 2 DESC LIMIT 10",
        "SELECT u.full_name, t.title FROM users u JOIN tasks t ON t.assigned_to = u.id WHERE t.priority = 5",
        "SELECT * FROM projects WHERE status = 'archived' ORDER BY created_at DESC LIMIT 20",
        "SELECT u.* FROM users u LEFT JOIN user_profiles p ON p.user_id = u.id WHERE p.user_id IS NULL",
        "SELECT m.role, count(*) FROM project_members m JOIN users u ON u.id = m.user_id GROUP BY m.role",
        "SELECT t.* FROM tasks t JOIN projects p ON p.id = t.project_id JOIN users o ON o.id = p.owner_id \
         WHERE p.status = 'active' AND t.status = 'pending'",
    ] {
        assert_eq!(plan_nodes(&copy, query), plan_nodes(&production, query), "{query}");
    }
    let texts = "SELECT DISTINCT v FROM (SELECT email FROM users UNION ALL SELECT full_name FROM users UNION ALL SELECT name FROM projects \
                 UNION ALL SELECT title FROM tasks UNION ALL SELECT description FROM tasks WHERE description IS NOT NULL) AS t (v)";
    let all = |db: &Database| {
        db.sql(texts)
            .into_iter()
            .map(|row| row[0].clone().unwrap())
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(all(&production).intersection(&all(&copy)).next(), None);
    let shape = std::fs::read_to_string(file).unwrap();
    assert!(!all(&production).iter().any(|text| shape.contains(text.as_str())));
}

#[test]
fn a_check_means_what_it_meant_whatever_a_stranger_has_put_into_the_search_path() {
    let db = Database::new();
    let role = format!("mallory_{}", db.name());
    db.sql(&format!(
        "CREATE TYPE mood AS ENUM ('low', 'high');
         CREATE TABLE t (id serial PRIMARY KEY, tags text[] NOT NULL CHECK (cardinality(tags) < 100), m mood NOT NULL CHECK (m = 'high'));
         CREATE ROLE {role}; GRANT CREATE, USAGE ON SCHEMA public TO {role}; SET ROLE {role};
         CREATE FUNCTION cardinality(text[]) RETURNS int LANGUAGE plpgsql AS 'BEGIN RAISE ''mallory runs''; END';
         CREATE FUNCTION eq(mood, mood) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RAISE ''mallory runs''; END';
         CREATE OPERATOR = (LEFTARG = mood, RIGHTARG = mood, FUNCTION = eq); RESET ROLE"
    ));
    Project::new().pmdb(&["fill", "--rows", "100", "--dry-run"]).database(&db).run().success();
    Project::new().pmdb(&["fill", "--rows", "100"]).database(&db).run().success();
    assert_eq!(db.value("SELECT count(*) FROM t"), "100");
    db.sql(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
}

#[test]
fn only_the_tables_that_are_named_are_emptied_and_looked_at() {
    let db = Database::new();
    db.sql("CREATE TABLE p (id int); CREATE TABLE c () INHERITS (p); INSERT INTO c VALUES (1), (2); INSERT INTO p VALUES (3)");
    let role = format!("filler_{}", db.name());
    db.sql(&format!(
        "CREATE FUNCTION spy() RETURNS bool LANGUAGE plpgsql AS 'BEGIN RAISE ''the policy runs''; END';
         CREATE TABLE other (id int); INSERT INTO other VALUES (1); ALTER TABLE other ENABLE ROW LEVEL SECURITY;
         CREATE POLICY s ON other USING (spy()); CREATE ROLE {role} LOGIN; ALTER TABLE p OWNER TO {role};
         GRANT SELECT ON other TO {role}; GRANT CREATE, USAGE ON SCHEMA public TO {role}"
    ));
    let url = db.url().replace("postgres@", &format!("{role}@"));
    Project::new().pmdb(&["fill", "p=10", "--truncate", "--url", &url]).run().success();
    assert_eq!(db.value("SELECT count(*) FROM ONLY p"), "10");
    assert_eq!(db.value("SELECT count(*) FROM c"), "2");
    db.sql(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
}

#[test]
fn a_key_over_what_the_server_computes_is_refused_by_name() {
    let db = Database::new();
    db.sql("CREATE TABLE g (b int NOT NULL, c int GENERATED ALWAYS AS (b % 1000) STORED UNIQUE)");
    let outcome = Project::new().pmdb(&["fill", "--rows", "2000"]).database(&db).run().fails(1);
    assert!(outcome.stderr.contains("g_c_key cannot be met"), "{}", outcome.stderr);
    assert_eq!(all_rows(&db), 0);
}

/// pagila's shape: each store has a manager, who works in a store; and payments are partitioned.
const STORES: &str = "CREATE TABLE customer (id serial PRIMARY KEY, store_id int NOT NULL);
    CREATE TABLE staff (id serial PRIMARY KEY, store_id int NOT NULL, email text UNIQUE);
    CREATE TABLE store (id serial PRIMARY KEY, manager_id int REFERENCES staff);
    ALTER TABLE staff ADD FOREIGN KEY (store_id) REFERENCES store; ALTER TABLE customer ADD FOREIGN KEY (store_id) REFERENCES store;
    CREATE TABLE rental (id serial PRIMARY KEY, staff_id int NOT NULL REFERENCES staff, customer_id int NOT NULL REFERENCES customer);
    CREATE TABLE payment (id bigserial, rental_id int NOT NULL REFERENCES rental, staff_id int NOT NULL REFERENCES staff, at date,
        PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
    CREATE TABLE payment_1 PARTITION OF payment FOR VALUES FROM ('2024-01-01') TO ('2026-01-01')";

#[test]
fn a_circle_is_cut_where_it_can_be_and_not_at_a_table_that_only_refers_to_it() {
    let db = Database::new();
    db.sql(STORES);
    let fill = |args: &[&str]| Project::new().pmdb(args).database(&db).run().success();
    let first = fill(&["fill", "--rows", "5000"]);
    assert!(!first.stderr.contains("refers to nothing"), "{}", first.stderr);
    assert_eq!(db.value("SELECT count(manager_id) > 0 FROM store"), "t");
    assert_eq!(db.value("SELECT count(*) > 1000 FROM payment"), "t");
}

#[test]
fn a_circle_of_tables_with_rows_is_cut_at_a_column_that_may_be_null() {
    let db = Database::new();
    db.sql(STORES);
    let fill = |args: &[&str]| Project::new().pmdb(args).database(&db).run().success();
    fill(&["fill", "--rows", "5000"]);
    let before: u64 = db.value("SELECT count(manager_id) FROM store").parse().unwrap();
    let again = fill(&["fill", "store=20", "staff=100", "payment=500"]);
    let note = "store_manager_id_fkey of store refers to nothing: it closes a circle";
    assert!(again.stderr.contains(note), "{}", again.stderr);
    assert_eq!(db.value("SELECT count(manager_id) FROM store"), before.to_string());
}

#[test]
fn a_circle_of_partitioned_tables_is_cut_at_a_column_that_may_be_null() {
    let db = Database::new();
    db.sql(
        "CREATE TABLE a (id int PRIMARY KEY, b int) PARTITION BY HASH (id); CREATE TABLE a_0 PARTITION OF a FOR VALUES WITH (MODULUS 1, REMAINDER 0);
         CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a) PARTITION BY HASH (id); CREATE TABLE b_0 PARTITION OF b FOR VALUES WITH (MODULUS 1, REMAINDER 0);
         ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b",
    );
    let filled = Project::new().pmdb(&["fill", "a=100", "b=300"]).database(&db).run().success();
    assert!(filled.stderr.contains("a_b_fkey of a refers to nothing"), "{}", filled.stderr);
    assert_eq!(db.value("SELECT count(*) || ' ' || count(b) FROM a"), "100 0");
    assert_eq!(db.value("SELECT count(*) FROM b"), "300");
}

#[test]
fn a_circle_through_a_column_that_tenants_share_is_cut_at_a_key_that_may_be_null() {
    let db = Database::new();
    db.sql(
        "CREATE TABLE t (id int PRIMARY KEY);
         CREATE TABLE a (t int NOT NULL REFERENCES t, id int NOT NULL, b int, PRIMARY KEY (t, id));
         CREATE TABLE b (t int NOT NULL REFERENCES t, id int NOT NULL, a int NOT NULL, PRIMARY KEY (t, id), FOREIGN KEY (t, a) REFERENCES a);
         ALTER TABLE a ADD FOREIGN KEY (t, b) REFERENCES b",
    );
    let filled = Project::new().pmdb(&["fill", "--rows", "500"]).database(&db).run().success();
    assert!(
        filled.stderr.contains("a_t_b_fkey of a refers to nothing: its columns refer"),
        "{}",
        filled.stderr
    );
    assert_eq!(db.value("SELECT count(*) > 100 FROM b"), "t");
}
