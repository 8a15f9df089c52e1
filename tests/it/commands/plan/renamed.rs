//! What an earlier pending file gives another name is asked about by the name that the target has.

use super::{list, plan, text};
use crate::support::{Setup, is_at_least};

#[test]
fn rows_are_asked_about_by_the_names_that_the_target_has() {
    let setup = Setup::with(&[(
        "0001_tables.sql",
        "-- migrate:up\nCREATE TABLE people (id int PRIMARY KEY, mail text, \"Age\" text);\n\
         CREATE TABLE letters (reader int);\n",
    )]);
    setup.up().success();
    setup.database.sql("INSERT INTO people VALUES (1, NULL, 'old'), (2, 'x', '7'), (3, 'x', '8')");
    setup.database.sql("INSERT INTO letters VALUES (9)");
    setup.project.migration(
        "0002_names.sql",
        "-- migrate:up\nALTER TABLE people RENAME COLUMN mail TO email;\nALTER TABLE people RENAME \"Age\" TO years;\n\
         ALTER TABLE people RENAME TO users;\nALTER TABLE letters RENAME reader TO user_id;\n",
    );
    setup.project.migration(
        "0003_rules.sql",
        "-- migrate:up\nALTER TABLE users ALTER email SET NOT NULL;\nALTER TABLE users ADD UNIQUE (email);\n\
         ALTER TABLE users ALTER years TYPE int USING years::int;\n\
         ALTER TABLE users ADD CONSTRAINT given CHECK (length(email) > 1);\n\
         ALTER TABLE letters ADD CONSTRAINT read_by FOREIGN KEY (user_id) REFERENCES users;\n",
    );
    let document = plan(&setup, &["--json"]).success().json();
    let fails = list(&document["findings"]).filter(|finding| finding["class"] == "fails");
    let what: Vec<&str> = fails.map(|finding| text(&finding["what"])).collect();
    // Only since 16 can such values be counted.
    let counted = if is_at_least(16) { "1 value" } else { "at least 1 value" };
    assert_eq!(
        what,
        [
            "1 row of public.people has no mail: this file will fail at line 2",
            "1 value of mail is more than once in public.people: this file will fail at line 3",
            &*format!(
                "{counted} of public.people.\"Age\" cannot become integer: this file will fail at line 4"
            ),
            "2 rows of public.people break given: this file will fail at line 5",
            "1 value of public.letters (reader) is not in public.people: this file will fail at line 6",
        ]
    );
}
