//! What differs only because the columns of a table stand in another order.
//!
//! `SELECT *` in a view is kept as the list of all columns. A column that is dropped and comes back stands last in its table,
//! and then in the view as well, when that is made anew.

use std::collections::BTreeMap;

use super::attribute::{order_of_columns, tokens};
use super::{AttributeChange, DifferenceClass};
use crate::catalog::{Catalog, Identity, Kind};

/// The columns of a relation, in their order in both catalogs.
struct Reordered {
    relation: String,
    before: Vec<String>,
    after: Vec<String>,
}

/// Finds the views whose definition differs in the order of columns alone, where that is the one of what they read, and says
/// so of them. A view may read another one.
pub(super) fn classify(
    changes: &mut BTreeMap<&Identity, Vec<AttributeChange>>,
    before: &Catalog,
    after: &Catalog,
) {
    let is_reordered = |changes: &[AttributeChange]| {
        changes.iter().any(|change| change.class == DifferenceClass::ColumnOrder)
    };
    let mut reordered: Vec<Reordered> = changes
        .iter()
        .filter(|(_, changes)| is_reordered(changes))
        .filter_map(|(identity, _)| reordered(identity, before, after))
        .collect();
    while !reordered.is_empty() {
        let next = changes.iter_mut().find_map(|(identity, changes)| {
            let is_view = matches!(identity.kind, Kind::View | Kind::MaterializedView);
            let mut real =
                changes.iter_mut().filter(|change| is_view && change.class == DifferenceClass::Structural);
            let definition = real.find(|change| change.attribute == "definition")?;
            let (one, other) = (definition.before.as_deref()?, definition.after.as_deref()?);
            if !selects_the_same(one, other, &reordered) {
                return None;
            }
            *definition = order_of_columns(before.objects.get(*identity)?, after.objects.get(*identity)?)?;
            self::reordered(identity, before, after)
        });
        match next {
            Some(view) => reordered.push(view),
            None => break,
        }
    }
}

fn reordered(identity: &Identity, before: &Catalog, after: &Catalog) -> Option<Reordered> {
    let columns = |catalog: &Catalog| Some(catalog.objects.get(identity)?.list("columns"));
    Some(Reordered { relation: identity.name.clone(), before: columns(before)?, after: columns(after)? })
}

/// Whether two queries are the same except for the order of what they select, which is the order of the columns.
fn selects_the_same(before: &str, after: &str, reordered: &[Reordered]) -> bool {
    let read: Vec<&Reordered> = reordered
        .iter()
        .filter(|one| before.contains(&one.relation) && after.contains(&one.relation))
        .collect();
    let (one, other): (Vec<&[u8]>, Vec<&[u8]>) = (tokens(before).collect(), tokens(after).collect());
    let (mut one, mut other) = (one.as_slice(), other.as_slice());
    loop {
        let (Some((a, rest)), Some((b, others))) = (one.split_first(), other.split_first()) else {
            return one.is_empty() && other.is_empty();
        };
        if a != b {
            return false;
        }
        (one, other) = (rest, others);
        if a.eq_ignore_ascii_case(b"select") {
            let (list, rest) = select_list(one);
            let (others_list, others) = select_list(other);
            if !is_same_list(&list, &others_list, &read) {
                return false;
            }
            (one, other) = (rest, others);
        }
    }
}

/// What is selected, each with its tokens, and what follows it.
fn select_list<'t, 'a>(query: &'t [&'a [u8]]) -> (Vec<&'t [&'a [u8]]>, &'t [&'a [u8]]) {
    const ENDS: [&[u8]; 10] = [
        b"from",
        b"where",
        b"group",
        b"having",
        b"window",
        b"union",
        b"intersect",
        b"except",
        b"order",
        b"limit",
    ];
    let mut depth = 0_usize;
    let mut items = Vec::new();
    let mut start = 0;
    for (place, token) in query.iter().enumerate() {
        let ends = match *token {
            b"(" | b"[" => {
                depth += 1;
                false
            }
            b")" | b"]" if depth > 0 => {
                depth -= 1;
                false
            }
            b")" | b";" => true,
            word => depth == 0 && ENDS.iter().any(|end| end.eq_ignore_ascii_case(word)),
        };
        if ends || depth == 0 && *token == b"," {
            items.push(&query[start..place]);
            start = place + 1;
        }
        if ends {
            return (items, &query[place..]);
        }
    }
    items.push(&query[start..]);
    (items, &[])
}

