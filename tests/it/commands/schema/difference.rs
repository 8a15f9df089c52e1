//! Two schemas in one picture.

use std::collections::BTreeMap;

use roxmltree::Document;
use serde_json::json;

use super::bundled;
use crate::support::{Browser, Database, Outcome, Project};

const CHANGES: &str = "
    CREATE TABLE labels (id uuid PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects);
    DROP TABLE user_profiles;
    ALTER TABLE tasks ADD estimate interval, DROP priority, ALTER title TYPE varchar(200), ALTER description SET NOT NULL;
    DROP INDEX idx_tasks_status;
    CREATE INDEX by_day ON tasks (status, due_date);
    ALTER TABLE projects DROP CONSTRAINT projects_owner_id_fkey;
    ALTER TYPE task_status ADD VALUE 'blocked'";

fn changed() -> Database {
    let db = bundled();
    db.sql(CHANGES);
    db
}

fn diff(one: &Database, other: &Database, args: &[&str]) -> Outcome {
    Project::new().pmdb(&[&["schema", "--diff", one.url(), other.url()], args].concat()).run()
}

/// How each box is marked, by its title.
fn marks(svg: &str) -> BTreeMap<String, String> {
    let document = Document::parse(svg).unwrap_or_else(|error| panic!("{error} in {svg}"));
    let boxes = document.descendants().filter(|node| {
        node.attribute("transform").is_some()
            && node
                .attribute("class")
                .is_some_and(|class| class.starts_with("table") || class.starts_with("enum"))
    });
    boxes
        .map(|node| {
            let class = node.attribute("class").unwrap();
            let title = node.descendants().find(|child| child.attribute("class") == Some("title")).unwrap();
            (title.text().unwrap().to_owned(), class.split(' ').skip(1).collect::<Vec<_>>().join(" "))
        })
        .collect()
}

#[test]
fn the_picture_marks_what_is_new_changed_and_gone_and_shows_the_tables_around() {
    let (before, after) = (bundled(), changed());
    let svg = diff(&before, &after, &["--format", "svg"]).success().stdout;
    let shown = marks(&svg);
    let shown: Vec<String> =
        shown.iter().map(|(title, mark)| format!("{title} {mark}").trim_end().to_owned()).collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    labels new
    member_role
    project_members linking
    project_status
    projects changed
    task_status changed
    tasks changed
    user_profiles gone
    users
    ");
    for text in [
        "1 table new, 2 tables changed, 1 table gone",
        "text → varchar(200)",
        "text null → text",
        "class=\"name struck\" x=",
        "class=\"line line-gone\"",
        "class=\"line line-new\"",
        ">index (status, due_date)<title>CREATE INDEX by_day",
    ] {
        assert!(svg.contains(text), "{text} in {svg}");
    }
    let alone = marks(&diff(&before, &after, &["--format", "svg", "--depth", "0"]).success().stdout);
    assert!(!alone.contains_key("users") && alone.contains_key("tasks"), "{alone:?}");
    let only = marks(&diff(&before, &after, &["--format", "svg", "tasks", "users"]).success().stdout);
    assert!(only.contains_key("users") && !only.contains_key("labels"), "{only:?}");
    let back = marks(&diff(&after, &before, &["--format", "svg"]).success().stdout);
    assert_eq!((back["labels"].as_str(), back["user_profiles"].as_str()), ("gone", "new"));
}

#[test]
fn the_diagram_marks_it_too() {
    let diagram = diff(&bundled(), &changed(), &["--format", "mermaid"]).success().stdout;
    for line in [
        "    \"labels\":::new {\n",
        "    \"user_profiles\":::gone {\n",
        "    \"users\" {\n",
        "        varchar(200) title \"changed\"\n",
        "        integer priority \"gone\"\n",
        "    \"users\" ||--o{ \"projects\" : \"owner_id (gone)\"\n",
        "    classDef gone ",
    ] {
        assert!(diagram.contains(line), "{line} in {diagram}");
    }
}

