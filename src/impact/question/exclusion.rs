//! What an exclusion constraint compares.

use super::About;
use crate::catalog::Object;
use crate::migration::sql::{Cursor, StandardStrings, TokenKind};

/// The keys of the constraint's index, each with the operator that must not be true of two rows.
pub(super) fn conflicts(name: &str, constraint: &Object, index: &Object) -> Option<About> {
    let keys = index.list("columns");
    let operators = operators(constraint.get("definition")?);
    (!keys.is_empty() && keys.len() == operators.len()).then(|| About::Conflicts {
        name: name.to_owned(),
        keys,
        operators,
        predicate: index.get("predicate").map(str::to_owned),
    })
}

/// What stands after each WITH of `EXCLUDE USING gist (room WITH =, during WITH &&)`.
fn operators(definition: &str) -> Vec<String> {
    let mut cursor = Cursor::new(definition.as_bytes(), StandardStrings::On);
    let (mut depth, mut operators) = (0_usize, Vec::new());
    while let Some((kind, _)) = cursor.peek() {
        match kind {
            TokenKind::OpenParenthesis => depth += 1,
            TokenKind::CloseParenthesis if depth == 1 => break,
            TokenKind::CloseParenthesis => depth = depth.saturating_sub(1),
            _ if depth == 1 && cursor.eat("WITH") => {
                operators.push(operator(&mut cursor));
                continue;
            }
            _ => {}
        }
        cursor.skip();
    }
    operators
}

/// `&&`, or `OPERATOR(public.=)`.
fn operator(cursor: &mut Cursor<'_>) -> String {
    let (from, mut depth) = (cursor.rest(), 0_usize);
    while let Some((kind, token)) = cursor.peek() {
        match kind {
            TokenKind::OpenParenthesis => depth += 1,
            TokenKind::CloseParenthesis if depth == 0 => break,
            TokenKind::CloseParenthesis => depth -= 1,
            TokenKind::Other if token == b"," => break,
            _ => {}
        }
        cursor.skip();
    }
    let end = from.len().saturating_sub(cursor.rest().len());
    from.get(..end).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_an_operator() {
        let found = operators(
            "EXCLUDE USING gist (lower(a) WITH OPERATOR(public.=), during range_ops WITH &&) WHERE ((a > 0))",
        );
        assert_eq!(found, ["OPERATOR(public.=)", "&&"]);
    }
}
