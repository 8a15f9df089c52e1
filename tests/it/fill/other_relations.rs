//! Names that are those of a view, a partition and so on, instead of a table to fill.

use crate::support::{Database, Project};

#[test]
fn what_is_no_table_to_fill_is_told_with_what_to_name_instead() {
    let db = Database::new();
    let project = Project::new();
    project.migration("0001_a.sql", "-- migrate:up\nCREATE TABLE a (id int PRIMARY KEY);\n");
    project.pmdb(&["up"]).database(&db).run().success();
    db.sql(
        "CREATE TABLE p (id int, n int) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (9) PARTITION BY LIST (n);
         CREATE TABLE \"P 2\" PARTITION OF p1 DEFAULT; CREATE SCHEMA app; CREATE VIEW app.v AS SELECT 1;
         CREATE MATERIALIZED VIEW m AS SELECT 1; CREATE SEQUENCE s;
         CREATE FOREIGN DATA WRAPPER w; CREATE SERVER w FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE f (a int) SERVER w",
    );
    for (named, said, hint) in [
        ("p1=5", "p1 cannot be filled: it is a partition of p", "name that table, as in p=1000"),
        ("P 2=5", "P 2 cannot be filled: it is a partition of p", "name that table, as in p=1000"),
        ("app.v=5", "app.v cannot be filled: it is a view", "name the tables that it reads"),
        ("v=5", "v cannot be filled: it is a view", "name the tables that it reads"),
        ("m=5", "m cannot be filled: it is a materialized view", "`REFRESH MATERIALIZED VIEW`"),
        ("f=5", "f cannot be filled: it is a foreign table", "on the server where that is"),
        ("s=5", "s cannot be filled: it is a sequence", "`pmdb schema` shows all tables"),
        ("schema_migrations=5", "it is a table of pmdb's own", "`pmdb schema` shows all tables"),
        ("nope=5", "there is no table nope", "`pmdb schema` shows all tables"),
        ("public.v=5", "there is no table public.v", "hint: "),
    ] {
        let stderr = project.pmdb(&["fill", named]).database(&db).run().fails(1).stderr;
        assert!(stderr.contains(said) && stderr.contains(hint), "{named}: {stderr}");
    }
    project.pmdb(&["fill", "p=5"]).database(&db).run().success();
}
