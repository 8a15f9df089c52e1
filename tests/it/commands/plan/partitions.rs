//! A partition that is detached with its rows.

use super::{list, plan, text};
use crate::support::Setup;

#[test]
fn rows_that_the_whole_lacks_once_a_partition_is_detached_are_counted() {
    let gone = "public.e has the 3 rows of public.e_1 no more: what runs today reads it without them, and what it writes for that bound";
    for (default, rows, file, said) in [
        (
            "",
            "INSERT INTO e VALUES (1), (1), (1)",
            "ALTER TABLE e DETACH PARTITION e_1",
            Some(format!("{gone} fails")),
        ),
        (
            "CREATE TABLE e_d PARTITION OF e DEFAULT;",
            "INSERT INTO e VALUES (1), (1), (1)",
            "ALTER TABLE e DETACH PARTITION e_1; ALTER TABLE e_1 RENAME TO old",
            Some(format!("{gone} goes into its default partition")),
        ),
        ("", "SELECT", "ALTER TABLE e DETACH PARTITION e_1", None),
        ("", "INSERT INTO e VALUES (1)", "ALTER TABLE e DETACH PARTITION e_1; DROP TABLE e_1", None),
        (
            "",
            "INSERT INTO e VALUES (1)",
            "ALTER TABLE e DETACH PARTITION e_1; ALTER TABLE e ATTACH PARTITION e_1 FOR VALUES IN (1, 2)",
            None,
        ),
    ] {
        let tables = format!(
            "-- migrate:up\nCREATE TABLE e (a int) PARTITION BY LIST (a);\nCREATE TABLE e_1 PARTITION OF e FOR VALUES IN (1);\n{default}\n"
        );
        let setup = Setup::with(&[("0001_tables.sql", &tables)]);
        setup.up().success();
        setup.database.sql(&format!("{rows}; ANALYZE"));
        setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
        let document = plan(&setup, &["--json"]).success().json();
        let found = list(&document["findings"]).find(|one| text(&one["rule"]) == "detached-partition");
        assert_eq!(found.map(|one| text(&one["what"]).to_owned()), said, "{file}: {document:#}");
    }
}

#[test]
fn rows_that_are_changed_by_the_name_of_a_partition_or_a_child_are_not_said_to_make_the_file_fail() {
    const TABLES: &str = "-- migrate:up
CREATE TABLE e (a int, b int) PARTITION BY LIST (a);
CREATE TABLE e_1 PARTITION OF e FOR VALUES IN (1);
CREATE TABLE whole (a int, b int);
CREATE TABLE child () INHERITS (whole);
CREATE TABLE other (a int, b int);
";
    for (changed, asked, class) in [
        ("e_1", "e", "careless"),
        ("e", "e_1", "careless"),
        ("child", "whole", "careless"),
        ("other", "e", "fails"),
    ] {
        let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
        setup.up().success();
        setup.database.sql("INSERT INTO e VALUES (1); INSERT INTO child VALUES (1)");
        let file = format!(
            "-- migrate:up\nUPDATE {changed} SET b = 1;\nALTER TABLE {asked} ALTER b SET NOT NULL;\n"
        );
        setup.project.migration("0002_file.sql", &file);
        let document = plan(&setup, &["--json"]).success().json();
        let found = list(&document["findings"]).find(|one| text(&one["rule"]) == "null-values");
        assert_eq!(found.map(|one| text(&one["class"])), Some(class), "{file}: {document:#}");
        assert_eq!(setup.run(&["up"]).code != Some(0), class == "fails", "{file}");
    }
}
