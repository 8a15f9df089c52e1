//! `REFRESH MATERIALIZED VIEW`: the rows that its query gives by then have to be unique where an index of it is.

use super::names::{begins, in_quotes, mentions, parts_at, quoted};
use super::rights::relation;
use super::unseen::written_on_target;
use super::{About, ChangedBefore, Consequence, FileTrace, Question, StatementTrace};
use crate::catalog::{Catalog, Identity, Kind, Object};
use crate::migration::sql::{Cursor, StandardStrings};

/// What to ask before the last of these halves runs, once for each unique index of a view that it fills anew.
pub fn questions_of_refreshes(halves: &[FileTrace], target_now: &Catalog) -> Vec<Question> {
    let Some((half, earlier)) = halves.split_last() else { return Vec::new() };
    let mut asked = Vec::new();
    for (number, statement) in half.statements.iter().enumerate() {
        let view = refreshed(&statement.text).and_then(|name| relation(half, number, &name));
        let Some(view) = view.and_then(written_on_target) else { continue };
        let identity = Identity { kind: Kind::MaterializedView, of: None, name: view.clone() };
        let query = target_now.objects.get(&identity).and_then(|object| object.get("definition"));
        let Some(query) = query.map(|query| query.trim_end().trim_end_matches(';')) else { continue };
        let unique = target_now.parts(Kind::Index, &view).filter(|(_, index)| is_unique(index));
        let tables = tables_of(half, number, query);
        asked.extend(unique.map(|(index, object)| Question {
            table: view.clone(),
            about: About::Refreshed {
                name: index.name.clone(),
                key: key(target_now, &view, object),
                predicate: object.get("predicate").map(str::to_owned),
                nulls_are_equal:
                    object.get("definition").is_some_and(|text| text.contains("NULLS NOT DISTINCT")),
                query: query.to_owned(),
                tables: tables.clone(),
            },
            consequence: Consequence::Fails,
            location: Some(statement.location),
            changed_before: changed_before(earlier, half, number),
            new_values: Vec::new(),
            own_rows: false,
            may_come: true,
            made_by: None,
        }));
    }
    asked
}

/// The view that a statement fills, in its parts.
fn refreshed(text: &str) -> Option<Vec<String>> {
    let mut cursor = Cursor::new(text.as_bytes(), StandardStrings::On);
    if !cursor.eat("REFRESH MATERIALIZED VIEW") || cursor.clone().find("WITH NO DATA") {
        return None;
    }
    cursor.eat("CONCURRENTLY");
    Some(parts_at(&mut cursor))
}

fn is_unique(index: &Object) -> bool {
    index.get("unique").is_some() && index.get("valid").is_none()
}

/// A list holds the names of columns as they are, and expressions as SQL writes them.
fn key(target_now: &Catalog, view: &str, index: &Object) -> Vec<String> {
    let is_column = |name: String| {
        let column = Identity { kind: Kind::Column, of: Some(view.to_owned()), name };
        target_now.objects.contains_key(&column)
    };
    let written = |column: String| match is_column(quoted(&column)) || is_column(in_quotes(&column)) {
        true => in_quotes(&column),
        false => column,
    };
    index.list("columns").into_iter().map(written).collect()
}

/// Those that the query reads.
fn tables_of(half: &FileTrace, number: usize, query: &str) -> Vec<String> {
    let until = half.statements.iter().take(number + 1);
    let mut tables: Vec<String> = until.flat_map(StatementTrace::tables_on_target).collect();
    tables.retain(|table| mentions(query, table));
    tables.sort();
    tables.dedup();
    tables
}

/// The first statement after which the query may give other rows.
fn changed_before(earlier: &[FileTrace], half: &FileTrace, number: usize) -> Option<ChangedBefore> {
    const NOTHING: [&str; 9] = [
        "REFRESH",
        "COMMENT",
        "SET",
        "RESET",
        "GRANT",
        "REVOKE",
        "ANALYZE",
        "CREATE INDEX",
        "CREATE UNIQUE INDEX",
    ];
    let own = half.statements.iter().take(number).map(|one| (half, one));
    let before =
        earlier.iter().flat_map(|half| half.statements.iter().map(move |one| (half, one))).chain(own);
    let mut changing = before.filter(|(_, one)| !NOTHING.iter().any(|words| begins(&one.text, words)));
    let (half, statement) = changing.next()?;
    Some(ChangedBefore { version: half.version.clone(), location: statement.location })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_that_is_filled_is_read() {
        let read = |text| refreshed(text).map(|name| name.join("."));
        assert_eq!(read("REFRESH MATERIALIZED VIEW CONCURRENTLY s.\"V\";"), Some("s.V".to_owned()));
        assert_eq!(read("refresh materialized view v with data"), Some("v".to_owned()));
        assert_eq!(read("REFRESH MATERIALIZED VIEW v WITH NO DATA"), None);
        assert_eq!(read("SELECT 1"), None);
    }
}