#[test]
fn the_page_says_what_each_part_was_before_and_all_that_differs() {
    let (before, after) = (bundled(), changed());
    after.sql("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'");
    let page = diff(&before, &after, &["--format", "html"]).success().stdout;
    for text in [
        "<del>text</del> → <code>varchar(200)</code>",
        "<tr class=\"gone\"><td class=\"name\">− priority",
        "<li class=\"gone\"><code>CREATE INDEX idx_tasks_status",
        "<h2>All that differs</h2>",
        "function public.f()",
    ] {
        assert!(page.contains(text), "{text} in {page}");
    }
    let Some(browser) = Browser::find() else { return };
    let answer = browser.ask(
        &page,
        "const colour = (selector) => getComputedStyle(document.querySelector(selector)).backgroundColor;
         return [colour('nav li.new') !== colour('nav li.gone'), document.querySelectorAll('.erd .table.changed').length];",
    );
    assert_eq!(answer, json!([true, 2]));
}

#[test]
fn a_database_is_compared_with_what_the_files_build() {
    let (project, db) = (Project::new(), Database::new());
    project.migration("0001_a.sql", "-- migrate:up\nCREATE TABLE a (id int PRIMARY KEY);\n");
    project.pmdb(&["up"]).database(&db).run().success();
    project.migration("0002_b.sql", "-- migrate:up\nCREATE TABLE b (a int REFERENCES a);\n");
    let diff = |version: &str| {
        let url = db.url();
        let args = ["schema", "--diff", url, "--to", version, "--format", "svg"];
        project.pmdb(&args).run().success().stdout
    };
    assert_eq!(
        marks(&diff("2")),
        BTreeMap::from([("a".to_owned(), String::new()), ("b".to_owned(), "new".to_owned())])
    );
    let same = diff("1");
    assert!(same.contains("the schemas are the same") && same.contains("No table differs."), "{same}");
}

#[test]
fn what_is_known_to_differ_is_left_out() {
    let (before, after) = (bundled(), changed());
    let project = Project::new();
    std::fs::write(project.path().join("drift.ignore"), "table:public.labels\n").unwrap();
    let args = ["schema", "--diff", before.url(), after.url(), "--format", "svg"];
    let shown = marks(&project.pmdb(&args).run().success().stdout);
    assert_eq!(shown.get("labels"), None, "{shown:?}");
    assert_eq!(shown["tasks"], "changed");
}

#[test]
fn partitions_views_unique_keys_and_checks_are_marked_at_what_they_belong_to() {
    let make = |more: &str| {
        let db = Database::new();
        db.sql(&format!(
            "CREATE TABLE log (at date NOT NULL) PARTITION BY RANGE (at);
             CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT a FROM t; {more}"
        ));
        db
    };
    let after = make(
        "CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
         ALTER TABLE t ADD CONSTRAINT pair UNIQUE (b, a), ADD CONSTRAINT small CHECK (a < 5);
         CREATE OR REPLACE VIEW v AS SELECT a, b FROM t",
    );
    let page = diff(&make(""), &after, &["--format", "html"]).success().stdout;
    for text in [
        "<h2 class=\"changed\"><span class=\"name\">log</span>",
        "<h2 class=\"changed\"><span class=\"name\">v</span>",
        "<li class=\"new\"><code>UNIQUE (b, a)</code>",
        "<li class=\"new\"><code>CHECK ((a &lt; 5))</code>",
    ] {
        assert!(page.contains(text), "{text} in {page}");
    }
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let db = Database::new();
    for args in [&["--format", "tree"][..], &["--format", "dot"], &[]] {
        let outcome = diff(&db, &db, args).fails(2);
        assert!(outcome.stderr.contains("it needs --format svg, html or mermaid"), "{}", outcome.stderr);
    }
    let url = db.url();
    for (args, message) in [
        (vec!["--diff", url, "--format", "svg"], "there is nothing to compare with"),
        (
            vec!["--diff", url, url, "--to", "1", "--format", "svg"],
            "two databases are compared, or one with the files",
        ),
        (
            vec!["--diff", url, url, "--url", url, "--format", "svg"],
            "--url and --embedded mean nothing to it",
        ),
        (vec!["--diff", url, url, "--allow-shared", "--format", "svg"], "no scratch database"),
        (vec!["--to", "1"], "--diff"),
    ] {
        let outcome = Project::new().pmdb(&[vec!["schema"], args].concat()).run().fails(2);
        assert!(outcome.stderr.contains(message), "{message} in {}", outcome.stderr);
    }
}
