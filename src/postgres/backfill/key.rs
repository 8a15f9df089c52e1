//! The key of a backfill: found in the catalog of the server, and made into conditions for batches.

use std::borrow::Cow;
use std::ops::Range;

use postgres_protocol::escape::{escape_identifier, escape_literal};
use thiserror::Error;
use tokio_postgres::{Client, SimpleQueryRow};

use super::super::rows::rows;
use super::super::sql_error::SqlError;
use super::generated_key::{GENERATED_FROM, assigned_source};
use super::hidden_work::{
    CONSTRAINTS, RULE_FOR_DELETES, RULE_FOR_UPDATES, UPDATE_TRIGGER, rule_instead, update_trigger,
};
use super::key_order::{BASE_TYPE, COLLATION, KeyOrder, LABELS};
use crate::migration::{Backfill, BackfillProgress, BatchKey, TableIdentity};

/// A key that a table can be gone through by, batch by batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The table, quoted and with its schema.
    table: String,
    /// Its schema and its name.
    bare_table: (String, String),
    table_oid: String,
    has_rules: bool,
    update_trigger: Option<String>,
    columns: Vec<KeyColumn>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct KeyColumn {
    /// Quoted.
    name: String,
    /// Its type, or that of its domain; quoted and with its schema.
    kind: String,
    is_domain: bool,
    /// Where its operators are, quoted.
    operators: String,
    /// How its index sorts it: the family of operators, and the collation where there is one.
    sorted: String,
    /// The labels of its enums, in order.
    labels: Vec<String>,
}

/// Why a table cannot be gone through by a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// There is no such table.
    #[error("there is no table {table}")]
    NoTable {
        /// As the file names it.
        table: String,
    },
    /// It is a view or something else without rows of its own.
    #[error("{table} is no table, so that no index leads through its rows")]
    NotATable {
        /// As the file names it.
        table: String,
    },
    /// There is no such column.
    #[error("{table} has no column {column}")]
    NoColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A column of the key may be NULL: such rows would be left out.
    #[error("the column {column} of {table} may be NULL, and no batch would take such a row")]
    Nullable {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The server works a column of the key out from one that the backfill assigns: its rows would come again.
    #[error("the column {column} of {table} is generated from {assigned}, which this backfill assigns")]
    Generated {
        /// The table.
        table: String,
        /// The column of the key.
        column: String,
        /// The column that the backfill assigns.
        assigned: String,
    },
    /// A rule takes some of the rows.
    #[error(
        "the rule {rule} of {table} does something else instead of changing some of its rows, which would never be done"
    )]
    RuleInstead {
        /// The table.
        table: String,
        /// The rule, quoted as need be.
        rule: String,
    },
    /// The key that a half-done backfill has come to has another place now.
    #[error("the key ({columns}) of {table} is sorted in another way than when this backfill began")]
    SortedAnew {
        /// The table, quoted and with its schema.
        table: String,
        /// The columns of the key.
        columns: String,
    },
    /// The rows that a half-done backfill has changed are in another table.
    #[error(
        "{table} is not the table with which this backfill began, but another one that is called so by now"
    )]
    Replaced {
        /// The table, quoted and with its schema.
        table: String,
    },
    /// The role does not see all rows.
    #[error("row security hides rows of {} from this role, which would never be done", tables.join(", "))]
    RowsHidden {
        /// The tables of the statement of which it hides rows, quoted as need be.
        tables: Vec<String>,
    },
    /// No index has these columns.
    #[error("{table} has no unique index on ({columns}) that a backfill can go along")]
    NoIndex {
        /// The table.
        table: String,
        /// The columns of the key.
        columns: String,
    },
    /// All its rows are on one worker of Citus, which commits before the coordinator does.
    #[error(
        "{table} is on one worker of Citus, which commits a batch before the coordinator notes it: after a crash in between, \
         its rows would be done twice"
    )]
    OnOneWorker {
        /// The table, quoted and with its schema.
        table: String,
        /// The table of the history, quoted and with its schema.
        history: String,
    },
}

