//! What can be put off while some tables are filled.

use postgres_protocol::escape::{escape_identifier, escape_literal};
use tokio_postgres::{Client, Error};

use super::note::{PutOffItem, Sort};
use crate::postgres::own_path::{Lasting, by_own_path};
use crate::postgres::rows::rows;

/// Asks within the transaction that is open, if one is, and leaves it with the search path of pmdb's own SQL. Gives the candidates in
/// the order in which they come back. The tables are named as SQL names them, qualified.
pub(super) async fn candidates(client: &Client, tables: &[String]) -> Result<Vec<PutOffItem>, Error> {
    let file = include_str!("sql/candidates.sql").trim_end().trim_end_matches(';');
    let query = by_own_path(Lasting::ForTheTransaction, &file.replace("$1", &oids(tables)));
    let mut items: Vec<PutOffItem> = rows(client, &query).await?.iter().filter_map(PutOffItem::of).collect();
    items.sort_by(|one, other| (one.sort, &one.of, &one.name).cmp(&(other.sort, &other.of, &other.name)));
    for (id, item) in (0..).zip(&mut items) {
        item.id = id;
    }
    Ok(items)
}

/// What drops each of these foreign keys, where it is put off while its table is filled. Each is a table, as SQL names it, and the
/// name of the key. Asks within the transaction that is open.
pub(in crate::postgres) async fn foreign_keys_to_put_off(
    client: &Client,
    keys: &[(String, String)],
) -> Result<Vec<Option<String>>, Error> {
    let tables: Vec<String> = keys.iter().map(|(table, _)| table.clone()).collect();
    let items = candidates(client, &tables).await?;
    let drops = |(table, name): &(String, String)| {
        let is_called = |item: &&PutOffItem| item.name == *name || item.name == escape_identifier(name);
        let mut of_table = items.iter().filter(|item| item.sort == Sort::ForeignKey && item.of == *table);
        of_table.find(is_called).map(|item| item.put_off.clone())
    };
    Ok(keys.iter().map(drops).collect())
}

/// The numbers of these tables, as an array in SQL.
pub(super) fn oids(tables: &[String]) -> String {
    let names: Vec<String> = tables.iter().map(|table| escape_literal(table)).collect();
    format!("ARRAY[{}]::pg_catalog.regclass[]::pg_catalog.oid[]", names.join(", "))
}
