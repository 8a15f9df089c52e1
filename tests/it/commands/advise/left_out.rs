//! What nobody can do anything about is left out.

use super::found;
use crate::support::{Database, Project};

/// A table, a routine and a type that break many rules.
const BAD: &str =
    "CREATE TABLE \"Bad\" (a char(3), b json, c money, price real); CREATE INDEX one ON \"Bad\" (a);
    CREATE INDEX two ON \"Bad\" (a); CREATE FUNCTION \"badF\"() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE TYPE \"badT\" AS ENUM ()";

#[test]
fn what_belongs_to_an_extension_is_left_out() {
    let database = Database::new();
    database.sql(BAD);
    assert!(!found(&database).is_empty());
    database.sql(
        "ALTER EXTENSION plpgsql ADD TABLE \"Bad\"; ALTER EXTENSION plpgsql ADD FUNCTION \"badF\"();
         ALTER EXTENSION plpgsql ADD TYPE \"badT\"",
    );
    assert_eq!(found(&database), Vec::<String>::new());
}

#[test]
fn the_history_tables_are_left_out_wherever_they_are() {
    let (project, database) = (Project::new(), Database::new());
    project.migration("0001_s.sql", "-- migrate:up\nCREATE TYPE t AS ENUM ();\n");
    database.sql("CREATE SCHEMA \"Odd's\"");
    let table = ["--table", "Odd's.My history"];
    project.pmdb(&[&["up"], &table[..]].concat()).database(&database).run().success();
    project.pmdb(&["seed", "--bundled", "--table", "Odd's.My history"]).database(&database).run().fails(1);
    let objects = |args: &[&str]| {
        let json =
            project.pmdb(&[&["advise", "--json"], args].concat()).database(&database).run().success().json();
        let findings = json["findings"].as_array().unwrap().iter();
        findings.map(|finding| finding["object"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(objects(&table), ["\"Odd's\""]);
    // To somebody who does not know that it is the history, it is a table like others.
    assert!(objects(&[]).contains(&"\"Odd's\".\"My history\"".to_owned()));
}

#[tokio::test]
async fn temporary_tables_of_others_are_left_out() {
    let database = Database::new();
    let client = database.client().await;
    client.batch_execute(&BAD.replace("CREATE TABLE", "CREATE TEMP TABLE")).await.unwrap();
    client.batch_execute("DROP FUNCTION \"badF\"; DROP TYPE \"badT\"").await.unwrap();
    assert_eq!(found(&database), Vec::<String>::new());
}