impl KeyError {
    /// What to do about it.
    pub fn hint(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            KeyError::NoTable { .. } | KeyError::NoColumn { .. } => "correct the name after `batch:`",
            KeyError::NotATable { .. } => "name the table whose rows are changed",
            KeyError::Nullable { .. } => "name a key whose columns are NOT NULL, such as the primary key",
            KeyError::Generated { .. } => {
                "name a key that stays as it is, such as the primary key: a row whose key moves up would come again"
            }
            KeyError::NoIndex { .. } => {
                "name all columns of a unique B-tree index in its order, such as those of the primary key; a partial index, one \
                 on expressions, a deferrable constraint, one that mixes ASC and DESC, and one with another operator class than \
                 that of the type, such as text_pattern_ops, do not count"
            }
            KeyError::RowsHidden { .. } => {
                "connect as the owner of the tables, as a role that has the attribute BYPASSRLS, or as one with a policy that is \
                 true for each row"
            }
            KeyError::RuleInstead { table, rule } => {
                return Cow::Owned(format!(
                    "drop the rule, or disable it while the backfill runs: `ALTER TABLE {table} DISABLE RULE {rule}`"
                ));
            }
            KeyError::SortedAnew { .. } => {
                "give the columns their types and collations back, or undo what is done and begin anew with `pmdb redo`"
            }
            KeyError::Replaced { .. } => {
                "give that table its name back, or begin anew with `pmdb redo`, for all rows of this one"
            }
            KeyError::OnOneWorker { history, .. } => {
                return Cow::Owned(format!(
                    "let Citus know of the history, once, with psql: `SELECT citus_add_local_table_to_metadata({});` Then both \
                     commit together",
                    escape_literal(history).trim_start()
                ));
            }
        })
    }
}

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
            has_rules,
            update_trigger,
            columns,
        })
    }

    /// How its columns are sorted.
    pub fn values_order(&self) -> KeyOrder {
        KeyOrder {
            sorted: self.columns.iter().map(|column| column.sorted.clone()).collect(),
            labels: self.columns.iter().map(|column| column.labels.clone()).collect(),
        }
    }

    /// Why a backfill cannot go on from the key that it has come to.
    pub fn check_place(&self, done: &BackfillProgress, table: &TableIdentity) -> Result<(), KeyError> {
        if done.table.as_ref().is_some_and(|before| before.is_replaced_by(table)) {
            return Err(KeyError::Replaced { table: self.table.clone() });
        }
        if self.values_order().is_that_of(done) { Ok(()) } else { Err(self.sorted_anew()) }
    }

    /// That its values do not stand in the order any more in which a backfill has begun.
    pub fn sorted_anew(&self) -> KeyError {
        let columns = self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
        KeyError::SortedAnew { table: self.table.clone(), columns }
    }

    /// The table, quoted and with its schema.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The schema and the name of the table.
    pub fn bare_table(&self) -> (&str, &str) {
        (&self.bare_table.0, &self.bare_table.1)
    }

    /// The OID of the table.
    pub fn table_oid(&self) -> &str {
        &self.table_oid
    }

    /// Whether the server may do something else instead of what a statement says: then the number of rows that it counts is not
    /// that of the table.
    pub fn has_rules(&self) -> bool {
        self.has_rules
    }

    /// A trigger that runs for the rows which the backfill updates, quoted as need be: it may give them another key.
    pub fn update_trigger(&self) -> Option<&str> {
        self.update_trigger.as_deref()
    }

    /// The condition for the rows after one key, up to another: without one, from the first on, or up to the last. The table may have an alias where it stands.
    pub fn condition(
        &self,
        alias: Option<&str>,
        after: Option<&[String]>,
        upto: Option<&[String]>,
    ) -> String {
        let alias = alias.map(escape_identifier);
        let alias = alias.as_deref();
        // Before 18, the server stops at the second bound only where the first column goes past it: with an account as the first
        // column, each batch would read on to the end of the account.
        let shared = after.zip(upto).map_or(0, |(after, upto)| self.shared(after, upto));
        let equal = after.filter(|_| shared > 0).map(|after| self.compared(alias, "=", after, 0..shared));
        let bounds = [(after, ">"), (upto, "<=")].into_iter().filter_map(|(bound, operator)| {
            Some(self.compared(alias, operator, bound?, shared..self.columns.len()))
        });
        let parts: Vec<String> = equal.into_iter().chain(bounds).collect();
        match parts.as_slice() {
            [] => "(true)".to_owned(),
            parts => format!("({})", parts.join(" AND ")),
        }
    }

    /// In how many columns two keys have the same values, but never in the last.
    fn shared(&self, one: &[String], other: &[String]) -> usize {
        let but_the_last = self.columns.len().saturating_sub(1);
        one.iter().zip(other).take(but_the_last).take_while(|(one, other)| one == other).count()
    }

    fn compared(&self, alias: Option<&str>, operator: &str, bound: &[String], which: Range<usize>) -> String {
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        for (column, value) in self.columns.iter().zip(bound).take(which.end).skip(which.start) {
            columns.push(column.compared(alias));
            values.push(format!("{}::{}", escape_literal(value).trim_start(), column.kind));
        }
        let operators = self.columns.first().map_or("pg_catalog", |column| &column.operators);
        format!("({}) OPERATOR({operators}.{operator}) ({})", columns.join(", "), values.join(", "))
    }

    /// The table and a condition for the rows after one key, up to another, to be read and to be typed after `FROM`. Long values are cut.
    pub fn shown_rows(&self, after: Option<&[String]>, upto: Option<&[String]>) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let row = |parts: &[&str]| match parts {
            [only] => (*only).to_owned(),
            parts => format!("({})", parts.join(", ")),
        };
        let bounds: Vec<String> = [(after, ">"), (upto, "<=")]
            .into_iter()
            .filter_map(|(bound, operator)| {
                let values: Vec<String> = bound?.iter().map(|value| shown_value(value)).collect();
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                Some(format!("{} {operator} {}", row(&names), row(&values)))
            })
            .collect();
        match bounds.as_slice() {
            [] => self.table.clone(),
            bounds => format!("{} WHERE {}", self.table, bounds.join(" AND ")),
        }
    }

    /// A query with a row for each row of a batch.
    pub fn rows_of_batch(&self, after: Option<&[String]>, upto: &[String]) -> String {
        format!("SELECT FROM {} AS t WHERE {}", self.table, self.condition(Some("t"), after, Some(upto)))
    }

    /// A query with a row for each that this transaction has written, after one key and up to another. A row of another one that began
    /// later may be among them.
    pub fn written_rows(&self, after: Option<&[String]>, upto: Option<&[String]>) -> String {
        let condition = self.condition(Some("t"), after, upto);
        format!(
            "SELECT FROM {} AS t WHERE {condition} AND pg_catalog.age(t.xmin) OPERATOR(pg_catalog.<=) 0",
            self.table
        )
    }

    /// A statement that fails (division by zero) where another table has this one's name by now.
    pub fn fails_where_replaced(&self) -> String {
        format!(
            "SELECT 1 OPERATOR(pg_catalog./) (CASE WHEN pg_catalog.to_regclass({})::pg_catalog.oid OPERATOR(pg_catalog.=) {}::pg_catalog.oid THEN 1 ELSE 0 END)",
            escape_literal(&self.table).trim_start(),
            escape_literal(&self.table_oid).trim_start()
        )
    }

    /// A query for the key of the row that is the last of a batch: this many rows after the last. No row where there are fewer.
    pub fn last_of_batch(&self, after: Option<&[String]>, until: Option<&[String]>, rows: u64) -> String {
        format!(
            "{} WHERE {} ORDER BY {} OFFSET {} LIMIT 1",
            self.select(),
            self.condition(Some("t"), after, until),
            self.order(""),
            rows.saturating_sub(1),
        )
    }

    /// A query for the key of the last row that there is.
    pub fn last_row(&self) -> String {
        format!("{} ORDER BY {} LIMIT 1", self.select(), self.order(" DESC"))
    }

    fn select(&self) -> String {
        // Written by the type's own output: a cast to text may be somebody's function.
        let text = |column: &KeyColumn| format!("pg_catalog.concat({})", column.of(Some("t")));
        let texts: Vec<String> = self.columns.iter().map(text).collect();
        format!("SELECT pg_catalog.to_json(ARRAY[{}]) FROM {} AS t", texts.join(", "), self.table)
    }

    fn order(&self, direction: &str) -> String {
        let columns = self.columns.iter();
        columns.map(|column| column.of(Some("t")) + direction).collect::<Vec<_>>().join(", ")
    }

    /// A query for the plan of reading all rows after a key: the planner says how many it expects.
    pub fn expected_rows(&self, after: Option<&[String]>) -> String {
        format!(
            "EXPLAIN (FORMAT JSON) SELECT FROM {} AS t WHERE {}",
            self.table,
            self.condition(Some("t"), after, None)
        )
    }
}

