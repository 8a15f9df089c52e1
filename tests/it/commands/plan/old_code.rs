//! What code of the release before can no longer do: what it says worked before the file, and fails afterwards.

mod functions;
mod left_behind;
mod left_out;
mod names;
mod privileges;
mod read_only_columns;
mod row_security;
mod sequences;
mod unique_keys;

use super::{list, plan, text};
use crate::support::Setup;

/// A file, what the code of today says, and the rule that tells of it.
struct Case<'a> {
    file: &'a str,
    code: &'a str,
    told: Option<&'a str>,
}

impl Case<'_> {
    /// Holds what is told to what happens, on a database that these statements have made.
    #[track_caller]
    fn holds(&self, tables: &str, rows: &str) {
        let Case { file, code, told } = self;
        let setup = Setup::with(&[("0001_given.sql", &format!("-- migrate:up\n{tables};\n"))]);
        setup.up().success();
        setup.database.sql(&format!("{rows}; ANALYZE"));
        setup.database.sql(&format!("BEGIN; {code}; ROLLBACK"));
        setup.project.migration("0002_file.sql", &format!("-- migrate:up\n{file};\n"));
        let document = plan(&setup, &["--json"]).success().json();
        let breaking = list(&document["findings"]).filter(|one| one["class"] == "breaks");
        let rules: Vec<&str> = breaking.map(|one| text(&one["rule"])).collect();
        assert_eq!(rules, Vec::from_iter(*told), "{file}: {document:#}");
        setup.up().success();
        let after = setup.database.try_sql(&format!("BEGIN; {code}; ROLLBACK"));
        assert_eq!(after.is_err(), told.is_some(), "{file}; {code}: {after:?}");
    }
}

fn case<'a>(file: &'a str, code: &'a str, told: Option<&'a str>) -> Case<'a> {
    Case { file, code, told }
}