/// Whether a list is the other one, in an order that has changed as that of columns has.
fn is_same_list(before: &[&[&[u8]]], after: &[&[&[u8]]], read: &[&Reordered]) -> bool {
    if before == after {
        return true;
    }
    // For each item, its place in the other list.
    let mut free: Vec<bool> = vec![true; after.len()];
    let mut places = Vec::new();
    for item in before {
        let place = after.iter().enumerate().position(|(place, other)| free[place] && other == item);
        let Some(place) = place else { return false };
        free[place] = false;
        places.push(place);
    }
    let is_whole = before.len() == after.len();
    is_whole
        && (0..places.len()).all(|first| {
            (first + 1..places.len()).all(|second| {
                places[first] < places[second]
                    || column(before[first]).zip(column(before[second])).is_some_and(|(first, second)| {
                        read.iter().any(|relation| relation.swaps(&first, &second))
                    })
            })
        })
}

/// The column that an item consists of: `t.a`, `a`, `t.a AS b`.
fn column(item: &[&[u8]]) -> Option<String> {
    let name = match item {
        [table_or_name, rest @ ..] => match rest {
            [b".", name] => name,
            [b".", name, word, _] if word.eq_ignore_ascii_case(b"as") => name,
            [word, _] if word.eq_ignore_ascii_case(b"as") => table_or_name,
            [] => table_or_name,
            _ => return None,
        },
        [] => return None,
    };
    let name = std::str::from_utf8(name).ok()?;
    let unquoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    Some(unquoted.map_or_else(|| name.to_owned(), |name| name.replace("\"\"", "\"")))
}

impl Reordered {
    /// Whether the first of these columns stood before the second one and now stands after it.
    fn swaps(&self, first: &str, second: &str) -> bool {
        let place = |columns: &[String], name: &str| columns.iter().position(|column| column == name);
        let places = |columns: &[String]| place(columns, first).zip(place(columns, second));
        places(&self.before).is_some_and(|(first, second)| first < second)
            && places(&self.after).is_some_and(|(first, second)| first > second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(before: &str, after: &str) -> bool {
        let columns = |names: &str| names.split(' ').map(str::to_owned).collect();
        let table = Reordered {
            relation: "public.t".to_owned(),
            before: columns("a b c D"),
            after: columns("a c b D"),
        };
        selects_the_same(before, after, &[table])
    }

    #[test]
    fn a_view_may_follow_the_order_of_the_columns_of_its_table() {
        assert!(same("SELECT t.a, t.b, t.c FROM public.t;", "SELECT t.a, t.c, t.b FROM public.t;"));
        assert!(same("SELECT a, b, c FROM public.t WHERE a > 1", "SELECT a, c, b FROM public.t WHERE a > 1"));
        assert!(same(
            "SELECT x.a, x.b AS y, x.c, f(x.a, 1) AS f FROM (SELECT t.b, t.c FROM public.t) x",
            "SELECT x.a, x.c, x.b AS y, f(x.a, 1) AS f FROM (SELECT t.c, t.b FROM public.t) x"
        ));
        assert!(same(
            "SELECT b, c FROM public.t UNION SELECT b, c FROM public.t",
            "SELECT b, c FROM public.t UNION SELECT c, b FROM public.t"
        ));
    }

    #[test]
    fn any_other_difference_is_one_of_the_view() {
        for (before, after) in [
            // Not the order of the table.
            ("SELECT t.a, t.b FROM public.t", "SELECT t.b, t.a FROM public.t"),
            ("SELECT c, b FROM public.t", "SELECT b, c FROM public.t"),
            // Not that table.
            ("SELECT b, c FROM public.u", "SELECT c, b FROM public.u"),
            // Not the same columns.
            ("SELECT b AS x, c AS y FROM public.t", "SELECT c AS x, b AS y FROM public.t"),
            ("SELECT b, c FROM public.t", "SELECT c, b, a FROM public.t"),
            ("SELECT b, c FROM public.t", "SELECT c FROM public.t"),
            ("SELECT b, c FROM public.t WHERE a", "SELECT c, b FROM public.t WHERE b"),
            ("SELECT b, f(c) FROM public.t", "SELECT f(c), b FROM public.t"),
            ("SELECT f(b, c) FROM public.t", "SELECT f(c, b) FROM public.t"),
            ("SELECT b, c FROM public.t", "SELECT c, b FROM public.t LIMIT 1"),
        ] {
            assert!(!same(before, after), "{before} | {after}");
        }
    }
}