impl KeyColumn {
    fn of(&self, alias: Option<&str>) -> String {
        alias.map_or_else(|| self.name.clone(), |alias| format!("{alias}.{}", self.name))
    }

    /// For a comparison. The server uses the index all the same: a domain's values are those of its type.
    fn compared(&self, alias: Option<&str>) -> String {
        let column = self.of(alias);
        if self.is_domain { format!("{column}::{}", self.kind) } else { column }
    }
}

/// The condition for no row.
pub const NO_ROW: &str = "(false)";

/// Settings for the transaction in which a key is asked for: values are written so that they are read back as
/// the same under any settings, and no plan sorts the whole table.
pub const LOOKING: &str = "SELECT pg_catalog.set_config('datestyle', 'ISO', true), \
     pg_catalog.set_config('timezone', 'UTC', true), pg_catalog.set_config('intervalstyle', 'postgres', true), \
     pg_catalog.set_config('extra_float_digits', '1', true), pg_catalog.set_config('bytea_output', 'hex', true), \
     pg_catalog.set_config('enable_seqscan', 'off', true), pg_catalog.set_config('enable_sort', 'off', true)";

/// What the planner expects, from the answer to [`Key::expected_rows`].
pub fn expected_rows_of(json: &str) -> Option<u64> {
    let plan: serde_json::Value = serde_json::from_str(json).ok()?;
    let number = |path: &str| plan.pointer(path)?.as_f64();
    // The planner never expects less than one. Citus shows what a worker expects of one shard, and the number of shards.
    let rows = match number("/0/Plan/Distributed Query/Job/Task Count") {
        Some(shards) => {
            shards * number("/0/Plan/Distributed Query/Job/Tasks/0/Remote Plan/0/0/Plan/Plan Rows")?
        }
        None => number("/0/Plan/Plan Rows")?,
    };
    Some(rows as u64)
}

