//! The WITH queries of a backfill that have their rows from `:batch`: what takes from one of them takes from the batch.

use super::batch_condition::{CLAUSES, Placed};

/// A WITH query.
struct WithQuery<'t, 'a> {
    name: String,
    /// What stands in its parentheses.
    tokens: &'t [Placed<'a>],
}

/// Where rows of a batch come from: each of these places, and each name of a WITH query that has its rows from one, where that is read.
pub(super) fn sources(tokens: &[Placed<'_>], places: &[usize]) -> Vec<usize> {
    let mut sources = places.to_vec();
    let mut others = with_queries(tokens);
    loop {
        let has_source =
            |query: &WithQuery<'_, '_>| query.tokens.iter().any(|token| sources.contains(&token.start));
        let Some(found) = others.iter().position(has_source) else { return sources };
        let name = others.swap_remove(found).name;
        let reads = |at: &usize| is_read(tokens, *at) && name_of(tokens[*at].text) == name;
        sources.extend((0..tokens.len()).filter(reads).map(|at| tokens[at].start));
    }
}

/// Each `name AS (…)` or `name (columns) AS MATERIALIZED (…)`.
fn with_queries<'t, 'a>(tokens: &'t [Placed<'a>]) -> Vec<WithQuery<'t, 'a>> {
    let query_at = |at: usize| {
        if !is(tokens.get(at.checked_sub(1)?), &["with", "recursive", ","]) {
            return None;
        }
        let mut next = at + 1;
        if is(tokens.get(next), &["("]) {
            next += inside(tokens, next).len() + 2;
        }
        if !is(tokens.get(next), &["as"]) {
            return None;
        }
        next += 1;
        while is(tokens.get(next), &["not", "materialized"]) {
            next += 1;
        }
        let name = name_of(tokens[at].text);
        is(tokens.get(next), &["("]).then(|| WithQuery { name, tokens: inside(tokens, next) })
    };
    (0..tokens.len()).filter_map(query_at).collect()
}

/// The tokens in the parentheses that open here.
fn inside<'t, 'a>(tokens: &'t [Placed<'a>], open: usize) -> &'t [Placed<'a>] {
    let depth = tokens[open].depth;
    let rest = &tokens[open + 1..];
    let end = rest.iter().position(|token| token.depth <= depth).unwrap_or(rest.len());
    &rest[..end]
}

/// Whether a statement reads the rows of what is called so here: after FROM, JOIN, USING or TABLE.
fn is_read(tokens: &[Placed<'_>], at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return false };
    if is(tokens.get(at + 1), &["."]) || !is(tokens.get(before), &["from", "join", "using", "table", ","]) {
        return false;
    }
    let is_clause = |token: &&Placed<'_>| {
        token.depth == tokens[at].depth && is(Some(*token), &CLAUSES) && !is(Some(*token), &["as"])
    };
    let mut around = tokens[..at].iter().rev().take_while(|token| token.depth >= tokens[at].depth);
    is(tokens.get(before), &["table"]) || is(around.find(is_clause), &["from", "join", "using"])
}

fn is(token: Option<&Placed<'_>>, words: &[&str]) -> bool {
    token.is_some_and(|token| words.iter().any(|word| token.text.eq_ignore_ascii_case(word)))
}

/// A name as the server has it.
fn name_of(text: &str) -> String {
    match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => text.to_ascii_lowercase(),
    }
}
