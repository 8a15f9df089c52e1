//! Every type of the server's own catalog: filled, or refused by its name before a row is written.

use std::collections::BTreeSet;

use pmdb::fill::{FillError, GivenKeys, plan};
use pmdb::postgres::{Citus, fill::read_tables};
use pmdb::{Session, Target};

use crate::support::{Database, Project};

/// A table with one column of each type that a column may have, and one in which the values are distinct, where the type has an
/// order. Of the types of the server's own tables, which are all alike, one is enough.
const TABLES: &str = "
    CREATE TYPE mood AS ENUM ('low', 'high'); CREATE TYPE pair AS (a int, b text); CREATE DOMAIN short AS varchar(3);
    CREATE DOMAIN shorts AS short[]; CREATE TYPE floats AS RANGE (SUBTYPE = float8);
    DO $$ DECLARE type record; BEGIN
        FOR type IN SELECT oid, format_type(oid, NULL) AS name FROM pg_type t
            WHERE typtype <> 'p' AND (typrelid = 0 AND typelem NOT IN (SELECT reltype FROM pg_class WHERE reltype BETWEEN 1 AND 16383)
                OR typname IN ('pair', 'pg_class')) ORDER BY oid LOOP
            BEGIN
                EXECUTE format('CREATE TABLE any_%s (c %s NOT NULL)', type.oid, type.name);
            EXCEPTION WHEN OTHERS THEN CONTINUE;
            END;
            BEGIN
                EXECUTE format('CREATE TABLE unique_%s (c %s NOT NULL UNIQUE)', type.oid, type.name);
            EXCEPTION WHEN OTHERS THEN NULL;
            END;
        END LOOP;
    END $$";

/// Types that have to be filled, whatever the others do.
const FILLED: &str = "smallint integer bigint numeric real double precision money boolean text character varying character name bytea \
    uuid json jsonb date time without time zone time with time zone timestamp without time zone timestamp with time zone interval \
    inet cidr macaddr bit bit varying tsvector int4range int8range numrange tsrange tstzrange daterange mood short floats integer[] \
    text[] uuid[] timestamp with time zone[] mood[] floats[] \
    oid point lseg box line circle path polygon xml point[] oid[] information_schema.yes_or_no information_schema.sql_identifier";

/// What the plan of each table alone says: the names of the types that nobody makes values for, as far as it is this that it says.
async fn refused(db: &Database) -> Vec<(String, String)> {
    let session = Session::connect(&Target::from_url(db.url()).unwrap()).await.unwrap();
    let tables = read_tables(&session, &[], Citus::Absent).await.unwrap();
    let mut refused = Vec::new();
    for table in tables {
        match plan(vec![table], &[1], 1, &GivenKeys::new(), None) {
            Ok(_) => {}
            Err(FillError::Type { type_name, table, .. } | FillError::NoBinary { type_name, table, .. }) => {
                refused.push((table, type_name));
            }
            // Lists of what has no order, which a key takes one of.
            Err(FillError::Unsolvable { constraint, table, .. }) => refused.push((table, constraint.name)),
            Err(other) => panic!("{other}"),
        }
    }
    session.close().await;
    refused
}

#[tokio::test]
async fn every_type_is_filled_or_refused_by_its_name() {
    let db = Database::new();
    db.sql(TABLES);
    let refused = refused(&db).await;
    let names: BTreeSet<&str> = refused.iter().map(|(_, name)| name.as_str()).collect();
    let types = "SELECT format_type(atttypid, NULL) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid \
                 WHERE relname ~ '^any_' AND attnum > 0";
    let filled: BTreeSet<String> = db.sql(types).into_iter().filter_map(|row| row[0].clone()).collect();
    let filled: BTreeSet<&str> =
        filled.iter().map(String::as_str).filter(|name| !names.contains(name)).collect();
    let missing =
        FILLED.split(' ').filter(|word| !filled.iter().any(|name| name.split(' ').any(|part| part == *word)));
    assert_eq!(missing.collect::<Vec<&str>>(), Vec::<&str>::new());
    let outcome = Project::new().pmdb(&["fill", "--rows", "10000"]).database(&db).run().fails(1);
    let (table, name) = &refused[0];
    assert!(
        outcome.stderr.contains(&format!("{table} cannot be filled: its column c")),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains(&format!("is of type {name}, ")), "{}", outcome.stderr);
    for (table, _) in &refused {
        assert_eq!(db.value(&format!("SELECT count(*) FROM {table}")), "0");
        db.sql(&format!("DROP TABLE {table}"));
    }
    Project::new().pmdb(&["fill", "--rows", "10000"]).database(&db).run().success();
    let tables = "SELECT string_agg(format('SELECT %L WHERE NOT EXISTS (SELECT FROM %I)', relname, relname), ' UNION ALL ') \
                  FROM pg_class WHERE relname ~ '^(any|unique)_' AND relkind = 'r'";
    assert_eq!(db.sql(&db.value(tables)), Vec::<Vec<Option<String>>>::new());
}

#[test]
fn types_of_extensions_are_filled_also_where_their_schema_is_not_on_the_path() {
    let db = Database::new();
    db.sql(
        "CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext; CREATE EXTENSION ltree SCHEMA ext;
         CREATE TABLE t (h ext.hstore NOT NULL, l ext.ltree PRIMARY KEY, u ext.hstore UNIQUE, many ext.ltree[] NOT NULL,
             p point NOT NULL CHECK (p[0] < 0), CHECK (ext.nlevel(l) > 2))",
    );
    Project::new().pmdb(&["fill", "t=3000"]).database(&db).run().success();
    assert_eq!(
        db.value("SELECT count(DISTINCT l) || ' ' || count(DISTINCT u) || ' ' || bool_and(p[0] < 0) FROM t"),
        "3000 3000 true"
    );
    let same = "SELECT bool_and(l::text::ext.ltree OPERATOR(ext.=) l AND h::text::ext.hstore OPERATOR(ext.=) h) FROM t";
    assert_eq!(db.value(same), "t");
    Project::new().pmdb(&["fill", "t=500"]).database(&db).run().success();
    assert_eq!(db.value("SELECT count(DISTINCT l) FROM t"), "3500");
}

#[test]
fn what_copy_writes_of_rare_types_is_what_their_text_says() {
    // Checks are asked about the text, and the rows are written in binary.
    let db = Database::new();
    db.sql(
        "CREATE TABLE t (id int, a point NOT NULL, b lseg NOT NULL, c box NOT NULL, d line NOT NULL, e circle NOT NULL, f path NOT NULL,
             g polygon NOT NULL, o oid NOT NULL, x xml NOT NULL,
             CHECK (a[0] BETWEEN -100 AND 50), CHECK (b::point <@ box '((-100,-80),(50,20))'), CHECK (height(c) = 1 AND (c[1])[0] > -20),
             CHECK (isclosed(f) AND npoints(g) = 3), CHECK (radius(e) = 1 AND (center(e))[1] < 10), CHECK (o::int8 % 2 = 0))",
    );
    Project::new().pmdb(&["fill", "t=2000"]).database(&db).run().success();
    assert_eq!(
        db.value(
            "SELECT count(*) FROM t WHERE d::text LIKE '{1,-1,%' AND xpath('/item/@number', x) IS NOT NULL"
        ),
        "2000"
    );
}