fn shown_table(key: &BatchKey) -> String {
    match &key.table.schema {
        Some(schema) => format!("{schema}.{}", key.table.name),
        None => key.table.name.clone(),
    }
}

/// A value of a key as a literal, as far as it is short.
fn shown_value(value: &str) -> String {
    const LONGEST: usize = 60;
    let short = match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    };
    escape_literal(&short).trim_start().to_owned()
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
        "SELECT c.oid, c.relkind, c.relhasrules, n.nspname, c.relname, pg_catalog.concat(pg_catalog.quote_ident(n.nspname), '.', pg_catalog.quote_ident(c.relname)) AS table, \
         a.attname, pg_catalog.quote_ident(a.attname) AS column, {NEVER_NULL} AS is_never_null, {GENERATED_FROM} AS generated_from, a.attnum, \
         {RULE_FOR_UPDATES} AS rule_for_updates, {RULE_FOR_DELETES} AS rule_for_deletes, {UPDATE_TRIGGER} AS update_trigger, {CONSTRAINTS} AS constraints, \
         pg_catalog.concat(pg_catalog.quote_ident(tn.nspname), '.', pg_catalog.quote_ident(t.typname)) AS kind, (t.oid OPERATOR(pg_catalog.<>) a.atttypid) AS is_domain, \
         pg_catalog.concat_ws(' ', (SELECT f.opfname FROM pg_catalog.pg_opclass c \
         JOIN pg_catalog.pg_opfamily f ON f.oid OPERATOR(pg_catalog.=) c.opcfamily \
         WHERE c.oid OPERATOR(pg_catalog.=) i.indclass[k.at]), {COLLATION}) AS sorted, {LABELS} AS labels, \
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
            sorted: text("sorted")?,
            labels: row.get("labels").map_or(Some(Vec::new()), |labels| serde_json::from_str(labels).ok())?,
        })
    };
    let columns: Vec<KeyColumn> = index.iter().map(column).collect::<Option<_>>()?;
    // The server compares rows by operators of one name.
    let first = columns.first()?.operators.clone();
    columns.iter().all(|column| column.operators == first).then_some(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        let column = |name: &str, kind: &str| KeyColumn {
            name: name.to_owned(),
            kind: kind.to_owned(),
            is_domain: false,
            operators: "pg_catalog".to_owned(),
            sorted: String::new(),
            labels: Vec::new(),
        };
        Key {
            table: "app.tasks".to_owned(),
            bare_table: ("s".to_owned(), "t".to_owned()),
            table_oid: "1".to_owned(),
            has_rules: false,
            update_trigger: None,
            columns: vec![column("tenant", "pg_catalog.text"), column("\"Id\"", "pg_catalog.int8")],
        }
    }

    #[test]
    fn a_condition_compares_rows_by_names_and_operators_that_are_the_servers_own() {
        let (after, upto) = (["a'b".to_owned(), "7".to_owned()], ["z".to_owned(), "9".to_owned()]);
        assert_eq!(
            key().condition(Some("My t"), Some(&after), Some(&upto)),
            "((\"My t\".tenant, \"My t\".\"Id\") OPERATOR(pg_catalog.>) ('a''b'::pg_catalog.text, '7'::pg_catalog.int8) \
             AND (\"My t\".tenant, \"My t\".\"Id\") OPERATOR(pg_catalog.<=) ('z'::pg_catalog.text, '9'::pg_catalog.int8))"
        );
        assert_eq!(key().condition(None, None, None), "(true)");
    }

    #[test]
    fn what_two_keys_have_in_common_is_one_value() {
        let (after, upto) = (["a".to_owned(), "7".to_owned()], ["a".to_owned(), "9".to_owned()]);
        assert_eq!(
            key().condition(None, Some(&after), Some(&upto)),
            "((tenant) OPERATOR(pg_catalog.=) ('a'::pg_catalog.text) AND (\"Id\") OPERATOR(pg_catalog.>) ('7'::pg_catalog.int8) \
             AND (\"Id\") OPERATOR(pg_catalog.<=) ('9'::pg_catalog.int8))"
        );
        assert_eq!(
            key().condition(None, Some(&after), Some(&after)),
            "((tenant) OPERATOR(pg_catalog.=) ('a'::pg_catalog.text) AND (\"Id\") OPERATOR(pg_catalog.>) ('7'::pg_catalog.int8) \
             AND (\"Id\") OPERATOR(pg_catalog.<=) ('7'::pg_catalog.int8))"
        );
    }

    #[test]
    fn the_rows_of_a_batch_are_shown_as_a_condition_with_short_values() {
        let (after, upto) = (["a'b".to_owned(), "7".to_owned()], ["z".repeat(70), "9".to_owned()]);
        assert_eq!(
            key().shown_rows(Some(&after), Some(&upto)),
            format!(
                "app.tasks WHERE (tenant, \"Id\") > ('a''b', '7') AND (tenant, \"Id\") <= ('{}…', '9')",
                "z".repeat(60)
            )
        );
        assert_eq!(key().shown_rows(None, None), "app.tasks");
    }

    #[test]
    fn the_planners_number_is_read_from_its_plan() {
        assert_eq!(expected_rows_of("[{\"Plan\": {\"Plan Rows\": 12.0}}]"), Some(12));
        let on_citus = r#"[{"Plan": {"Plan Rows": 100000, "Distributed Query": {"Job": {"Task Count": 32,
            "Tasks": [{"Remote Plan": [[{"Plan": {"Plan Rows": 50}}]]}]}}}}]"#;
        assert_eq!(expected_rows_of(on_citus), Some(1600));
        assert_eq!(expected_rows_of("[]"), None);
    }
}
