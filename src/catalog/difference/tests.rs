use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::catalog::Kind;

/// Kind, what it is a part of, name, attributes.
type ObjectRow<'a> = (Kind, Option<&'a str>, &'a str, &'a [(&'a str, &'a str)]);

fn catalog(objects: &[ObjectRow<'_>]) -> Catalog {
    let objects = objects.iter().map(|(kind, of, name, attributes)| {
        let identity = Identity { kind: *kind, of: of.map(str::to_owned), name: (*name).to_owned() };
        let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        (Arc::new(identity), Arc::new(Object { attributes: attributes.collect() }))
    });
    Catalog { objects: objects.collect() }
}

fn lines(before: &Catalog, after: &Catalog) -> Vec<String> {
    Difference::between(before, after).items.iter().flat_map(Item::lines).collect()
}

fn column(attributes: &[(&str, &str)]) -> Catalog {
    catalog(&[(Kind::Column, Some("public.tasks"), "due", attributes)])
}

#[test]
fn what_comes_with_a_table_is_a_part_of_it() {
    let t = "public.t";
    let one = catalog(&[
        (Kind::Table, None, t, &[]),
        (Kind::Column, Some(t), "id", &[]),
        (Kind::Sequence, None, "public.numbers", &[("owned by", "public.t.id")]),
        (Kind::Constraint, Some(t), "t_pkey", &[]),
        (Kind::Index, Some(t), "t_pkey", &[("constraint", "t_pkey")]),
        (Kind::View, None, "public.v", &[]),
    ]);
    let difference = Difference::between(&Catalog::default(), &one);
    assert_eq!(lines(&Catalog::default(), &one), ["+ table public.t", "+ view public.v"]);
    let Some(Change::Added { parts }) = difference.items.first().map(|item| &item.change) else { panic!() };
    let parts: Vec<String> = parts.iter().map(Identity::to_string).collect();
    let expected = [
        "sequence public.numbers",
        "column public.t.id",
        "constraint t_pkey on public.t",
        "index t_pkey on public.t",
    ];
    assert_eq!(parts, expected);
}

#[test]
fn an_index_without_its_constraint_says_no_more_than_the_constraint() {
    let index = |constraint: &[(&str, &str)]| catalog(&[(Kind::Index, Some("t"), "i", constraint)]);
    assert_eq!(lines(&index(&[]), &index(&[("constraint", "i")])), [""; 0]);
    assert_eq!(lines(&index(&[("valid", "false")]), &index(&[])), ["~ index i on t: valid `false` → none"]);
}

#[test]
fn only_the_order_of_columns_that_both_have_counts_as_order() {
    let table = |columns: &str| catalog(&[(Kind::Table, None, "t", &[("columns", columns)])]);
    assert_eq!(lines(&table(r#"["a","b","c"]"#), &table(r#"["b","c","d"]"#)), [""; 0]);
    let difference = Difference::between(&table(r#"["a","b"]"#), &table(r#"["b","a"]"#));
    assert_eq!(difference.class(), Some(DifferenceClass::ColumnOrder));
    assert!(!difference.counts(Strictness::Default) && difference.counts(Strictness::Strict));
}

#[test]
fn layout_is_a_matter_of_sql_alone() {
    let class = |attribute: &str, one: &str, other: &str, language: &str| {
        let object = |value: &str| {
            catalog(&[(Kind::Function, None, "f()", &[(attribute, value), ("language", language)])])
        };
        Difference::between(&object(one), &object(other)).class()
    };
    assert_eq!(class("body", "SELECT  1 -- one", "SELECT 1", "sql"), Some(DifferenceClass::Cosmetic));
    assert_eq!(class("body", "return  1", "return 1", "plpython3u"), Some(DifferenceClass::Structural));
    assert_eq!(class("comment", "a  b", "a b", "sql"), Some(DifferenceClass::Structural));
    assert_eq!(class("body", "SELECT 'a  b'", "SELECT 'a b'", "sql"), Some(DifferenceClass::Structural));
}

#[test]
fn a_long_value_is_cut_down_to_what_differs() {
    let long =
        |word: &str| format!("CHECK ({}{word}{})", "a_long_name ".repeat(20), " another_name".repeat(20));
    let found = lines(&column(&[("default", &long("<"))]), &column(&[("default", &long(">"))]));
    assert_eq!(
        found,
        [
            "~ column public.tasks.due: default `…a_long_name < another_name…` → `…a_long_name > another_name…`"
        ]
    );
    let endless = "x".repeat(100_000);
    assert!(lines(&column(&[]), &column(&[("default", &endless)])).concat().len() < 500);
}

#[test]
fn line_breaks_in_names_and_lists_stay_on_one_line() {
    let before = catalog(&[(Kind::Enum, None, "\"a\nb\"", &[("labels", "[\"x\\ny\"]")])]);
    let after = catalog(&[(Kind::Enum, None, "\"a\nb\"", &[("labels", "[]")])]);
    assert_eq!(lines(&before, &after), ["~ enum \"a␤b\": labels - `x␤y`"]);
}

/// An object of a few kinds and names, so that two catalogs have some in common.
fn any_object() -> impl Strategy<Value = (Arc<Identity>, Arc<Object>)> {
    let kind = select(
        &[Kind::Table, Kind::Column, Kind::Index, Kind::Constraint, Kind::Sequence, Kind::Function][..],
    );
    let of = select(&[None, Some("a"), Some("b"), Some("c")][..]);
    let name = select(&["a", "b", "c"][..]);
    let names =
        ["columns", "inherits", "inherited", "parent", "constraint", "owned by", "definition", "identity"];
    let values = ["a", "b  c", "b c", "[]", r#"["a"]"#, r#"["a","b"]"#, r#"["b","a"]"#, "a.b", "é\n"];
    let attributes = subsequence(names.to_vec(), 0..5).prop_flat_map(move |names| {
        names.into_iter().map(|name| (Just(name), select(values.to_vec()))).collect::<Vec<_>>()
    });
    (kind, of, name, attributes).prop_map(|(kind, of, name, attributes)| {
        let identity = Identity { kind, of: of.map(str::to_owned), name: name.to_owned() };
        let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        (Arc::new(identity), Arc::new(Object { attributes: attributes.collect() }))
    })
}

fn any_catalog() -> impl Strategy<Value = Catalog> {
    prop::collection::vec(any_object(), 0..20)
        .prop_map(|objects| Catalog { objects: objects.into_iter().collect() })
}

/// The way from the second to the first, from the way there.
fn mirrored(difference: Difference) -> Difference {
    let turn = |change| match change {
        Change::Added { parts } => Change::Removed { parts },
        Change::Removed { parts } => Change::Added { parts },
        Change::Changed { attributes } => Change::Changed {
            attributes: attributes
                .into_iter()
                .map(|change| AttributeChange { before: change.after, after: change.before, ..change })
                .collect(),
        },
    };
    let items = difference.items.into_iter().map(|item| Item { change: turn(item.change), ..item });
    Difference { items: items.collect() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_catalog_does_not_differ_from_itself(catalog in any_catalog()) {
        prop_assert!(Difference::between(&catalog, &catalog).is_empty());
    }

    #[test]
    fn the_way_back_mirrors_the_way_there(one in any_catalog(), other in any_catalog()) {
        prop_assert_eq!(mirrored(Difference::between(&one, &other)), Difference::between(&other, &one));
    }

    #[test]
    fn nothing_that_is_added_or_removed_is_lost(one in any_catalog(), other in any_catalog()) {
        let difference = Difference::between(&one, &other);
        let named: BTreeSet<&Identity> = difference.items.iter().flat_map(|item| match &item.change {
            Change::Added { parts } | Change::Removed { parts } => [&item.identity].into_iter().chain(parts).collect(),
            Change::Changed { .. } => vec![&item.identity],
        }).collect();
        let is_owned = |object: &Object| object.get("owned by").is_some();
        for (identity, object) in one.objects.iter().chain(&other.objects) {
            let in_both = one.objects.contains_key(identity) && other.objects.contains_key(identity);
            prop_assert!(in_both || named.contains(identity.as_ref()) || is_owned(object), "{identity}");
        }
    }

    #[test]
    fn every_difference_can_be_shown(one in any_catalog(), other in any_catalog()) {
        for item in Difference::between(&one, &other).items {
            prop_assert!(!item.lines().is_empty());
        }
    }
}
