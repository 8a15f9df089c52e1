//! A key is looked up in the catalog of the server.

use postgres_protocol::escape::{escape_identifier, escape_literal};
use tokio_postgres::{Client, SimpleQueryRow};

use super::super::rows::rows;
use super::super::sql_error::SqlError;
use super::generated_key::{GENERATED_FROM, assigned_source};
use super::hidden_work::{
    CONSTRAINTS, RULE_FOR_DELETES, RULE_FOR_UPDATES, UPDATE_TRIGGER, rule_instead, update_trigger,
};
use super::key::{Key, KeyColumn};
use super::key_error::KeyError;
use super::key_order::{BASE_TYPE, FORM, WIDTH, parts, sorted};
use crate::migration::{Backfill, BatchKey};

impl Key {
    /// Looks a key up, after these statements in the same message.
    ///
    /// # Errors
    /// When the server refuses. The answer may be a [`KeyError`]: then no batch can run.
    pub async fn look_up(
        client: &Client,
        before: &str,
        backfill: &Backfill,
    ) -> Result<Result<Key, KeyError>, SqlError> {
        let answer = rows(client, &format!("{before} {}", key_query(&backfill.key))).await?;
        Ok(Key::of_answer(backfill, &answer))
    }

    /// From the rows of [`key_query`]: one for each column of the table, in each of its indexes that may do. Other statements of the
    /// message may have rows as well.
    ///
    /// # Errors
    /// Why no batch can run.
    pub fn of_answer(backfill: &Backfill, answer: &[SimpleQueryRow]) -> Result<Key, KeyError> {
        let wanted = &backfill.key;
        let is_of_key = |row: &&SimpleQueryRow| row.columns().iter().any(|column| column.name() == "relkind");
        let rows: Vec<&SimpleQueryRow> = answer.iter().filter(is_of_key).collect();
        let table = shown_table(wanted);
        let Some(first) = rows.first() else { return Err(KeyError::NoTable { table }) };
        if !matches!(first.get("relkind"), Some("r" | "p")) {
            return Err(KeyError::NotATable { table });
        }
        if let Some(rule) = rule_instead(first, backfill) {
            return Err(KeyError::RuleInstead { table, rule });
        }
        for column in &wanted.columns {
            let is_it = |row: &&&SimpleQueryRow| row.get("attname") == Some(column);
            let column = column.clone();
            match rows.iter().find(is_it) {
                None => return Err(KeyError::NoColumn { table, column }),
                Some(row) if row.get("is_never_null") != Some("t") => {
                    return Err(KeyError::Nullable { table, column });
                }
                Some(row) => {
                    if let Some(assigned) = assigned_source(row, &backfill.assigned) {
                        return Err(KeyError::Generated { table, column, assigned });
                    }
                }
            }
        }
        let columns = rows
            .chunk_by(|a, b| a.get("index") == b.get("index"))
            .find_map(|index| columns_of_index(wanted, index))
            .ok_or_else(|| KeyError::NoIndex { table, columns: wanted.columns.join(", ") })?;
        let text = |name: &str| first.get(name).unwrap_or_default().to_owned();
        let has_rules = first.get("relhasrules") == Some("t");
        let bare_table = (text("nspname"), text("relname"));
        let update_trigger = update_trigger(first, backfill);
        Ok(Key {
            table: text("table"),
            bare_table,
            table_oid: text("oid"),
            rows_file: text("rows_file"),
            has_rules,
            update_trigger,
            columns,
        })
    }
}

/// Whether a column holds no NULL, in the table's children either. Since 18 a NOT NULL may be one that was never checked.
const NEVER_NULL: &str = "NOT EXISTS ( \
     WITH RECURSIVE tree (relid) AS (SELECT c.oid UNION SELECT h.inhrelid FROM tree \
     JOIN pg_catalog.pg_inherits h ON h.inhparent OPERATOR(pg_catalog.=) tree.relid) \
     SELECT FROM tree JOIN pg_catalog.pg_attribute o ON o.attrelid OPERATOR(pg_catalog.=) tree.relid \
     AND o.attname OPERATOR(pg_catalog.=) a.attname AND o.attnum OPERATOR(pg_catalog.>) 0 \
     LEFT JOIN pg_catalog.pg_constraint n ON n.conrelid OPERATOR(pg_catalog.=) o.attrelid \
     AND n.contype OPERATOR(pg_catalog.=) 'n' AND n.conkey[1] OPERATOR(pg_catalog.=) o.attnum \
     WHERE NOT o.attnotnull OR n.convalidated IS FALSE)";

