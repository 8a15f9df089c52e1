//! What can be put off while some tables are filled.

use postgres_protocol::escape::escape_literal;
use tokio_postgres::{Client, Error};

use super::note::Item;
use crate::postgres::own_path::{Lasting, by_own_path};
use crate::postgres::rows::rows;

/// Asks within the transaction that is open, and leaves it with the search path of pmdb's own SQL. Gives the candidates in
/// the order in which they come back. The tables are named as SQL names them, qualified.
pub(super) async fn candidates(client: &Client, tables: &[String]) -> Result<Vec<Item>, Error> {
    let file = include_str!("sql/candidates.sql").trim_end().trim_end_matches(';');
    let query = by_own_path(Lasting::ForTheTransaction, &file.replace("$1", &oids(tables)));
    let mut items: Vec<Item> = rows(client, &query).await?.iter().filter_map(Item::of).collect();
    items.sort_by(|one, other| (one.sort, &one.of, &one.name).cmp(&(other.sort, &other.of, &other.name)));
    for (id, item) in (0..).zip(&mut items) {
        item.id = id;
    }
    Ok(items)
}

/// The numbers of these tables, as an array in SQL.
pub(super) fn oids(tables: &[String]) -> String {
    let names: Vec<String> = tables.iter().map(|table| escape_literal(table)).collect();
    format!("ARRAY[{}]::pg_catalog.regclass[]::pg_catalog.oid[]", names.join(", "))
}
