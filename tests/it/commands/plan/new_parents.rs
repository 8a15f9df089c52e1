//! A foreign key to a table that the same file makes: what `plan` says of its rows is what then happens.

use super::{list, plan, text};
use crate::support::Setup;

const TABLES: &str = "-- migrate:up\nCREATE TABLE orders (id int PRIMARY KEY, state text);\n";
const STATES: &str = "CREATE TABLE states (state text PRIMARY KEY)";
const KEY: &str = "ALTER TABLE orders ADD FOREIGN KEY (state) REFERENCES states";

/// The text of what is said to fail, the notes about the new table, and whether `up` fails.
fn told(rows: &str, file: &str) -> (Vec<String>, Vec<String>, bool) {
    let setup = Setup::with(&[("0001_tables.sql", TABLES)]);
    setup.up().success();
    setup.database.sql(rows);
    setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
    let document = plan(&setup, &["--json"]).success().json();
    let fails = list(&document["findings"]).filter(|one| text(&one["class"]) == "fails");
    let fails = fails.map(|one| text(&one["what"]).to_owned()).collect();
    let notes =
        list(&document["gaps"]).map(text).filter(|gap| gap.contains("public.states")).map(str::to_owned);
    (fails, notes.collect(), setup.run(&["up"]).code != Some(0))
}

#[test]
fn rows_that_refer_to_a_new_table_which_stays_empty_make_the_file_fail() {
    let rows = "INSERT INTO orders VALUES (1, 'new'), (2, 'new'), (3, 'old'), (4, NULL)";
    for file in [
        format!("{STATES};\n{KEY}"),
        format!("{STATES};\nCOMMENT ON TABLE states IS 'x';\n{KEY}"),
        format!("CREATE TABLE names (state text PRIMARY KEY);\nALTER TABLE names RENAME TO states;\n{KEY}"),
    ] {
        let (said, _, fails) = told(rows, &file);
        assert!(
            matches!(&said[..], [what] if what.starts_with("2 values of public.orders (state) are not in ") && fails),
            "{file}: {said:?}, {fails}"
        );
    }
}

#[test]
fn rows_without_a_value_or_a_table_that_the_file_fills_do_not() {
    let file = format!("{STATES};\n{KEY}");
    assert_eq!(told("INSERT INTO orders VALUES (1, NULL)", &file), (Vec::new(), Vec::new(), false));
    let note = "whether public.states, which a pending file makes, has all values of public.orders (state) by then is not known: \
                else 0002 fails at line 4";
    let rows = "INSERT INTO orders VALUES (1, 'new')";
    for fills in [
        format!("{STATES};\nINSERT INTO states SELECT DISTINCT state FROM orders;\n{KEY}"),
        format!("{STATES};\nINSERT INTO states VALUES ('new');\n{KEY}"),
        format!("{STATES};\nDO $$BEGIN INSERT INTO states VALUES ('new'); END$$;\n{KEY}"),
    ] {
        let (said, notes, fails) = told(rows, &fills);
        assert!(notes.contains(&note.to_owned()), "{fills}: {notes:?}");
        assert_eq!((said, fails), (Vec::new(), false), "{fills}");
    }
    let made_of_rows = format!(
        "CREATE TABLE states AS SELECT DISTINCT state FROM orders;\nALTER TABLE states ADD PRIMARY KEY (state);\n{KEY}"
    );
    let (said, _, fails) = told(rows, &made_of_rows);
    assert_eq!((said, fails), (Vec::new(), false), "{made_of_rows}");
}
