use std::sync::Arc;

use super::*;
use crate::catalog::{Catalog, Identity, Kind, Object};

/// Puts an object into a catalog.
fn add(catalog: &mut Catalog, kind: Kind, of: Option<&str>, name: &str, attributes: &[(&str, &str)]) {
    let identity = Identity { kind, of: of.map(str::to_owned), name: name.to_owned() };
    let attributes =
        attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    catalog.objects.insert(Arc::new(identity), Arc::new(Object { attributes }));
}

/// A table with columns of integers; a name that ends in `?` may be NULL. The first column is the primary key, unless
/// `key` names another one.
fn add_table(catalog: &mut Catalog, name: &str, columns: &[&str], key: &str) {
    let raw: Vec<&str> = columns.iter().map(|column| column.trim_end_matches('?')).collect();
    add(catalog, Kind::Table, None, name, &[("columns", &list(&raw))]);
    for column in columns {
        let mut attributes = vec![("type", "integer")];
        if !column.ends_with('?') {
            attributes.push(("not null", "true"));
        }
        add(catalog, Kind::Column, Some(name), column.trim_end_matches('?'), &attributes);
    }
    if !key.is_empty() {
        let key: Vec<&str> = key.split(' ').collect();
        let attributes = [("type", "primary key"), ("columns", &list(&key))];
        add(catalog, Kind::Constraint, Some(name), "pkey", &attributes);
    }
}

fn add_reference(catalog: &mut Catalog, table: &str, columns: &[&str], parent: &str) {
    let attributes = [
        ("type", "foreign key"),
        ("columns", &list(columns)),
        ("references", parent),
        ("referenced columns", &list(&["id"])),
    ];
    add(catalog, Kind::Constraint, Some(table), &format!("{}_fkey", columns.join("_")), &attributes);
}

fn list(names: &[&str]) -> String {
    serde_json::to_string(names).unwrap()
}

/// Two tables and one that refers to the first, by the column `ref`.
fn catalog_with(columns: &[&str], key: &str) -> Catalog {
    let mut catalog = Catalog::default();
    add_table(&mut catalog, "public.parents", &["id"], "id");
    add_table(&mut catalog, "public.others", &["id"], "id");
    add_table(&mut catalog, "public.children", columns, key);
    add_reference(&mut catalog, "public.children", &["ref"], "public.parents");
    catalog
}

fn name(name: &str) -> DisplayName {
    DisplayName { schema: "public".to_owned(), name: name.to_owned() }
}

/// The only foreign key of `children`.
fn reference(catalog: &Catalog) -> (Cardinality, bool) {
    let schema = Schema::of(catalog);
    let key = &schema.table(&name("children")).unwrap().foreign_keys[0];
    (key.cardinality, key.optional)
}

#[test]
fn columns_that_are_no_key_make_one_to_many() {
    assert_eq!(reference(&catalog_with(&["id", "ref"], "id")), (Cardinality::OneToMany, false));
    assert_eq!(reference(&catalog_with(&["id", "ref"], "")), (Cardinality::OneToMany, false));
}

#[test]
fn a_column_that_may_be_null_makes_the_reference_optional() {
    assert_eq!(reference(&catalog_with(&["id", "ref?"], "id")), (Cardinality::OneToMany, true));
}

#[test]
fn a_reference_that_is_the_primary_key_is_one_to_one() {
    assert_eq!(reference(&catalog_with(&["ref"], "ref")), (Cardinality::OneToOne, false));
}

#[test]
fn a_reference_that_is_only_a_part_of_the_primary_key_is_one_to_many() {
    assert_eq!(reference(&catalog_with(&["ref", "number"], "ref number")), (Cardinality::OneToMany, false));
}

