//! `pmdb schema`.

mod choice;
mod difference;
mod page;
mod picture;

use serde_json::{Value, json};

use super::pmdb;
use crate::support::{Database, Outcome, Project};

/// Every form of the answer.
const FORMS: [&str; 6] = ["tree", "json", "mermaid", "dot", "svg", "html"];

/// A database with the bundled migrations.
fn bundled() -> Database {
    let db = Database::new();
    pmdb(&Project::new(), &db, &["up", "--bundled"]).success();
    db
}

fn schema(db: &Database, args: &[&str]) -> Outcome {
    pmdb(&Project::new(), db, &[&["schema"], args].concat())
}

/// What is printed in one form.
fn form(db: &Database, form: &str) -> String {
    let outcome = schema(db, &["--format", form]).success();
    assert_eq!(outcome.stderr, "", "{form}");
    outcome.stdout
}

fn document(db: &Database) -> Value {
    schema(db, &["--json"]).success().json()
}

/// The element of a list of tables and the like that has this name.
fn named<'v>(list: &'v Value, name: &str) -> &'v Value {
    let found = list.as_array().unwrap().iter().find(|element| element["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {list:#}"))
}

#[test]
fn the_tree_shows_tables_with_all_that_they_have() {
    let outcome = schema(&bundled(), &[]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 5 tables, 3 enums, 1 function

    project_members  many-to-many: projects, users
    ├─ project_id  uuid         PK FK  → projects.id on delete cascade
    ├─ user_id     uuid         PK FK  → users.id on delete cascade
    ├─ role        member_role         default 'member'
    ├─ created_at  timestamptz         default now()
    ├─ updated_at  timestamptz         default now()
    └─ trigger  trg_project_members_updated  BEFORE UPDATE → set_updated_at()

    projects
    ├─ id           uuid                  PK  default gen_random_uuid()
    ├─ name         text
    ├─ description  text            null
    ├─ status       project_status            default 'active'
    ├─ owner_id     uuid                  FK  → users.id on delete restrict
    ├─ created_at   timestamptz               default now()
    ├─ updated_at   timestamptz               default now()
    └─ trigger  trg_projects_updated  BEFORE UPDATE → set_updated_at()

    tasks
    ├─ id           uuid               PK  default gen_random_uuid()
    ├─ project_id   uuid               FK  → projects.id on delete cascade
    ├─ title        text
    ├─ description  text         null
    ├─ priority     integer                default 1
    ├─ status       task_status            default 'pending'
    ├─ due_date     date         null
    ├─ assigned_to  uuid         null  FK  → users.id on delete set null
    ├─ created_at   timestamptz            default now()
    ├─ updated_at   timestamptz            default now()
    ├─ check    tasks_priority_check   (((priority >= 1) AND (priority <= 5)))
    ├─ index    idx_tasks_assigned_to  btree (assigned_to)
    ├─ index    idx_tasks_created_at   btree (created_at DESC)
    ├─ index    idx_tasks_project_id   btree (project_id)
    ├─ index    idx_tasks_status       btree (status)
    └─ trigger  trg_tasks_updated      BEFORE UPDATE → set_updated_at()

    user_profiles
    ├─ user_id     uuid               PK FK  → users.id (one-to-one) on delete cascade
    ├─ avatar_url  text         null
    ├─ bio         text         null
    ├─ phone       text         null
    ├─ created_at  timestamptz               default now()
    ├─ updated_at  timestamptz               default now()
    └─ trigger  trg_user_profiles_updated  BEFORE UPDATE → set_updated_at()

    users
    ├─ id             uuid         PK  default gen_random_uuid()
    ├─ email          text         U
    ├─ full_name      text
    ├─ password_hash  text
    ├─ created_at     timestamptz      default now()
    ├─ updated_at     timestamptz      default now()
    ├─ index    idx_users_created_at  btree (created_at DESC)
    ├─ index    idx_users_email       btree (email)
    └─ trigger  trg_users_updated     BEFORE UPDATE → set_updated_at()

    enums
    ├─ member_role     owner, admin, member
    ├─ project_status  active, completed, archived
    └─ task_status     pending, in_progress, completed, cancelled

    functions
    └─ set_updated_at()  → trigger
    ----- stderr
    ");
}

#[test]
fn the_relations_of_the_bundled_schema_are_told_as_they_are() {
    let document = document(&bundled());
    let keys = document["tables"].as_array().unwrap().iter().flat_map(|table| {
        table["foreign_keys"].as_array().unwrap().iter().map(move |key| {
            format!(
                "{}.{} to {}: {}, optional {}",
                table["name"].as_str().unwrap(),
                key["columns"][0].as_str().unwrap(),
                key["references"]["name"].as_str().unwrap(),
                key["cardinality"].as_str().unwrap(),
                key["optional"]
            )
        })
    });
    insta::assert_snapshot!(keys.collect::<Vec<_>>().join("\n"), @"
    project_members.project_id to projects: one_to_many, optional false
    project_members.user_id to users: one_to_many, optional false
    projects.owner_id to users: one_to_many, optional false
    tasks.assigned_to to users: one_to_many, optional true
    tasks.project_id to projects: one_to_many, optional false
    user_profiles.user_id to users: one_to_one, optional false
    ");
    let table = |name: &str| json!({ "schema": "public", "name": name });
    assert_eq!(
        document["many_to_many"],
        json!([{ "through": table("project_members"), "between": [table("projects"), table("users")] }])
    );
}

#[test]
fn both_ways_to_ask_for_json_give_the_same_document() {
    let db = bundled();
    let document = document(&db);
    assert_eq!(schema(&db, &["--format", "json"]).success().json(), document);
    assert_eq!(schema(&db, &["--format", "json", "--json"]).success().json(), document);
    assert_eq!((&document["command"], &document["outcome"]), (&json!("schema"), &json!("ok")));
    assert_eq!(document["database"], db.name());
}

#[test]
fn an_error_is_json_too_where_json_was_asked_for() {
    let outcome = Project::new().pmdb(&["schema", "--format", "json"]).run().fails(1);
    assert_eq!(outcome.json()["error"]["code"], "target");
}

#[test]
fn json_and_another_form_cannot_both_be_had() {
    for form in ["mermaid", "dot", "svg", "html"] {
        let outcome = Project::new().pmdb(&["schema", "--json", "--format", form]).run().fails(2);
        let message = format!("--json cannot be used together with --format {form}");
        assert_eq!(outcome.json()["error"]["message"], message);
    }
}

#[test]
fn the_diagram_of_mermaid_has_the_tables_and_every_relation() {
    let diagram = form(&bundled(), "mermaid");
    let lines: Vec<&str> = diagram.lines().collect();
    assert_eq!(lines[0], "erDiagram");
    let relations = lines.iter().filter(|line| line.contains("--") || line.contains(".."));
    insta::assert_snapshot!(relations.map(|line| line.trim()).collect::<Vec<_>>().join("\n"), @r#"
    "projects" ||--o{ "project_members" : "project_id"
    "users" ||--o{ "project_members" : "user_id"
    "users" ||--o{ "projects" : "owner_id"
    "users" |o--o{ "tasks" : "assigned_to"
    "projects" ||--o{ "tasks" : "project_id"
    "users" ||--o| "user_profiles" : "user_id"
    "projects" }o..o{ "users" : "many-to-many through project_members"
    "#);
    let (_, profiles) = diagram.split_once("    \"user_profiles\" {\n").unwrap();
    insta::assert_snapshot!(profiles.split_once('}').unwrap().0, @"
    uuid user_id PK, FK
    text avatar_url
    text bio
    text phone
    timestamptz created_at
    timestamptz updated_at
    ");
}

#[test]
fn the_graph_of_graphviz_has_the_tables_and_every_relation() {
    let graph = form(&bundled(), "dot");
    let edges = graph.lines().filter(|line| line.contains("->")).map(str::trim);
    insta::assert_snapshot!(edges.collect::<Vec<_>>().join("\n"), @r#"
    "projects":"0e":e -> "project_members":"0w":w [arrowtail=teetee, arrowhead=crowodot, tooltip="project_members_project_id_fkey"]
    "users":"0e":e -> "project_members":"1w":w [arrowtail=teetee, arrowhead=crowodot, tooltip="project_members_user_id_fkey"]
    "users":"0e":e -> "projects":"4w":w [arrowtail=teetee, arrowhead=crowodot, tooltip="projects_owner_id_fkey"]
    "users":"0e":e -> "tasks":"7w":w [arrowtail=teeodot, arrowhead=crowodot, tooltip="tasks_assigned_to_fkey"]
    "projects":"0e":e -> "tasks":"1w":w [arrowtail=teetee, arrowhead=crowodot, tooltip="tasks_project_id_fkey"]
    "users":"0e":e -> "user_profiles":"0w":w [arrowtail=teetee, arrowhead=teeodot, tooltip="user_profiles_user_id_fkey"]
    "#);
    for table in ["users", "user_profiles", "projects", "tasks", "project_members"] {
        assert!(graph.contains(&format!("\"{table}\" [label=<<TABLE")), "{graph}");
    }
}

#[test]
fn every_form_holds_every_odd_name() {
    let db = odd();
    let json = document(&db);
    let table = named(&json["tables"], ODD);
    assert_eq!(table["schema"], "My \"App\".x");
    assert_eq!(table["comment"], "a & b\n<c>");
    assert_eq!(table["columns"][0]["name"], "new\nline");
    assert_eq!(table["foreign_keys"][0]["references"]["name"], ODD);
    assert_eq!(named(&json["enums"], "mood")["labels"], json!(["so 'so'", "a,b", "\"<\""]));

    let tree = form(&db, "tree");
    assert!(tree.contains("<t> \"\"& 'x'\"\" 😀 \\ %") && tree.contains("new\u{fffd}line"), "{tree}");
    assert!(tree.contains("├─ \u{fffd}[31mred"), "an escape sequence reaches the terminal: {tree}");

    let diagram = form(&db, "mermaid");
    let attribute =
        regex::Regex::new(r"^        [\w()\[\]-]+ [^\W\d][\w-]*( (PK|FK|UK)(, (FK|UK))*)?$").unwrap();
    let other = regex::Regex::new(
        r#"^(erDiagram|    }|    "[\w.-]+" (\{|[|o}]{2}(--|\.\.)[|o{]{2} "[\w.-]+" : "[\w,. -]+"))$"#,
    )
    .unwrap();
    for line in diagram.lines() {
        assert!(attribute.is_match(line) || other.is_match(line), "{line}");
    }

    let graph = form(&db, "dot");
    assert!(graph.contains("&lt;t&gt; &quot;&quot;&amp; 'x'"), "{graph}");
    assert!(graph.contains(r#""\"My \"\"App\"\".x\".\"<t> "#), "{graph}");
}

/// A name with all that could go wrong.
const ODD: &str = "<t> \"& 'x'\" 😀 \\ %";

fn odd() -> Database {
    let db = Database::new();
    let table = format!("\"My \"\"App\"\".x\".\"{}\"", ODD.replace('"', "\"\""));
    db.sql(&format!(
        r#"CREATE SCHEMA "My ""App"".x";
        CREATE TABLE {table} ("new
line" int PRIMARY KEY, "1st" int, pk int, "direction TB" int, "a;b#c" text, "größe" int, "{red}" int,
            "end" int REFERENCES {table});
        COMMENT ON TABLE {table} IS E'a & b\n<c>';
        CREATE TYPE mood AS ENUM ('so ''so''', 'a,b', '"<"');
        CREATE TABLE "direction TB" ("a b" mood, "a_b" varchar(80)[], UNIQUE ("a b", "a_b"))"#,
        red = "\u{1b}[31mred"
    ));
    db
}

#[test]
fn an_empty_database_has_an_answer_in_every_form() {
    let db = Database::new();
    assert_eq!(form(&db, "tree"), format!("{}: 0 tables\n", db.shown()));
    assert_eq!(form(&db, "mermaid"), "erDiagram\n");
    assert!(form(&db, "dot").ends_with("]\n}\n"));
    for form_with_legend in ["svg", "html"] {
        assert!(form(&db, form_with_legend).contains("There are no tables."));
    }
    let document = document(&db);
    for list in ["tables", "many_to_many", "views", "enums", "functions"] {
        assert_eq!(document[list], json!([]));
    }
}

#[test]
fn the_tables_of_the_history_are_left_out_whatever_they_are_called() {
    let (project, db) = (Project::new(), Database::new());
    for args in [&["up", "--bundled"][..], &["seed", "--bundled"]] {
        pmdb(&project, &db, &[args, &["--table", "history"]].concat()).success();
    }
    let names = |args: &[&str]| {
        let document = pmdb(&project, &db, args).success().json();
        let tables = document["tables"].as_array().unwrap().iter();
        tables.map(|table| table["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let shown = names(&["schema", "--json", "--table", "history"]);
    assert_eq!(shown, ["project_members", "projects", "tasks", "user_profiles", "users"]);
    assert!(names(&["schema", "--json"]).contains(&"history".to_owned()));
}

#[test]
fn views_partitions_and_what_else_there_is_are_told() {
    let db = Database::new();
    db.sql(
        "CREATE TABLE log (at date NOT NULL, what text) PARTITION BY RANGE (at);
         CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
         CREATE VIEW newest AS SELECT at FROM log;
         CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS number FROM log;
         CREATE PROCEDURE tidy(days int) LANGUAGE sql AS 'SELECT 1';
         CREATE TABLE sums (a int GENERATED ALWAYS AS IDENTITY, b int GENERATED ALWAYS AS (1 + 1) STORED,
             c int, d int, CONSTRAINT apart EXCLUDE USING btree (c WITH =), CONSTRAINT pair UNIQUE (c, d));
         CREATE UNIQUE INDEX halves ON sums (a) WHERE b > 0;
         COMMENT ON COLUMN sums.c IS 'counts the days';",
    );
    let outcome = schema(&db, &[]).success();
    insta::assert_snapshot!(outcome.filtered(), @"
    exit code: 0
    ----- stdout
    [DATABASE] on [SOCKET_DIR]/.s.PGSQL.[PORT]: 2 tables, 2 views, 1 function

    log  1 partition
    ├─ at    date
    └─ what  text  null

    sums
    ├─ a  integer        identity always
    ├─ b  integer  null  generated (1 + 1) STORED
    ├─ c  integer  null  -- counts the days
    ├─ d  integer  null
    ├─ unique        (c, d)
    ├─ exclude       apart   USING btree (c WITH =)
    └─ unique index  halves  btree (a) WHERE (b > 0)

    counted  materialized view
    └─ number  bigint

    newest  view
    └─ at  date

    functions
    └─ tidy(integer)    procedure
    ----- stderr
    ");
}

#[test]
fn a_role_without_rights_sees_the_schema_and_writes_nothing() {
    let db = bundled();
    let role = format!("stranger_to_{}", db.name());
    db.sql(&format!("CREATE ROLE {role} LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC"));
    db.sql(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", db.name()));
    let url = db.url().replace("postgres@", &format!("{role}@"));
    // A page also has the history, which a stranger may not read.
    for form in FORMS.into_iter().filter(|form| *form != "html") {
        let stranger = Project::new().pmdb(&["schema", "--format", form, "--url", &url]).run().success();
        let owner = schema(&db, &["--format", form]).success().stdout;
        assert_eq!(stranger.stdout.replace(&role, "postgres"), owner);
    }
    db.sql(&format!("SET transaction_read_only = off; DROP ROLE {role}"));
}

#[test]
fn colours_are_for_terminals() {
    let db = bundled();
    for form in FORMS {
        assert!(!schema(&db, &["--format", form]).success().stdout.contains('\u{1b}'), "{form}");
    }
    let coloured = Project::new().pmdb(&["schema"]).database(&db).env("CLICOLOR_FORCE", "1").run().success();
    assert!(coloured.stdout.contains("\u{1b}[1musers"), "{}", coloured.stdout);
}