/// A query for a key: [`Key::of_answer`] reads its rows.
pub fn key_query(key: &BatchKey) -> String {
    let name = escape_identifier(&key.table.name);
    let name = match &key.table.schema {
        Some(schema) => format!("{}.{name}", escape_identifier(schema)),
        None => name,
    };
    format!(
        "SELECT c.oid, pg_catalog.pg_relation_filenode(c.oid) AS rows_file, c.relkind, c.relhasrules, n.nspname, c.relname, pg_catalog.concat(pg_catalog.quote_ident(n.nspname), '.', pg_catalog.quote_ident(c.relname)) AS table, \
         a.attname, pg_catalog.quote_ident(a.attname) AS column, {NEVER_NULL} AS is_never_null, {GENERATED_FROM} AS generated_from, a.attnum, a.xmin AS defined_by, {FORM} AS form, \
         {RULE_FOR_UPDATES} AS rule_for_updates, {RULE_FOR_DELETES} AS rule_for_deletes, {UPDATE_TRIGGER} AS update_trigger, {CONSTRAINTS} AS constraints, \
         pg_catalog.concat(pg_catalog.quote_ident(tn.nspname), '.', pg_catalog.quote_ident(t.typname)) AS kind, (t.oid OPERATOR(pg_catalog.<>) a.atttypid) AS is_domain, \
         {} AS sorted, {} AS parts, {WIDTH} AS width_of_values, \
         i.indexrelid AS index, i.indnkeyatts AS width, \
         (i.indoption[k.at]::pg_catalog.int4 OPERATOR(pg_catalog.&) 1) AS is_descending, \
         (SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_opclass c \
         JOIN pg_catalog.pg_amop o ON o.amopfamily OPERATOR(pg_catalog.=) c.opcfamily \
         AND o.amoplefttype OPERATOR(pg_catalog.=) c.opcintype AND o.amoprighttype OPERATOR(pg_catalog.=) c.opcintype \
         AND o.amopstrategy OPERATOR(pg_catalog.=) 5 \
         JOIN pg_catalog.pg_operator p ON p.oid OPERATOR(pg_catalog.=) o.amopopr \
         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.oprnamespace \
         WHERE c.oid OPERATOR(pg_catalog.=) i.indclass[k.at] AND c.opcdefault AND p.oprname OPERATOR(pg_catalog.=) '>' \
         AND i.indcollation[k.at] OPERATOR(pg_catalog.=) a.attcollation) AS operators \
         FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
         LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) c.oid \
         AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped \
         LEFT JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) {BASE_TYPE} \
         LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid OPERATOR(pg_catalog.=) t.typnamespace \
         LEFT JOIN (pg_catalog.pg_index i CROSS JOIN LATERAL \
         pg_catalog.generate_series(0, i.indnkeyatts::pg_catalog.int4 OPERATOR(pg_catalog.-) 1) AS k (at)) \
         ON i.indrelid OPERATOR(pg_catalog.=) c.oid AND i.indkey[k.at] OPERATOR(pg_catalog.=) a.attnum \
         AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL \
         WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({})::pg_catalog.oid \
         ORDER BY i.indexrelid, k.at",
        sorted(),
        parts(),
        escape_literal(&name).trim_start()
    )
}

/// The columns of an index, if it is one for this key.
fn columns_of_index(wanted: &BatchKey, index: &[&SimpleQueryRow]) -> Option<Vec<KeyColumn>> {
    let first = index.first()?;
    first.get("index")?;
    let names = index.iter().map(|row| row.get("attname"));
    let has_all = first.get("width") == Some(index.len().to_string().as_str());
    let has_one_direction = index.iter().all(|row| row.get("is_descending") == first.get("is_descending"));
    if !has_all || !has_one_direction || !names.eq(wanted.columns.iter().map(|name| Some(name.as_str()))) {
        return None;
    }
    let column = |row: &&SimpleQueryRow| {
        let text = |name: &str| row.get(name).map(str::to_owned);
        Some(KeyColumn {
            name: text("column")?,
            kind: text("kind")?,
            is_domain: row.get("is_domain") == Some("t"),
            operators: text("operators")?,
            number: text("attnum")?,
            defined_by: text("defined_by")?,
            form: text("form")?,
            width: text("width_of_values")?.parse().ok()?,
            sorted: text("sorted")?,
            parts: serde_json::from_str(row.get("parts")?).ok()?,
        })
    };
    let columns: Vec<KeyColumn> = index.iter().map(column).collect::<Option<_>>()?;
    // The server compares rows by operators of one name.
    let first = columns.first()?.operators.clone();
    columns.iter().all(|column| column.operators == first).then_some(columns)
}

fn shown_table(key: &BatchKey) -> String {
    match &key.table.schema {
        Some(schema) => format!("{schema}.{}", key.table.name),
        None => key.table.name.clone(),
    }
}
