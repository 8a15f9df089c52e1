//! The key of a backfill, made into conditions for batches.

use std::ops::Range;

use postgres_protocol::escape::{escape_identifier, escape_literal};

use super::key_error::KeyError;
use super::key_order::{FORM, KeyOrder, KeyParts};
use crate::migration::{BackfillProgress, TableIdentity};

/// A key that a table can be gone through by, batch by batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The table, quoted and with its schema.
    pub(super) table: String,
    /// Its schema and its name.
    pub(super) bare_table: (String, String),
    pub(super) table_oid: String,
    /// What the file of its rows is called (`pg_relation_filenode`); empty where it has none, as one with partitions.
    pub(super) rows_file: String,
    pub(super) has_rules: bool,
    pub(super) update_trigger: Option<String>,
    pub(super) columns: Vec<KeyColumn>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyColumn {
    /// Quoted.
    pub(super) name: String,
    /// Its type, or that of its domain; quoted and with its schema.
    pub(super) kind: String,
    pub(super) is_domain: bool,
    /// Where its operators are, quoted.
    pub(super) operators: String,
    /// The number that it has for as long as it is there.
    pub(super) number: String,
    /// The transaction that has last defined it (`xmin`).
    pub(super) defined_by: String,
    /// Its own type and collation, and how wide its values may be, by their numbers.
    pub(super) form: String,
    /// How wide its values may be, as its type says (`atttypmod`): -1 where that is not limited.
    pub(super) width: i32,
    /// How its index sorts it: the family of operators, and the collation where there is one.
    pub(super) sorted: String,
    pub(super) parts: KeyParts,
}

impl Key {
    /// How its columns are sorted.
    pub fn values_order(&self) -> KeyOrder {
        KeyOrder {
            sorted: self.columns.iter().map(|column| column.sorted.clone()).collect(),
            parts: self.columns.iter().map(|column| column.parts.clone()).collect(),
            types: self.columns.iter().map(|column| column.kind.replace('"', "")).collect(),
            widths: self.columns.iter().map(|column| column.width).collect(),
        }
    }

    /// Which table and columns it is of, beside a history with this OID.
    pub fn identity(&self, history_oid: &str) -> TableIdentity {
        TableIdentity {
            oid: self.table_oid.clone(),
            history_oid: history_oid.to_owned(),
            columns: self.columns.iter().map(|column| column.number.clone()).collect(),
        }
    }

    /// Why a backfill cannot go on from the key that it has come to.
    pub fn check_place(&self, done: &BackfillProgress, table: &TableIdentity) -> Result<(), KeyError> {
        if done.table.as_ref().is_some_and(|before| before.is_replaced_by(table)) {
            return Err(KeyError::Replaced { table: self.table.clone() });
        }
        if done.table.as_ref().is_some_and(|before| before.has_other_columns(table)) {
            return Err(self.other_columns());
        }
        if self.values_order().is_that_of(done) { Ok(()) } else { Err(self.sorted_anew()) }
    }

    /// That its values do not stand in the order any more in which a backfill has begun.
    pub fn sorted_anew(&self) -> KeyError {
        KeyError::SortedAnew { table: self.table.clone(), columns: self.names() }
    }

    /// That other columns have the names of those with which a backfill has begun.
    pub fn other_columns(&self) -> KeyError {
        KeyError::OtherColumns { table: self.table.clone(), columns: self.names() }
    }

    /// Whether `ALTER … TYPE … USING` may have given the columns other values by then, of the types that they have: all rows of the table
    /// are written anew, and a column is defined anew. `VACUUM FULL` alone defines none, and `SET DEFAULT` alone writes no rows.
    pub fn is_rewritten(&self, later: &Key) -> bool {
        let mut columns = self.columns.iter().zip(&later.columns);
        self.table_oid == later.table_oid
            && self.rows_file != later.rows_file
            && columns
                .any(|(column, later)| column.form == later.form && column.defined_by != later.defined_by)
    }

    fn names(&self) -> String {
        self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
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

    /// A statement that fails (division by zero) where another table, or other columns, have the names of this one's by now, or its
    /// columns have another type.
    pub fn fails_where_replaced(&self) -> String {
        let same = self.columns.iter().map(|column| {
            format!(
                "a.attnum OPERATOR(pg_catalog.=) {} AND pg_catalog.quote_ident(a.attname) OPERATOR(pg_catalog.=) {} \
                 AND {FORM} OPERATOR(pg_catalog.=) {}",
                column.number,
                escape_literal(&column.name).trim_start(),
                escape_literal(&column.form)
            )
        });
        format!(
            "SELECT 1 OPERATOR(pg_catalog./) (CASE WHEN pg_catalog.count(*) OPERATOR(pg_catalog.=) {} THEN 1 ELSE 0 END) \
             FROM pg_catalog.pg_attribute a WHERE a.attrelid OPERATOR(pg_catalog.=) {}::pg_catalog.oid \
             AND pg_catalog.to_regclass({})::pg_catalog.oid OPERATOR(pg_catalog.=) a.attrelid AND ({})",
            self.columns.len(),
            escape_literal(&self.table_oid).trim_start(),
            escape_literal(&self.table).trim_start(),
            same.collect::<Vec<_>>().join(" OR ")
        )
    }

    /// A query that reads no row, and fails where row security would hide some and may not (`row_security = off`).
    pub fn looks_at_rows(&self) -> String {
        format!("SELECT FROM {} AS t WHERE false", self.table)
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

/// A value of a key as a literal, as far as it is short.
fn shown_value(value: &str) -> String {
    const LONGEST: usize = 60;
    let short = match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    };
    escape_literal(&short).trim_start().to_owned()
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
            number: "1".to_owned(),
            defined_by: String::new(),
            form: String::new(),
            width: -1,
            sorted: String::new(),
            parts: KeyParts::default(),
        };
        Key {
            table: "app.tasks".to_owned(),
            bare_table: ("s".to_owned(), "t".to_owned()),
            table_oid: "1".to_owned(),
            rows_file: String::new(),
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
