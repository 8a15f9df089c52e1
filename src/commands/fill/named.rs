//! The tables that somebody names, found among those of the database.

use std::collections::BTreeSet;

use super::looking;
use crate::catalog::schema::UnknownTable;
use crate::commands::error::Error;
use crate::connect::Session;
use crate::fill::{FillError, FillTable, TableRows};
use crate::postgres::Citus;
use crate::postgres::fill::other_relation;

/// The tables that are named, by their places, with their rows. Where there is no such table, the error says what else is called so.
pub(in crate::commands) async fn named(
    session: &Session,
    citus: Citus,
    tables: &[FillTable],
    wanted: &[TableRows],
) -> Result<Vec<(usize, u64)>, Error> {
    match among(tables, wanted) {
        Err(Error::UnknownTable(unknown)) => {
            let name = unknown.pattern.clone();
            let found = other_relation(session, citus, &parts(&name), tables).await.map_err(looking)?;
            Err(match found {
                Some(what) => FillError::OtherRelation { name, what }.into(),
                None => unknown.into(),
            })
        }
        named => named,
    }
}

fn among(tables: &[FillTable], wanted: &[TableRows]) -> Result<Vec<(usize, u64)>, Error> {
    let mut named = Vec::new();
    let mut seen = BTreeSet::new();
    for TableRows { table, rows } in wanted {
        let place = find(tables, table)?;
        if !seen.insert(place) {
            return Err(Error::Usage {
                message: format!("{table} is named twice"),
                hint: Some("say once how many rows it gets".to_owned()),
            });
        }
        named.push((place, *rows));
    }
    Ok(named)
}

/// The table that is called so: as SQL has it, as pmdb calls it in what it says, or by its bare name.
fn find(tables: &[FillTable], name: &str) -> Result<usize, Error> {
    let parts = parts(name);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let ways: [&dyn Fn(&FillTable) -> bool; 4] = [
        &|table| table.sql == name || parts == [table.schema.as_str(), table.name.as_str()],
        &|table| table.shown() == name,
        &|table| table.name == name || format!("{}.{}", table.schema, table.name) == name,
        &|table| parts == [table.name.as_str()],
    ];
    for fits in ways {
        let found: Vec<usize> =
            tables.iter().enumerate().filter(|(_, table)| fits(table)).map(|(place, _)| place).collect();
        match found.as_slice() {
            [] => {}
            [place] => return Ok(*place),
            places => return Err(several(name, places.iter().filter_map(|place| tables.get(*place)))),
        }
    }
    let all: Vec<String> = tables.iter().map(FillTable::shown).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let similar = similar::get_close_matches(name, &all, 3, 0.6).into_iter().map(str::to_owned).collect();
    Err(Error::UnknownTable(UnknownTable { pattern: name.to_owned(), similar }))
}

fn several<'t>(name: &str, tables: impl Iterator<Item = &'t FillTable>) -> Error {
    let names: Vec<&str> = tables.map(|table| table.sql.as_str()).collect();
    Error::Usage {
        message: format!("there are several tables {name}"),
        hint: Some(format!("name one of {}", names.join(", "))),
    }
}

/// The parts of a name as SQL would read it: separated by dots, in double quotes or not.
fn parts(name: &str) -> Vec<String> {
    let (mut parts, mut is_quoted) = (vec![String::new()], false);
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.next_if_eq(&'"').is_some() => {
                parts.last_mut().into_iter().for_each(|part| part.push('"'));
            }
            '"' => is_quoted = !is_quoted,
            '.' if !is_quoted => parts.push(String::new()),
            _ => parts.last_mut().into_iter().for_each(|part| part.push(letter)),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_parts_as_in_sql() {
        for (name, expected) in [
            ("a", &["a"][..]),
            ("a.b", &["a", "b"]),
            ("\"a.b\"", &["a.b"]),
            ("\"a\".\"b\"\"c\"", &["a", "b\"c"]),
            ("", &[""]),
        ] {
            assert_eq!(parts(name), expected);
        }
    }
}