#[test]
fn a_unique_constraint_makes_one_to_one() {
    let mut catalog = catalog_with(&["id", "ref?"], "id");
    let attributes = [("type", "unique"), ("columns", r#"["ref"]"#)];
    add(&mut catalog, Kind::Constraint, Some("public.children"), "u", &attributes);
    assert_eq!(reference(&catalog), (Cardinality::OneToOne, true));
}

#[test]
fn a_unique_index_makes_one_to_one_unless_it_has_a_condition_or_an_expression() {
    for (columns, predicate, cardinality) in [
        (r#"["ref"]"#, None, Cardinality::OneToOne),
        (r#"["ref"]"#, Some("(id > 0)"), Cardinality::OneToMany),
        (r#"["abs(ref)"]"#, None, Cardinality::OneToMany),
        (r#"["ref","id"]"#, None, Cardinality::OneToMany),
    ] {
        let mut catalog = catalog_with(&["id", "ref"], "id");
        let mut attributes = vec![("unique", "true"), ("columns", columns)];
        attributes.extend(predicate.map(|predicate| ("predicate", predicate)));
        add(&mut catalog, Kind::Index, Some("public.children"), "i", &attributes);
        assert_eq!(reference(&catalog).0, cardinality, "{columns} {predicate:?}");
    }
}

#[test]
fn a_primary_key_of_two_references_is_many_to_many() {
    let mut catalog = catalog_with(&["ref", "other", "since"], "ref other");
    add_reference(&mut catalog, "public.children", &["other"], "public.others");
    let between = [name("others"), name("parents")];
    assert_eq!(
        Schema::of(&catalog).many_to_many,
        [ManyToMany { through: name("children"), between }],
        "in the order of the names of the constraints"
    );
}

#[test]
fn a_primary_key_of_two_references_and_more_is_no_many_to_many() {
    let mut catalog = catalog_with(&["ref", "other", "number"], "ref other number");
    add_reference(&mut catalog, "public.children", &["other"], "public.others");
    assert_eq!(Schema::of(&catalog).many_to_many, []);
}

#[test]
fn two_references_from_the_same_column_are_no_many_to_many() {
    let mut catalog = catalog_with(&["ref", "number"], "ref number");
    let attributes = [("type", "foreign key"), ("columns", r#"["ref"]"#), ("references", "public.others")];
    add(&mut catalog, Kind::Constraint, Some("public.children"), "second", &attributes);
    assert_eq!(Schema::of(&catalog).many_to_many, []);
}

#[test]
fn rows_of_one_table_can_be_linked_with_each_other() {
    let mut catalog = catalog_with(&["ref", "friend"], "ref friend");
    add_reference(&mut catalog, "public.children", &["friend"], "public.parents");
    assert_eq!(Schema::of(&catalog).many_to_many[0].between, [name("parents"), name("parents")]);
}

#[test]
fn columns_stand_in_the_order_of_their_table_and_know_their_keys() {
    let schema = Schema::of(&catalog_with(&["zeta", "id", "ref?"], "id"));
    let children = schema.table(&name("children")).unwrap();
    let told = children.columns.iter().map(|column| {
        (column.name.as_str(), column.primary_key, column.foreign_key, column.unique, column.nullable)
    });
    let expected = [
        ("zeta", false, false, false, false),
        ("id", true, false, false, false),
        ("ref", false, true, false, true),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[test]
fn a_partition_is_named_in_its_table_only_also_when_it_is_one_of_a_partition() {
    let mut catalog = catalog_with(&["id", "ref"], "id");
    for (partition, parent) in [("public.a", "public.children"), ("public.b", "public.a")] {
        let inherits = list(&[parent]);
        let attributes = [("partition bound", "DEFAULT"), ("inherits", inherits.as_str())];
        add(&mut catalog, Kind::Table, None, partition, &attributes);
    }
    let schema = Schema::of(&catalog);
    assert_eq!(schema.table(&name("children")).unwrap().partitions, [name("a"), name("b")]);
    assert_eq!(schema.tables.len(), 3);
}

#[test]
fn a_reference_that_only_repeats_one_for_a_partition_is_left_out() {
    let mut catalog = catalog_with(&["id", "ref"], "id");
    let attributes = [("type", "foreign key"), ("references", "public.p1"), ("parent", "ref_fkey")];
    add(&mut catalog, Kind::Constraint, Some("public.children"), "ref_fkey1", &attributes);
    assert_eq!(Schema::of(&catalog).table(&name("children")).unwrap().foreign_keys.len(), 1);
}

#[test]
fn a_function_is_split_into_its_name_and_its_arguments() {
    let mut catalog = Catalog::default();
    add(&mut catalog, Kind::Function, None, r#"app."f(x"(integer, text[])"#, &[("result", "void")]);
    let schema = Schema::of(&catalog);
    let function = &schema.functions[0];
    assert_eq!((function.name.name.as_str(), function.arguments.as_str()), ("f(x", "(integer, text[])"));
}

#[test]
fn types_and_defaults_are_shortened_to_what_sql_understands_as_well() {
    for (long, short) in [
        ("timestamp with time zone", "timestamptz"),
        ("timestamp(3) without time zone[]", "timestamp(3)[]"),
        ("time(0) with time zone", "timetz(0)"),
        ("character varying(80)", "varchar(80)"),
        ("character varying", "varchar"),
        ("numeric(12,2)", "numeric(12,2)"),
        ("public.task_status", "task_status"),
        ("app.timestamp", "app.timestamp"),
        ("timestamps", "timestamps"),
    ] {
        let column = Column { data_type: long.to_owned(), ..Column::default() };
        assert_eq!(column.short_type(), short);
    }
    let column = Column {
        data_type: "public.mood".to_owned(),
        default: Some("'so'::public.mood".to_owned()),
        ..Column::default()
    };
    assert_eq!(column.short_default(), Some("'so'"));
}

#[test]
fn what_a_broken_catalog_lacks_is_left_out() {
    let mut catalog = Catalog::default();
    add(&mut catalog, Kind::Table, None, "", &[]);
    add(&mut catalog, Kind::Column, Some("nowhere"), "x", &[]);
    add(&mut catalog, Kind::Constraint, Some(""), "y", &[("type", "foreign key"), ("columns", "no list")]);
    let attributes = [("partition bound", "DEFAULT"), ("inherits", r#"["p"]"#)];
    add(&mut catalog, Kind::Table, None, "p", &attributes);
    let schema = Schema::of(&catalog);
    assert_eq!((schema.tables.len(), schema.tables[0].foreign_keys.len()), (1, 0));
}

#[test]
fn neighbours_are_found_in_both_directions_step_by_step() {
    let mut catalog = catalog_with(&["id", "ref"], "id");
    add_table(&mut catalog, "app.far", &["id", "child"], "id");
    add_reference(&mut catalog, "app.far", &["child"], "public.children");
    let schema = Schema::of(&catalog);
    let names = |pattern: &str, depth| {
        let part = schema.only(&[pattern.to_owned()], depth).unwrap();
        part.tables.iter().map(|table| table.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names("parents", 0), ["parents"]);
    assert_eq!(names("parents", 1), ["children", "parents"]);
    assert_eq!(names("parents", 2), ["app.far", "children", "parents"]);
    assert_eq!(names("app.far", 1), ["app.far", "children"]);
    assert_eq!(names("app.*", usize::MAX), ["app.far", "children", "parents"]);
    let unknown = schema.only(&["parent".to_owned()], 0).unwrap_err();
    assert_eq!(unknown.similar, ["parents"]);
}
