//! Tables that refer to themselves: their rows make trees, also within a tenant.

use crate::support::{Database, Project};

/// Fills the tables of this schema, and gives back the database.
fn filled(schema: &str, rows: &[&str]) -> Database {
    let db = Database::new();
    db.sql(schema);
    Project::new().pmdb(&[&["fill"], rows].concat()).database(&db).run().success();
    db
}

/// How many rows of `n` hang on a root, however far.
const REACHED: &str = "WITH RECURSIVE tree AS (SELECT * FROM n WHERE parent IS NULL \
     UNION ALL SELECT n.* FROM tree JOIN n ON n.parent = tree.id AND n.tenant = tree.tenant) SELECT count(*) FROM tree";

#[test]
fn each_tenant_has_a_tree_of_its_own() {
    let tenants = "CREATE TABLE tenants (id int PRIMARY KEY);";
    let nodes = "CREATE TABLE n (tenant int NOT NULL REFERENCES tenants, id int, parent int, name text NOT NULL, PRIMARY KEY (tenant, id), \
                 FOREIGN KEY (tenant, parent) REFERENCES n, UNIQUE";
    let nulls_are_equal = crate::support::server().major() >= 15;
    let kind = if nulls_are_equal { "NULLS NOT DISTINCT" } else { "" };
    let db = filled(
        &format!(
            "{tenants} {nodes} {kind} (tenant, parent, name)); CREATE TABLE leaf (id int PRIMARY KEY, tenant int NOT NULL, n int NOT NULL, \
                  other int NOT NULL, FOREIGN KEY (tenant, n) REFERENCES n, FOREIGN KEY (tenant, other) REFERENCES n (tenant, id))"
        ),
        &["tenants=5", "n=200", "leaf=300"],
    );
    assert_eq!(db.value("SELECT string_agg(roots::text, ',') FROM (SELECT count(*) FILTER (WHERE parent IS NULL) AS roots FROM n GROUP BY tenant) AS t"), "1,1,1,1,1");
    assert_eq!(db.value(REACHED), "200");
    assert_eq!(db.value("SELECT count(*) FROM leaf"), "300");
    // On top of rows, and of tenants that are there already.
    Project::new().pmdb(&["fill", "n=100"]).database(&db).run().success();
    assert_eq!(db.value(REACHED), "300");
}

#[test]
fn where_something_else_decides_the_tenants_no_row_has_a_parent_in_them() {
    let db = filled(
        "CREATE TYPE slot AS ENUM ('a', 'b', 'c', 'd'); CREATE TABLE tenants (id int PRIMARY KEY);
         CREATE TABLE n (tenant int NOT NULL REFERENCES tenants, slot slot NOT NULL, id int UNIQUE, parent slot, PRIMARY KEY (tenant, slot),
             FOREIGN KEY (tenant, parent) REFERENCES n)",
        &["tenants=5", "n=20"],
    );
    assert_eq!(db.value("SELECT count(*) FROM n WHERE parent IS NULL"), "20");
}

#[test]
fn where_nulls_are_equal_in_a_key_there_is_one_root() {
    if crate::support::server().major() < 15 {
        return;
    }
    let db = filled(
        "CREATE TYPE k AS ENUM ('a', 'b'); CREATE TABLE tenants (id int PRIMARY KEY);
         CREATE TABLE n (id int PRIMARY KEY, tenant int NOT NULL REFERENCES tenants, parent int REFERENCES n, k k NOT NULL,
             UNIQUE NULLS NOT DISTINCT (tenant, parent, k))",
        &["tenants=3", "n=100"],
    );
    assert_eq!(db.value("SELECT count(*) FROM n WHERE parent IS NULL"), "1");
    let reached = REACHED.replace(" AND n.tenant = tree.tenant", "");
    assert_eq!(db.value(&reached), "100");
}
