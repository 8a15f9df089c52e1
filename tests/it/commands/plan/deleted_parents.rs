//! Parents that files delete while no key keeps them, before the key is made anew.

use super::{list, plan, text};
use crate::support::Setup;

const TABLES: &str = "-- migrate:up
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE tasks (id int PRIMARY KEY, user_id int CONSTRAINT key REFERENCES users);
CREATE TABLE gone (id int);
";
const ROWS: &str = "INSERT INTO users VALUES (1, 'a'), (2, 'b'), (3, 'c');
    INSERT INTO tasks VALUES (1, 1), (2, 2), (3, NULL); INSERT INTO gone VALUES (2)";
const DROP: &str = "ALTER TABLE tasks DROP CONSTRAINT key;";
const ADD: &str = "ALTER TABLE tasks ADD CONSTRAINT key FOREIGN KEY (user_id) REFERENCES users;";

/// What is said of the keys, and whether `up` then fails.
fn told(files: &[&str]) -> (Vec<String>, Vec<String>, bool) {
    let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
    setup.up().success();
    setup.database.sql(ROWS);
    for (place, file) in files.iter().enumerate() {
        setup.project.migration(&format!("{:04}_file.sql", place + 2), &format!("-- migrate:up\n{file}\n"));
    }
    let document = plan(&setup, &["--json", "--small", "1TB"]).success().json();
    let found = list(&document["findings"]).filter(|one| text(&one["rule"]) == "orphaned-keys");
    let found = found.map(|one| format!("{}: {}", text(&one["class"]), text(&one["what"]))).collect();
    let gaps = list(&document["gaps"]).map(text).filter(|gap| gap.contains("there are none now"));
    let gaps = gaps.map(str::to_owned).collect();
    (found, gaps, setup.run(&["up"]).code != Some(0))
}

#[test]
fn rows_whose_parents_are_deleted_while_the_key_is_away_are_counted() {
    let fails = "1 value of public.tasks (user_id) is not in public.users once the rows are deleted that the file deletes: \
                 this file will fail";
    for files in [
        &[&format!("{DROP}\nDELETE FROM users WHERE id = 2;\n{ADD}")[..]][..],
        &[DROP, "DELETE FROM users WHERE name = 'b' -- a comment\n;", ADD],
        &[&format!("{DROP}\nDELETE FROM users WHERE users.id = 2;"), ADD],
        &[DROP, &format!("DELETE FROM users WHERE id > 1;\n{ADD}")],
        &[
            DROP,
            "DELETE FROM users WHERE id = 2;",
            "ALTER TABLE users RENAME TO people; ALTER TABLE tasks RENAME user_id TO person;",
            "ALTER TABLE tasks ADD CONSTRAINT key FOREIGN KEY (person) REFERENCES people;",
        ],
        &["ALTER TABLE users RENAME name TO n;", DROP, "DELETE FROM users WHERE n = 'b';", ADD],
    ] {
        let (found, gaps, fails_really) = told(files);
        assert!(matches!(&found[..], [one] if one.contains(fails)), "{files:?}: {found:?} {gaps:?}");
        assert_eq!((found[0].split(':').next(), fails_really), (Some("fails"), true), "{files:?}");
    }
    let emptied = format!("{DROP}\nTRUNCATE users;\n{ADD}");
    let (found, _, fails_really) = told(&[&emptied]);
    assert!(found[0].starts_with("fails: 2 values of public.tasks"), "{found:?}");
    assert!(fails_really);
    for files in [
        &[&format!("{DROP}\nDELETE FROM users WHERE id = 3;\n{ADD}")[..]][..],
        &[DROP, "DELETE FROM users WHERE id = 3;", ADD],
        &[DROP, "DELETE FROM users WHERE id = 2;", &format!("{ADD}\n").replace(";", " NOT VALID;")],
    ] {
        assert_eq!(told(files), (Vec::new(), Vec::new(), false), "{files:?}");
    }
    let (found, _, fails_really) = told(&[&format!(
        "{DROP}\nDELETE FROM tasks WHERE user_id = 2;\nDELETE FROM users WHERE id = 2;\n{ADD}"
    )]);
    assert!(found[0].starts_with("careless: 1 value of public.tasks"), "{found:?}");
    assert!(!fails_really);
    let (kept, back) =
        ("CREATE TABLE kept AS SELECT * FROM users WHERE id = 2;", "INSERT INTO users SELECT * FROM kept;");
    for files in [
        &[&format!("{DROP}\n{kept}\nDELETE FROM users WHERE id = 2;\n{back}\n{ADD}")[..]][..],
        &[DROP, kept, "DELETE FROM users WHERE id = 2;", back, ADD],
    ] {
        let (found, _, fails_really) = told(files);
        assert!(matches!(&found[..], [one] if one.starts_with("careless: 1 value")), "{files:?}: {found:?}");
        assert!(!fails_really, "{files:?}");
    }
    let unwatched = "ALTER TABLE users DISABLE TRIGGER ALL; DELETE FROM users WHERE id = 2; ALTER TABLE users ENABLE TRIGGER ALL;";
    assert_eq!(told(&[unwatched]), (Vec::new(), Vec::new(), false));
}

#[test]
fn where_it_cannot_be_told_which_rows_will_be_in_the_way_that_is_said() {
    for (file, line) in [
        (format!("{DROP}\nDELETE FROM users WHERE id IN (SELECT id FROM gone);\n{ADD}"), 3),
        (format!("{DROP}\nUPDATE users SET id = 7 WHERE id = 2;\n{ADD}"), 3),
        (format!("{DROP}\nUPDATE tasks SET user_id = 7;\n{ADD}"), 3),
        (format!("DO $$BEGIN {DROP} DELETE FROM users WHERE id = 2; {ADD} END$$;"), 2),
    ] {
        let (found, gaps, fails) = told(&[&file]);
        assert_eq!(found, [""; 0], "{file}");
        let said = format!("whether line {line} of 0002 makes some is not known, and then 0002 fails");
        assert!(matches!(&gaps[..], [gap] if gap.contains(&said)), "{file}: {gaps:?}");
        assert!(fails, "{file}");
    }
    for file in [
        format!("{DROP}\nUPDATE users SET name = 'x';\n{ADD}"),
        format!("{DROP}\nINSERT INTO users VALUES (9, 'i');\n{ADD}"),
        format!("{DROP}\nDELETE FROM tasks WHERE id = 2;\n{ADD}"),
        "UPDATE users SET name = 'x'; ALTER TABLE tasks ALTER id TYPE bigint;".to_owned(),
    ] {
        assert_eq!(told(&[&file]), (Vec::new(), Vec::new(), false), "{file}");
    }
}
